import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AT_MS,
  cooling,
  examinationOf,
  found,
  INNOCENT,
  NOT_ASKED,
} from "../../test/support/examinations.ts";
import {
  arbitraryExamination,
  arbitraryPolicy,
  policyWithRule,
} from "../../test/support/judging.ts";
import { npmRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { explain, oneSentence } from "./explain.ts";
import { judge } from "./verdict.ts";

const HELD = judge(
  examinationOf({ ...INNOCENT, "is-too-young": cooling(AT_MS + 3_600_000), x: NOT_ASKED }),
  DEFAULT_POLICY,
);

describe("oneSentence", () => {
  it.each([
    [
      "a block",
      judge(
        examinationOf({
          ...INNOCENT,
          "bytes-differ-from-registry": found("bytes-differ-from-registry", "critical"),
        }),
        DEFAULT_POLICY,
      ),
      "Veln blocked left-handed@1.2.3: bytes-differ-from-registry says claim. Read more: veln package left-handed@1.2.3",
    ],
    [
      "a hold",
      HELD,
      "Veln holds left-handed@1.2.3 until 2026-06-01T13:00:00.000Z: It was published less than 2h ago. Read more: veln package left-handed@1.2.3",
    ],
    [
      "a warning",
      judge(
        examinationOf({ ...INNOCENT, x: found("x", "low") }),
        policyWithRule("x", { atLeast: "warn" }),
      ),
      "Veln warns about left-handed@1.2.3: x says claim. Read more: veln package left-handed@1.2.3",
    ],
    [
      "nothing",
      judge(examinationOf(), DEFAULT_POLICY),
      "Veln allowed left-handed@1.2.3: Nothing speaks against it. Read more: veln package left-handed@1.2.3",
    ],
  ])("tells of %s", (_what, verdict, sentence) => {
    expect(oneSentence(verdict)).toBe(sentence);
  });

  it("has at most 300 printable characters, whatever the names and the dates", () => {
    const long = npmRef(`@${"s".repeat(100)}/${"n".repeat(100)}`, `1.0.0-${"a".repeat(200)}`);
    fc.assert(
      fc.property(
        arbitraryExamination(),
        arbitraryPolicy(),
        fc.boolean(),
        (examination, rules, isLong) => {
          const verdict = judge(isLong ? { ...examination, ref: long } : examination, rules);
          const sentence = oneSentence({ ...verdict, retryAtMs: Number.MAX_VALUE });
          expect(sentence.length).toBeLessThanOrEqual(300);
          expect(printable(sentence)).toBe(sentence);
        },
      ),
    );
  });
});

describe("explain", () => {
  it("says decision, reasons, score and what is not known, in this order", () => {
    expect(explain(HELD)).toEqual([
      "Veln holds left-handed@1.2.3 until 2026-06-01T13:00:00.000Z.",
      "It was published less than 2h ago.",
      "Its score of 43 is under 80.",
      "Its score is 43 of 100, on 33 % of the points there are.",
      "One question could not be answered, which is not the same as finding nothing.",
    ]);
  });

  it("does not call it a score when nothing is known", () => {
    expect(explain(judge(examinationOf({}), DEFAULT_POLICY))).toEqual([
      "Veln holds left-handed@1.2.3.",
      "Nothing that could speak for it could be asked about.",
      "Nothing that counts towards its score could be asked about.",
    ]);
  });
});
