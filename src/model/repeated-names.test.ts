import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, type Json } from "./canonical.ts";
import { hasRepeatedName } from "./repeated-names.ts";

const repeats = (text: string): boolean => hasRepeatedName(text, parseJson(text));

describe("hasRepeatedName", () => {
  it.each([
    '{"a":1,"a":1}',
    '{"a" \n:1, "a"\t:2}',
    '[{"b":{"a":1,"c":[],"a":2}}]',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"\\"":1,"\\"":2}',
    '{"\\\\":1,"\\\\":{}}',
    '{"":1,"":2}',
  ])("finds %s", (text) => {
    expect(repeats(text)).toBe(true);
  });

  it.each([
    "null",
    '""',
    '"a:"',
    '["a","a"]',
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a\\":":1,"a":2}',
    '{"a":"\\\\\\":"}',
    '{"__proto__":{"__proto__":1}}',
  ])("finds nothing in %s", (text) => {
    expect(repeats(text)).toBe(false);
  });

  it("finds none in what JSON.stringify writes, and one where a member is written again", () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (text, name) => {
        expect(repeats(text)).toBe(false);
        const member = `${JSON.stringify(name)}:${text}`;
        expect(repeats(`[{${member}}]`)).toBe(false);
        expect(repeats(`[{${member}, ${member}}]`)).toBe(true);
      }),
    );
  });

  it("takes any depth and any length", () => {
    const deep = `${"[".repeat(100_000)}{"a":1,"a":2}${"]".repeat(100_000)}`;
    const long = JSON.stringify({ a: `${"\\".repeat(100_001)}"` } satisfies Json);
    expect([repeats(deep), repeats(long)]).toEqual([true, false]);
  });
});
