import type { FailureCode } from "../model/failure.ts";
import type { Decision } from "../model/policy.ts";

/** The contract: 0 fine, 1 blocked, 2 usage or bad input, 3 warn, 69 unavailable, 75 hold. */
export const EXIT = {
  fine: 0,
  blocked: 1,
  usage: 2,
  warn: 3,
  unavailable: 69,
  hold: 75,
} as const;

export const EXIT_OF_FAILURE: Readonly<Record<FailureCode, number>> = {
  usage: EXIT.usage,
  "bad-config": EXIT.usage,
  "bad-policy": EXIT.usage,
  "bad-archive": EXIT.blocked,
  "bad-metadata": EXIT.unavailable,
  "not-found": EXIT.usage,
  unauthorized: EXIT.unavailable,
  "upstream-unavailable": EXIT.unavailable,
  "upstream-broken": EXIT.unavailable,
  "too-large": EXIT.blocked,
  "timed-out": EXIT.unavailable,
  offline: EXIT.unavailable,
  "store-altered": EXIT.unavailable,
  "store-unavailable": EXIT.unavailable,
  "sandbox-unavailable": EXIT.unavailable,
  cancelled: 130,
};

export const EXIT_OF_DECISION: Readonly<Record<Decision, number>> = {
  allow: EXIT.fine,
  warn: EXIT.warn,
  hold: EXIT.hold,
  block: EXIT.blocked,
};

/** In order of how bad: a blocked package outranks a held one, which outranks an outage. */
const WORST_FIRST: readonly number[] = [
  EXIT.blocked,
  EXIT.hold,
  EXIT.unavailable,
  EXIT.usage,
  EXIT.warn,
];

export function worstExit(codes: Iterable<number>): number {
  const all = [...codes];
  return WORST_FIRST.find((code) => all.includes(code)) ?? all.find((code) => code !== 0) ?? 0;
}
