/** The range of ECMAScript's Date (ECMA-262, 21.4.1.1); a registry may claim a date beyond it. */
const INSTANT_MAX_MS = 8.64e15;

/** Milliseconds since 1970 as `2026-12-31T00:00:00.000Z`; never throws. */
export function printInstant(ms: number): string {
  return Math.abs(ms) <= INSTANT_MAX_MS ? new Date(ms).toISOString() : "the end of time";
}
