import * as fc from "fast-check";
import {
  CLEAR,
  cutShort,
  inapplicable,
  unknown,
  type Examination,
} from "../../src/model/examination.ts";
import { CONFIDENCES, finding, SEVERITIES, type Finding } from "../../src/model/finding.ts";
import { DECISIONS, type Policy, type SignalRule } from "../../src/model/policy.ts";
import type { LedgerLine, Verdict } from "../../src/model/verdict.ts";
import { DEFAULT_POLICY } from "../../src/judge/defaults.ts";
import { SCORE_PARTS } from "../../src/judge/parts.ts";
import { examinationOf } from "./examinations.ts";

export function policyWith(changed: Partial<Policy>): Policy {
  return { ...DEFAULT_POLICY, ...changed };
}

export function policyWithRule(signal: string, changed: Partial<SignalRule>): Policy {
  const plain: SignalRule = { atLeast: "allow", unknown: "allow", ignore: false };
  return policyWith({ signals: new Map([[signal, { ...plain, ...changed }]]) });
}

/** What tables of verdicts look at. */
export function outcomeOf({ decision, score, reasons }: Verdict): unknown {
  return { decision, score, codes: reasons.map(({ code }) => code) };
}

export function line(
  part: string,
  kind: LedgerLine["kind"],
  points: number,
  of: number,
  why: string,
): LedgerLine {
  return { part, kind, points, of, why };
}

export const SIGNAL_IDS = [
  ...SCORE_PARTS.map(({ signal }) => signal),
  "bytes-differ-from-registry",
  "runs-code-at-install",
  "has-hidden-text",
];

export function arbitraryFinding(signal: string): fc.Arbitrary<Finding> {
  return fc
    .record({
      claim: fc.constantFrom("one", "two", "three"),
      severity: fc.constantFrom(...SEVERITIES),
      confidence: fc.constantFrom(...CONFIDENCES),
      message: fc.string({ minLength: 1, maxLength: 20 }),
      file: fc.constantFrom("a.js", "b.js"),
      line: fc.nat(5),
    })
    .map(({ claim, severity, confidence, message, file, line }) =>
      finding(signal, claim, severity, confidence, message, { file, line }),
    );
}

export function arbitraryExamination(): fc.Arbitrary<Examination> {
  const results = SIGNAL_IDS.map((signal) =>
    fc
      .oneof(
        { weight: 120, arbitrary: fc.constant(CLEAR) },
        { weight: 20, arbitrary: fc.string().map(unknown) },
        { weight: 10, arbitrary: fc.string().map(inapplicable) },
        // Rare, because each one holds and would hide what the others do.
        { weight: 1, arbitrary: fc.string().map(cutShort) },
        {
          weight: 20,
          arbitrary: fc
            .tuple(
              arbitraryFinding(signal),
              fc.array(arbitraryFinding(signal), { maxLength: 3 }),
              fc.array(fc.string(), { maxLength: 2 }),
            )
            .map(([first, rest, unread]) => ({
              outcome: "found" as const,
              findings: [first, ...rest] as const,
              unread,
            })),
        },
      )
      .map((result) => [signal, result] as const),
  );
  return fc
    .tuple(...results)
    .chain((all) => fc.subarray(all, { minLength: 6 }))
    .map((some) => examinationOf(Object.fromEntries(some)));
}

export function arbitraryPolicy(): fc.Arbitrary<Policy> {
  const decision = fc.constantFrom(...DECISIONS);
  const signalRule = fc.record({ atLeast: decision, unknown: decision, ignore: fc.boolean() });
  return fc
    .record({
      marks: fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)),
      signals: fc.array(fc.tuple(fc.constantFrom(...SIGNAL_IDS), signalRule), { maxLength: 2 }),
      raiseWarnTo: fc.constantFrom("warn", "warn", "warn", "hold", "block"),
      high: fc.nat(100),
    })
    .map(({ marks, signals, raiseWarnTo, high }) => {
      const [warn, hold, allow] = marks.sort((a, b) => a - b);
      return policyWith({
        thresholds: { allow, hold, warn },
        signals: new Map(signals),
        raiseWarnTo,
        weights: { severity: { ...DEFAULT_POLICY.weights.severity, high } },
      });
    });
}
