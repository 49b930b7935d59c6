import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { POPULAR_NAMES } from "./popular-names.ts";
import { imitatedBy, isOneSlip } from "./similar.ts";

describe("names that can be mistaken", () => {
  it.each([
    ["expres", "express", "one-slip"],
    ["exprses", "express", "one-slip"],
    ["expresss", "express", "one-slip"],
    ["lodahs", "lodash", "one-slip"],
    ["l0dash", "lodash", "look-alike"],
    ["cornmander", "commander", "look-alike"],
    ["crossenv", "cross-env", "separator"],
    ["node_fetch", "node-fetch", "separator"],
    ["types-node", "@types/node", "scope-dropped"],
    ["@bable/core", "@babel/core", "one-slip"],
    ["axiosjs", "axios", "js-affix"],
    ["node-mongoose", "mongoose", "js-affix"],
  ])("%s is taken for %s", (name, of, how) => {
    expect(imitatedBy(name)).toEqual({ of, how });
  });

  it.each(["@babel/cor", "@acme/express", "abc", "expresso-machine", "koala-bear", "wxyz"])(
    "%s is taken for nothing",
    (name) => {
      expect(imitatedBy(name)).toBeUndefined();
    },
  );

  it("do not include popular names", () => {
    expect([...POPULAR_NAMES].filter((name) => imitatedBy(name) !== undefined)).toEqual([]);
  });

  it("are found by the index exactly when one slip parts them", () => {
    const long = [...POPULAR_NAMES].filter((name) => name.length >= 8 && !name.startsWith("@"));
    fc.assert(
      fc.property(
        fc.constantFrom(...long),
        fc.nat(),
        fc.constantFrom("q", "x", "z"),
        (name, at, put) => {
          const where = at % name.length;
          const slip = name.slice(0, where) + put + name.slice(where + 1);
          fc.pre(!POPULAR_NAMES.has(slip));
          expect(slip === name || isOneSlip(slip, name)).toBe(true);
          expect(imitatedBy(slip)).toBeDefined();
        },
      ),
    );
  });

  it("are compared both ways alike", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(isOneSlip(a, b)).toBe(isOneSlip(b, a));
        expect(isOneSlip(a, a)).toBe(false);
      }),
    );
  });
});
