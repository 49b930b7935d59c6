import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { examinationOf, found, INNOCENT } from "../../test/support/examinations.ts";
import {
  arbitraryExamination,
  arbitraryFinding,
  arbitraryPolicy,
  SIGNAL_IDS,
} from "../../test/support/judging.ts";
import { DECISIONS } from "../model/policy.ts";
import type { Verdict } from "../model/verdict.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { judge } from "./verdict.ts";

describe("judging is monotone:", () => {
  function milder(a: Verdict, b: Verdict): boolean {
    return DECISIONS.indexOf(a.decision) < DECISIONS.indexOf(b.decision);
  }

  it("another finding never improves score or decision", () => {
    const addition = fc.constantFrom(...SIGNAL_IDS).chain(arbitraryFinding);
    fc.assert(
      fc.property(
        arbitraryExamination(),
        arbitraryPolicy(),
        addition,
        (examination, rules, added) => {
          const results = examination.results.map((item) => {
            const { outcome } = item.result;
            // What was not known before may well become better known by a finding.
            if (item.signal !== added.signal || (outcome !== "found" && outcome !== "clear"))
              return item;
            const given = outcome === "found" ? item.result : { outcome: "found", findings: [] };
            const findings = [added, ...given.findings] as const;
            return { ...item, result: { ...given, outcome: "found" as const, findings } };
          });
          const before = judge(examination, rules);
          const after = judge({ ...examination, results }, rules);
          expect({ improved: after.score > before.score || milder(after, before) }).toEqual({
            improved: false,
          });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("a higher threshold never improves the decision", () => {
    const raise = fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100));
    fc.assert(
      fc.property(arbitraryExamination(), arbitraryPolicy(), raise, (examination, rules, by) => {
        const { allow, hold, warn } = rules.thresholds;
        const thresholds = { allow: allow + by[0], hold: hold + by[1], warn: warn + by[2] };
        const before = judge(examination, rules);
        const after = judge(examination, { ...rules, thresholds });
        expect({ improved: milder(after, before) }).toEqual({ improved: false });
      }),
      { numRuns: 1000 },
    );
  });

  it("a score between 20 and 39 installs no more than one between 40 and 79", () => {
    const verdict = judge(
      examinationOf({ ...INNOCENT, x: found("x", "critical", "medium") }),
      DEFAULT_POLICY,
    );
    const message = "Its score of 37 is under 40, which is suspicious";
    expect({ decision: verdict.decision, reasons: verdict.reasons }).toEqual({
      decision: "hold",
      reasons: [{ code: "score", decision: "hold", hard: false, message }],
    });
  });
});
