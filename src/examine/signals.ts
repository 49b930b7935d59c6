import type { Inputs, Signal } from "./signal.ts";

/** Every signal there is, by hand, one line each. A test compares the list with the folders. */
export const SIGNALS: readonly AnySignal[] = [];

/** Any signal, whatever it needs: the runner alone hands inputs over, after looking at `needs`. */
export type AnySignal = Signal<keyof Inputs, keyof Inputs>;
