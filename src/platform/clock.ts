/** Milliseconds since 1970. Handed in wherever time decides something. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
