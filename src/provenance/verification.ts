import { printable } from "../model/printable.ts";
import type { Refusal, RefusalCause, Step } from "../model/provenance.ts";

export type Verification<Value> =
  | { readonly state: "verified"; readonly value: Value }
  | ({ readonly state: "failed" } & Refusal);

/**
 * How a verification stops, inside this folder only: {@link verification} turns it into a value,
 * because "does not verify" is an expected answer.
 */
class Refused extends Error {
  override readonly name = "Refused";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.why);
    this.refusal = refusal;
  }
}

const WHY_LENGTH_MAX = 400;

/** @param why one sentence; whatever an attacker wrote in it is bounded and escaped here */
export function refuse(step: Step, why: string, cause: RefusalCause = "false"): never {
  throw new Refused({ step, cause, why: printable(why, WHY_LENGTH_MAX) });
}

/** Runs a verification and catches its refusal, and nothing else. */
export function verification<Value>(verify: () => Value): Verification<Value> {
  try {
    return { state: "verified", value: verify() };
  } catch (error) {
    if (error instanceof Refused) return { state: "failed", ...error.refusal };
    throw error;
  }
}
