import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, isJsonObject, parseJson, type Json } from "./canonical.ts";

/** The same value with the keys of every object put in another order. */
function reordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(reordered);
  if (!isJsonObject(value)) return value;
  const members = Object.keys(value).map((key) => [key, reordered(value[key] ?? null)] as const);
  return Object.fromEntries(members.reverse());
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json);

describe("canonicalJson", () => {
  it("gives equal values equal texts, whatever the order of their keys", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reordered(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it("reads back as the value it was made from", () => {
    fc.assert(
      fc.property(json, (value) => {
        // JSON has no negative zero.
        expect(parseJson(canonicalJson(value))).toEqual(parseJson(JSON.stringify(value)));
      }),
    );
  });

  it.each<[what: string, value: Json, text: string]>([
    [
      "keys by UTF-16 code units",
      { "\u{1f600}": 1, "\ufb33": 2, a: 3, B: 4 },
      `{"B":4,"a":3,"\u{1f600}":1,"\ufb33":2}`,
    ],
    ["keys that look like numbers", { 10: "a", 9: "b" }, '{"10":"a","9":"b"}'],
    ["numbers", [1e21, 1e-7, -0, 0.1, 100], "[1e+21,1e-7,0,0.1,100]"],
    ["escapes", '\u0000\n"\\\u20ac/', '"\\u0000\\n\\"\\\\€/"'],
    ["no white space", { a: [{}, [], null, true] }, '{"a":[{},[],null,true]}'],
  ])("has one form: %s", (_what, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("keeps a key called __proto__", () => {
    expect(canonicalJson(parseJson('{"b":1,"__proto__":{"x":2}}'))).toBe(
      '{"__proto__":{"x":2},"b":1}',
    );
  });

  it.each([Number.NaN, Infinity, -Infinity])("has no form for %s", (value) => {
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });
});
