import { describe, expect, it } from "vitest";
import { examinationOf, found, INNOCENT, NOT_ASKED } from "../../test/support/examinations.ts";
import { line, outcomeOf, policyWith } from "../../test/support/judging.ts";
import { CLEAR, cutShort, inapplicable, type SignalResult, unknown } from "../model/examination.ts";
import { finding } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { SCORE_PARTS } from "./parts.ts";
import { policyDigest } from "./policy-digest.ts";
import { judge, signalsDigest } from "./verdict.ts";

function unreadBeside(result: SignalResult, why: string, rest: object = {}): SignalResult {
  return { ...result, ...(result.outcome === "found" ? { unread: [why] } : {}), ...rest };
}

describe("the score", () => {
  it("says everything about an innocent package on a machine with a registry alone", () => {
    const examination = examinationOf();
    const none = "no source for this yet on this machine";
    expect(judge(examination, DEFAULT_POLICY)).toEqual({
      ref: examination.ref,
      artifact: examination.artifact,
      policyDigest: policyDigest(DEFAULT_POLICY),
      signalsDigest: signalsDigest(examination.results),
      decision: "allow",
      score: 100,
      coverage: 35 / 105,
      ledger: [
        line("version age", "earned", 20, 20, "is-too-young: no"),
        line("consensus", "unknown", 0, 25, none),
        line("canary sandbox", "unknown", 0, 20, none),
        line("publisher account age", "unknown", 0, 15, none),
        line("metadata coherence", "earned", 10, 10, "metadata-is-incoherent: no"),
        line("key and publisher continuity", "unknown", 0, 5, none),
        line("no new install script", "earned", 5, 5, "changes-install-code: no"),
        line("Lens clean", "unknown", 0, 5, none),
      ],
      reasons: [],
      findings: [],
      unknown: [],
      retryAtMs: undefined,
    });
  });

  it("deducts each claim once, by its worst instance, and shows every finding", () => {
    const findings = [
      finding("has-hidden-text", "bidi", "high", "low", "second", { file: "b.js" }),
      finding("has-hidden-text", "bidi", "high", "medium", "first", { file: "a.js" }),
      finding("has-hidden-text", "joiner", "info", "high", "third"),
    ] as const;
    const verdict = judge(
      examinationOf({ ...INNOCENT, "has-hidden-text": { outcome: "found", findings } }),
      DEFAULT_POLICY,
    );
    expect(verdict.ledger.slice(8)).toEqual([
      line("has-hidden-text/bidi", "deducted", 25, 35, "first (and 1 more of this kind)"),
      line("has-hidden-text/joiner", "deducted", 0, 0, "third"),
    ]);
    expect(verdict.findings).toEqual([findings[1], findings[0], findings[2]]);
    expect(outcomeOf(verdict)).toEqual({ decision: "hold", score: 75, codes: ["score"] });
    expect(verdict.reasons).toEqual([
      { code: "score", decision: "hold", hard: false, message: "Its score of 75 is under 80" },
    ]);
  });

  it.each([
    ["info", "high", 100, "allow"],
    ["low", "low", 99, "allow"],
    ["low", "high", 98, "allow"],
    ["medium", "low", 97, "allow"],
    ["medium", "medium", 94, "allow"],
    ["medium", "high", 92, "allow"],
    ["high", "low", 86, "allow"],
    ["high", "medium", 75, "hold"],
    ["high", "high", 65, "hold"],
    ["critical", "low", 64, "hold"],
    ["critical", "medium", 37, "hold"],
    ["critical", "high", 10, "block"],
  ] as const)(
    "weighs one finding that is %s with %s confidence",
    (severity, sure, score, decision) => {
      const verdict = judge(
        examinationOf({ ...INNOCENT, x: found("x", severity, sure) }),
        DEFAULT_POLICY,
      );
      expect({ score: verdict.score, decision: verdict.decision }).toEqual({ score, decision });
    },
  );

  it.each([
    ["info", 10, "earned"],
    ["low", 5, "earned"],
    ["medium", 0, "missed"],
    ["high", 0, "missed"],
  ] as const)("grades metadata coherence: %s", (severity, points, kind) => {
    const results = {
      ...INNOCENT,
      "metadata-is-incoherent": found("metadata-is-incoherent", severity),
    };
    const { ledger } = judge(examinationOf(results), DEFAULT_POLICY);
    const why = "metadata-is-incoherent says claim";
    expect(ledger[4]).toEqual(line("metadata coherence", kind, points, 10, why));
  });

  it("is full with 100 of 105 points, and not beyond", () => {
    const all = Object.fromEntries(SCORE_PARTS.map(({ signal }) => [signal, CLEAR]));
    const most = { ...all, "publisher-changed": found("publisher-changed", "info") };
    const young = found("publisher-account-is-young", "medium");
    const fewer = { ...most, "publisher-account-is-young": young };
    const scores = [all, most, fewer].map((results) => {
      const { score, coverage } = judge(examinationOf(results), DEFAULT_POLICY);
      return { score, coverage };
    });
    expect(scores).toEqual([
      { score: 100, coverage: 1 },
      { score: 100, coverage: 1 },
      { score: 85, coverage: 1 },
    ]);
  });

  it("never reads unknown or inapplicable as clear", () => {
    const verdict = judge(
      examinationOf({
        ...INNOCENT,
        "is-too-young": unknown("no date\u001b[2J"),
        "changes-install-code": inapplicable("there is no earlier version"),
      }),
      DEFAULT_POLICY,
    );
    expect(verdict.ledger.filter(({ kind }) => kind !== "unknown")).toEqual([
      line("metadata coherence", "earned", 10, 10, "metadata-is-incoherent: no"),
    ]);
    expect([verdict.ledger[0]?.why, verdict.ledger[6]?.why]).toEqual([
      "not known: no date\\u{1b}[2J",
      "does not apply: there is no earlier version",
    ]);
    expect(verdict.coverage).toBe(10 / 105);
    expect(verdict.unknown).toEqual([{ signal: "is-too-young", why: "no date\\u{1b}[2J" }]);
  });

  it("allows a clean tarball without a registry, on little coverage", () => {
    const verdict = judge(
      examinationOf({
        "is-too-young": NOT_ASKED,
        "bytes-differ-from-registry": NOT_ASKED,
        "changes-install-code": NOT_ASKED,
        "metadata-is-incoherent": CLEAR,
      }),
      DEFAULT_POLICY,
    );
    expect(outcomeOf(verdict)).toEqual({ decision: "allow", score: 100, codes: [] });
    expect(verdict.coverage).toBe(10 / 105);
  });

  it.each([
    ["nothing was examined", {}, "hold", ["nothing-known"]],
    ["nothing was answered", { "is-too-young": NOT_ASKED }, "hold", ["nothing-known"]],
    ["what counts was not answered", { x: CLEAR }, "hold", ["nothing-known"]],
    ["and yet it is damned", { x: found("x", "critical") }, "block", ["score", "nothing-known"]],
  ] as const)("holds when %s, with a score of 0", (_what, results, decision, codes) => {
    const verdict = judge(examinationOf(results), DEFAULT_POLICY);
    expect(outcomeOf(verdict)).toEqual({ decision, score: 0, codes });
    expect(verdict.coverage).toBe(0);
  });

  it.each([
    ["info", "high", "allow", 100],
    ["low", "high", "allow", 98],
    ["medium", "medium", "allow", 89],
    ["medium", "high", "allow", 87],
    ["high", "medium", "hold", 50],
    ["high", "high", "hold", 40],
    ["critical", "high", "block", 0],
  ] as const)(
    "lets a finding of Lens of severity %s and confidence %s %s a quiet package of a mirror without dates",
    (severity, confidence, decision, score) => {
      const results = {
        "metadata-is-incoherent": CLEAR,
        "changes-install-code": CLEAR,
        "source-is-suspicious": found("source-is-suspicious", severity, confidence),
      };
      const codes = decision === "allow" ? [] : ["score"];
      const verdict = judge(examinationOf(results), DEFAULT_POLICY);
      expect(outcomeOf(verdict)).toEqual({ decision, score, codes });
    },
  );

  it("tells what was not read beside findings, and gives no points for the half that was", () => {
    const lens = "source-is-suspicious";
    const verdictOn = (severity: "low" | "high", rest: object = {}): Verdict =>
      judge(
        examinationOf({
          ...INNOCENT,
          [lens]: unreadBeside(found(lens, severity), "a.js is too large", rest),
        }),
        DEFAULT_POLICY,
      );
    const lineOf = ({ ledger }: Verdict): unknown => ledger[7];
    expect(verdictOn("low").unknown).toEqual([{ signal: lens, why: "a.js is too large" }]);
    expect([verdictOn("low"), verdictOn("high")].map(lineOf)).toEqual([
      line("Lens clean", "unknown", 0, 5, "not known: a.js is too large"),
      line("Lens clean", "missed", 0, 5, "source-is-suspicious says claim"),
    ]);
    expect(outcomeOf(verdictOn("low"))).toEqual({ decision: "allow", score: 98, codes: [] });
    expect(outcomeOf(verdictOn("low", { cutShort: true }))).toEqual({
      decision: "hold",
      score: 98,
      codes: ["examination-cut-short"],
    });
    const signals = new Map([
      [lens, { atLeast: "allow", unknown: "warn", ignore: false }],
    ] as const);
    const results = { ...INNOCENT, [lens]: unreadBeside(found(lens, "info"), "a") };
    expect(outcomeOf(judge(examinationOf(results), policyWith({ signals })))).toEqual({
      decision: "warn",
      score: 100,
      codes: ["signal-unknown"],
    });
  });

  it("holds what was cut short, and lets a policy say otherwise", () => {
    const examination = examinationOf({ ...INNOCENT, x: cutShort("it took longer than 10 s") });
    const limits = { ...DEFAULT_POLICY.limits, onExceeded: "block" as const };
    expect([
      outcomeOf(judge(examination, DEFAULT_POLICY)),
      outcomeOf(judge(examination, policyWith({ limits }))),
      outcomeOf(judge(examinationOf({ ...INNOCENT, x: unknown("nobody knows") }), DEFAULT_POLICY)),
    ]).toEqual([
      { decision: "hold", score: 100, codes: ["examination-cut-short"] },
      { decision: "block", score: 100, codes: ["examination-cut-short"] },
      { decision: "allow", score: 100, codes: [] },
    ]);
  });
});
