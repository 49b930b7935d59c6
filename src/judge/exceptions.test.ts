import { describe, expect, it } from "vitest";
import {
  AT_MS,
  examinationOf,
  found,
  INNOCENT,
  OTHER_SHA512,
  SHA512,
} from "../../test/support/examinations.ts";
import { outcomeOf, policyWith, policyWithRule } from "../../test/support/judging.ts";
import { type Policy, type PolicyException } from "../model/policy.ts";
import { judge } from "./verdict.ts";

const HOUR_MS = 3_600_000;

describe("an exception", () => {
  const exception: PolicyException = {
    package: "left-handed",
    version: "1.2.3",
    sha512: SHA512,
    reason: "read by us",
    owner: "sec",
    expiresAtMs: AT_MS + HOUR_MS,
  };
  const malicious = { ...INNOCENT, "is-known-malicious": found("is-known-malicious", "critical") };
  const until = "sec approved it until 2026-06-01T13:00:00.000Z (read by us)";

  function withExceptions(...exceptions: readonly PolicyException[]): Policy {
    return policyWith({ exceptions });
  }

  it("lets exactly these bytes in, and says what it overrode", () => {
    const verdict = judge(examinationOf(malicious), withExceptions(exception));
    const message = `${until}, despite: known-malicious, score`;
    expect({ decision: verdict.decision, score: verdict.score, reasons: verdict.reasons }).toEqual({
      decision: "allow",
      score: 10,
      reasons: [{ code: "exception", decision: "allow", hard: true, message }],
    });
  });

  it.each<[what: string, changed: Partial<PolicyException>, codes: readonly string[]]>([
    ["another version", { version: "1.2.4" }, ["known-malicious", "score"]],
    ["another package", { package: "right-handed" }, ["known-malicious", "score"]],
    ["a past time", { expiresAtMs: AT_MS }, ["known-malicious", "score", "exception-expired"]],
    [
      "other bytes",
      { sha512: OTHER_SHA512 },
      ["known-malicious", "score", "exception-for-other-bytes"],
    ],
  ])("for %s helps nothing", (_what, changed, codes) => {
    const verdict = judge(examinationOf(malicious), withExceptions({ ...exception, ...changed }));
    expect(outcomeOf(verdict)).toEqual({ decision: "block", score: 10, codes });
  });

  it("for other bytes of this version holds it: somebody approved something else", () => {
    const other = { ...exception, sha512: OTHER_SHA512 };
    const verdict = judge(examinationOf(), withExceptions(other));
    expect({ decision: verdict.decision, reasons: verdict.reasons }).toEqual({
      decision: "hold",
      reasons: [
        {
          code: "exception-for-other-bytes",
          decision: "hold",
          hard: true,
          message: `${until}, but with other bytes`,
        },
      ],
    });
    const both = judge(examinationOf(), withExceptions(other, exception));
    expect(both.decision).toBe("allow");
  });

  it.each([
    "bytes-differ-from-registry",
    "bytes-differ-from-first-seen",
    "bytes-differ-from-consensus",
  ])("does not lift %s", (signal) => {
    const results = { ...INNOCENT, [signal]: found(signal, "critical") };
    const verdict = judge(examinationOf(results), withExceptions(exception));
    expect(verdict.decision).toBe("block");
  });

  it("does not lift a deny rule", () => {
    const denied = [{ package: "left-handed", range: undefined, reason: "no" }];
    const verdict = judge(examinationOf(), policyWith({ denied, exceptions: [exception] }));
    expect(verdict.decision).toBe("block");
  });

  it("lets a warning in without raising it", () => {
    const rules = { ...policyWithRule("x", { atLeast: "warn" }), raiseWarnTo: "block" as const };
    const examination = examinationOf({ ...INNOCENT, x: found("x", "info") });
    expect([
      judge(examination, rules).decision,
      judge(examination, { ...rules, exceptions: [exception] }).decision,
    ]).toEqual(["block", "allow"]);
  });
});
