import { describe, expect, it } from "vitest";
import {
  AT_MS,
  cooling,
  examinationOf,
  found,
  INNOCENT,
  NOT_ASKED,
} from "../../test/support/examinations.ts";
import { line, outcomeOf, policyWith, policyWithRule } from "../../test/support/judging.ts";
import { CLEAR, unknown } from "../model/examination.ts";
import { type Decision, type Policy } from "../model/policy.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { SCORE_PARTS } from "./parts.ts";
import { judge } from "./verdict.ts";

const HOUR_MS = 3_600_000;

describe("hard reasons", () => {
  it.each([
    ["bytes-differ-from-registry", "block", "digest-mismatch"],
    ["bytes-differ-from-first-seen", "block", "bytes-changed"],
    ["bytes-differ-from-consensus", "block", "consensus-mismatch"],
    ["canary-was-touched", "block", "canary-used"],
    ["provenance-is-false", "block", "false-provenance"],
    ["provenance-is-unexpected", "block", "unexpected-provenance"],
    ["is-known-malicious", "block", "known-malicious"],
    ["archive-breaks-rules", "block", "bad-archive"],
    ["is-too-young", "hold", "cooling"],
  ] as const)("%s: %s, whatever the score", (signal, decision, code) => {
    const all = Object.fromEntries(SCORE_PARTS.map((part) => [part.signal, CLEAR]));
    const verdict = judge(
      examinationOf({ ...all, [signal]: found(signal, "info") }),
      policyWith({ thresholds: { allow: 0, hold: 0, warn: 0 } }),
    );
    expect({ decision: verdict.decision, reasons: verdict.reasons }).toEqual({
      decision,
      reasons: [{ code, decision, hard: true, message: `${signal} says claim` }],
    });
  });

  it.each([
    ["git", "git", "git-dependency"],
    ["git", "git-unencrypted", "git-dependency"],
    ["remote", "url", "remote-dependency"],
    ["remote", "url-unencrypted", "remote-dependency"],
  ] as const)("a %s dependency (%s) blocks unless the policy allows it", (key, claim, code) => {
    const signal = "depends-outside-registry";
    const examination = examinationOf({
      ...INNOCENT,
      [signal]: found(signal, "low", "high", claim),
    });
    const dependencies = { ...DEFAULT_POLICY.dependencies, [key]: "allow" };
    expect([
      outcomeOf(judge(examination, DEFAULT_POLICY)),
      outcomeOf(judge(examination, policyWith({ dependencies }))),
    ]).toEqual([
      { decision: "block", score: 98, codes: [code] },
      { decision: "allow", score: 98, codes: [] },
    ]);
  });

  it("of a signal with a similar name are none", () => {
    const results = { ...INNOCENT, "is-too-youngish": found("is-too-youngish", "info") };
    expect(judge(examinationOf(results), DEFAULT_POLICY).reasons).toEqual([]);
  });

  it.each([
    ["left-handed", undefined, "block"],
    ["left-handed", "<2", "block"],
    ["left-handed", ">=2", "allow"],
    ["left-hand", undefined, "allow"],
    ["@left/*", undefined, "allow"],
  ] as const)("deny %s %s: %s", (name, range, decision) => {
    const denied = [{ package: name, range, reason: "we say so" }];
    const message = "The policy denies it: we say so";
    const verdict = judge(examinationOf(), policyWith({ denied }));
    expect({ decision: verdict.decision, reasons: verdict.reasons }).toEqual({
      decision,
      reasons:
        decision === "allow" ? [] : [{ code: "denied-by-policy", decision, hard: true, message }],
    });
  });

  it("holds until the cooling is over", () => {
    const untilMs = AT_MS + HOUR_MS;
    const examination = examinationOf({ ...INNOCENT, "is-too-young": cooling(untilMs) });
    const verdict = judge(examination, DEFAULT_POLICY);
    expect(outcomeOf(verdict)).toEqual({
      decision: "hold",
      score: 43,
      codes: ["cooling", "score"],
    });
    expect(verdict.retryAtMs).toBe(untilMs);

    const blocked = judge(
      examinationOf({ "is-too-young": cooling(untilMs), x: found("x", "critical") }),
      DEFAULT_POLICY,
    );
    expect({ decision: blocked.decision, retryAtMs: blocked.retryAtMs }).toEqual({
      decision: "block",
      retryAtMs: undefined,
    });
  });
});

describe("a policy's rules", () => {
  const odd = examinationOf({ ...INNOCENT, x: found("x", "info"), y: unknown("no answer") });

  it.each<[what: string, policy: Policy, decision: Decision, codes: readonly string[]]>([
    ["at_least warn", policyWithRule("x", { atLeast: "warn" }), "warn", ["signal-rule"]],
    ["at_least block", policyWithRule("x", { atLeast: "block" }), "block", ["signal-rule"]],
    ["at_least with ignore", policyWithRule("x", { atLeast: "block", ignore: true }), "allow", []],
    ["at_least for what was not found", policyWithRule("y", { atLeast: "block" }), "allow", []],
    ["unknown hold", policyWithRule("y", { unknown: "hold" }), "hold", ["signal-unknown"]],
    ["unknown for what was found", policyWithRule("x", { unknown: "hold" }), "allow", []],
    [
      "raise_to hold",
      { ...policyWithRule("x", { atLeast: "warn" }), raiseWarnTo: "hold" },
      "hold",
      ["warning-raised", "signal-rule"],
    ],
    [
      "raise_to block over a hold",
      {
        ...policyWith({ raiseWarnTo: "block" }),
        signals: new Map([
          ["x", { atLeast: "warn", unknown: "allow", ignore: false }],
          ["y", { atLeast: "allow", unknown: "hold", ignore: false }],
        ]),
      },
      "block",
      ["warning-raised", "signal-unknown", "signal-rule"],
    ],
    [
      "raise_to hold under a block",
      { ...policyWithRule("x", { atLeast: "block" }), raiseWarnTo: "hold" },
      "block",
      ["signal-rule"],
    ],
  ])("%s", (_what, rules, decision, codes) => {
    expect(outcomeOf(judge(odd, rules))).toEqual({ decision, score: 100, codes });
  });

  it("say what a version without a date costs", () => {
    const examination = examinationOf({ ...INNOCENT, "is-too-young": NOT_ASKED });
    const strict = policyWith({ cooling: { ...DEFAULT_POLICY.cooling, unknownDate: "hold" } });
    expect([
      outcomeOf(judge(examination, DEFAULT_POLICY)),
      outcomeOf(judge(examination, strict)),
    ]).toEqual([
      { decision: "allow", score: 100, codes: [] },
      { decision: "hold", score: 100, codes: ["unknown-date"] },
    ]);
  });

  it("can take a signal out of the score, with its part, but show its findings", () => {
    const bad = found("changes-install-code", "critical");
    const verdict = judge(
      examinationOf({ ...INNOCENT, "changes-install-code": bad }),
      policyWithRule("changes-install-code", { ignore: true }),
    );
    expect(outcomeOf(verdict)).toEqual({ decision: "allow", score: 100, codes: [] });
    expect(verdict.ledger[6]).toEqual(
      line("no new install script", "unknown", 0, 5, "ignored by policy"),
    );
    expect(verdict.findings).toHaveLength(1);
  });

  it("cannot ignore bytes that differ, even if a policy was not read from a file", () => {
    const signal = "bytes-differ-from-registry";
    const verdict = judge(
      examinationOf({ ...INNOCENT, [signal]: found(signal, "critical") }),
      policyWithRule(signal, { ignore: true }),
    );
    expect(verdict.decision).toBe("block");
  });
});
