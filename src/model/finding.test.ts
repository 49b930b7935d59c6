import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareFindings, CONFIDENCES, finding, SEVERITIES, type Finding } from "./finding.ts";

const few = fc.constantFrom("a", "b");
const place = fc.constantFrom(1, 2);
const arbitrary = fc
  .record({
    claim: few,
    severity: fc.constantFrom(...SEVERITIES),
    confidence: fc.constantFrom(...CONFIDENCES),
    message: few,
    evidence: fc.record(
      { file: few, line: place, column: place, excerpt: few, untilMs: place },
      { requiredKeys: [] },
    ),
  })
  .map(({ claim, severity, confidence, message, evidence }): Finding => {
    return finding("some-signal", claim, severity, confidence, message, evidence);
  });

describe("finding", () => {
  it("escapes and bounds every text that a package's author can write", () => {
    const long = `\u001b[2J${"x".repeat(1000)}`;
    const evidence = { file: long, line: 1, column: 2, excerpt: `  ${long}  `, untilMs: 3 };
    expect(finding("some-signal", "claim", "high", "low", long, evidence)).toEqual({
      signal: "some-signal",
      id: "some-signal/claim",
      severity: "high",
      confidence: "low",
      message: `\\u{1b}[2J${"x".repeat(395)}…`,
      file: `\\u{1b}[2J${"x".repeat(295)}…`,
      line: 1,
      column: 2,
      excerpt: `\\u{1b}[2J${"x".repeat(195)}…`,
      untilMs: 3,
    });
  });

  it("has no place where there is none", () => {
    expect(finding("some-signal", "claim", "info", "high", "Says so.")).toEqual({
      signal: "some-signal",
      id: "some-signal/claim",
      severity: "info",
      confidence: "high",
      message: "Says so.",
    });
  });
});

describe("compareFindings", () => {
  it("brings any list into one order, whatever order it had", () => {
    const shuffled = fc
      .array(arbitrary, { maxLength: 12 })
      .chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(other.toSorted(compareFindings)).toEqual(one.toSorted(compareFindings));
      }),
    );
  });

  it("puts the worst first, then the surest, then by place", () => {
    const at = (
      severity: Finding["severity"],
      confidence: Finding["confidence"],
      line: number,
    ): Finding => finding("some-signal", "claim", severity, confidence, "", { file: "a", line });
    const inOrder = [
      at("critical", "low", 9),
      at("high", "high", 1),
      at("high", "high", 2),
      at("high", "medium", 1),
      at("info", "high", 1),
    ];
    expect(inOrder.toReversed().sort(compareFindings)).toEqual(inOrder);
  });
});
