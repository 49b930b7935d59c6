import { describe, expect, it } from "vitest";
import {
  AT_MS,
  cooling,
  examinationOf,
  found,
  INNOCENT,
} from "../../../test/support/examinations.ts";
import { policyWithRule } from "../../../test/support/judging.ts";
import { judge } from "../../judge/verdict.ts";
import { type SignalResult } from "../../model/examination.ts";
import { npmRef } from "../../model/package-ref.ts";
import { type InstallOutcome, installSummary } from "./summary.ts";

const PLAIN = { color: false, columns: 80 };
const RULES = policyWithRule("x", { atLeast: "warn" });

function outcome(
  name: string,
  more: Readonly<Record<string, SignalResult>> = {},
  source: InstallOutcome["source"] = "examined",
): InstallOutcome {
  const examination = examinationOf({ ...INNOCENT, ...more }, { ref: npmRef(name, "1.0.0") });
  return { verdict: judge(examination, RULES), source };
}

const YOUNG = { "is-too-young": cooling(AT_MS + 3_600_000) };

describe("installSummary", () => {
  it("counts, and tells of what was not simply allowed, worst first", () => {
    const outcomes = [
      outcome("a"),
      outcome("b", {}, "remembered"),
      outcome("odd", { x: found("x", "info") }),
      outcome("young", YOUNG),
      outcome("evil", { "is-known-malicious": found("is-known-malicious", "critical") }),
      outcome("young", YOUNG),
    ];
    expect(installSummary(outcomes, { elapsedMs: 3210 }, PLAIN)).toBe(`\
Veln examined 4 packages, knew 1 from before in 3.2 s: 2 allowed, 1 warned
about, 1 held, 1 blocked.
  blocked evil@1.0.0
    is-known-malicious says claim
    Its score of 10 is under 20
    veln package evil@1.0.0 shows the evidence.
  held young@1.0.0 until 2026-06-01T13:00:00.000Z
    It was published less than 2h ago.
    Its score of 43 is under 80
    veln package young@1.0.0 shows the evidence.
  warned about odd@1.0.0
    x says claim
    veln package odd@1.0.0 shows the evidence.
`);
  });

  it.each([
    ["nothing", [], "Veln examined 0 packages in 5 ms.\n"],
    ["one package", [outcome("a")], "Veln examined 1 package in 5 ms: 1 allowed.\n"],
  ])("is one line for %s", (_what, outcomes, text) => {
    expect(installSummary(outcomes, { elapsedMs: 5 }, PLAIN)).toBe(text);
  });

  it("does not fill the screen", () => {
    const outcomes = Array.from({ length: 40 }, (_, index) => outcome(`p${String(index)}`, YOUNG));
    const summary = installSummary(outcomes, { elapsedMs: 5 }, PLAIN);
    expect(summary.match(/^ {2}held/gm)).toHaveLength(30);
    expect(summary.endsWith("\n  and 10 more\n")).toBe(true);
  });
});
