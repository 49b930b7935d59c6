import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AT_MS, cooling, examinationOf, INNOCENT } from "../../test/support/examinations.ts";
import { arbitraryExamination, arbitraryPolicy } from "../../test/support/judging.ts";
import { canonicalJson, parseJson } from "../model/canonical.ts";
import { type Examination, type ExaminedSignal } from "../model/examination.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { canonicalVerdict, judge, signalsDigest } from "./verdict.ts";

const HOUR_MS = 3_600_000;

/** The same value with every object's keys in the opposite order. */
function keysReversed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(keysReversed) as Value;
  if (typeof value !== "object" || value === null || value instanceof Map) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, keysReversed(item)])) as Value;
}

/** The same examination in another order: results, the findings in each, and every object's keys. */
function shuffled(examination: Examination): Examination {
  return keysReversed({ ...examination, results: examination.results.toReversed().map(upended) });
}

function upended({ signal, version, result }: ExaminedSignal): ExaminedSignal {
  if (result.outcome !== "found") return { signal, version, result };
  const [first = result.findings[0], ...rest] = result.findings.toReversed();
  return { signal, version, result: { ...result, findings: [first, ...rest] } };
}

describe("canonicalVerdict", () => {
  it("is canonical JSON of the whole verdict", () => {
    const verdict = judge(
      examinationOf({ ...INNOCENT, "is-too-young": cooling(AT_MS + HOUR_MS) }),
      DEFAULT_POLICY,
    );
    const text = Buffer.from(canonicalVerdict(verdict)).toString("utf8");
    expect(parseJson(text)).toEqual({ ...verdict, provenance: null });
    expect(canonicalJson(parseJson(text))).toBe(text);
  });

  it("is the same for the same examination and policy, whatever order they come in", () => {
    fc.assert(
      fc.property(arbitraryExamination(), arbitraryPolicy(), (examination, rules) => {
        const mixed = { ...keysReversed(rules), signals: new Map([...rules.signals].reverse()) };
        const one = canonicalVerdict(judge(examination, rules));
        const other = canonicalVerdict(judge(shuffled(examination), mixed));
        expect(Buffer.from(other).toString()).toBe(Buffer.from(one).toString());
      }),
    );
  });
});

describe("signalsDigest", () => {
  it("depends on ids and versions, not on their order", () => {
    const a = { signal: "a", version: 1 };
    const b = { signal: "b", version: 1 };
    expect(signalsDigest([b, a])).toBe(signalsDigest([a, b]));
    expect(signalsDigest([a, b])).toMatch(/^[0-9a-f]{64}$/);
    expect(signalsDigest([a, { ...b, version: 2 }])).not.toBe(signalsDigest([a, b]));
  });
});
