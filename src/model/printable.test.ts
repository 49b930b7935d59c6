import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "./printable.ts";

/** Unicode's own properties: controls, separators of lines, what steers direction, what is unseen. */
const DANGEROUS =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;
/** The longest escape stands for one unit: `\u{ffff}`, or two: `\u{e0001}`. */
const ESCAPE_LENGTH_MAX = 8;

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
);
const limit = fc.integer({ min: 1, max: 50 });

describe("printable", () => {
  it("lets no character through that a terminal obeys or a person cannot see", () => {
    fc.assert(
      fc.property(text, limit, (given, max) => {
        expect(printable(given, max)).not.toMatch(DANGEROUS);
      }),
    );
  });

  it("escapes every single one of them", () => {
    const passed: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const character = String.fromCodePoint(code);
      if (DANGEROUS.test(character) && printable(character) === character) {
        passed.push(code.toString(16));
      }
    }
    expect(passed).toEqual([]);
  });

  it("is bounded", () => {
    fc.assert(
      fc.property(text, limit, (given, max) => {
        expect(printable(given, max).length).toBeLessThanOrEqual(max * ESCAPE_LENGTH_MAX + 1);
      }),
    );
  });

  it("changes nothing a second time", () => {
    fc.assert(
      fc.property(text, (given) => {
        const once = printable(given, 1000);
        expect(printable(once, 10_000)).toBe(once);
      }),
    );
  });

  it.each([
    ["plain", "plain"],
    ["naïve – 漢字 😀", "naïve – 漢字 😀"],
    ["a\nb\tc\rd", "a\\nb\\tc\\rd"],
    ["\u001b[31mred\u0007", "\\u{1b}[31mred\\u{7}"],
    ["\u202egpj.exe", "\\u{202e}gpj.exe"],
    ["a\u200bb\u034fc", "a\\u{200b}b\\u{34f}c"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\ud800x\udc00", "\\u{d800}x\\u{dc00}"],
  ])("shows %j", (given, shown) => {
    expect(printable(given)).toBe(shown);
  });

  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["a😀b", 3, "a\\u{d83d}…"],
  ])("cuts %j at %i", (given, max, shown) => {
    expect(printable(given, max)).toBe(shown);
  });
});
