import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldedAddress, matchesPattern, ownerOf } from "./address.ts";

describe("foldedAddress", () => {
  it.each([
    ["HTTPS://GitHub.com/Owner/Name", "https://github.com/owner/name"],
    [
      "https://github.com/Owner/Name/.github/workflows/Release.yml@refs/tags/V1",
      "https://github.com/owner/name/.github/workflows/Release.yml@refs/tags/V1",
    ],
    ["https://GitLab.com/Group/Project", "https://gitlab.com/Group/Project"],
    ["https://github.com.evil.invalid/Owner/N", "https://github.com.evil.invalid/Owner/N"],
    // KELVIN SIGN, which Unicode lowers to an ASCII k.
    ["https://github.com/\u212Aeeper/n", "https://github.com/\u212Aeeper/n"],
    ["ann@Corp.invalid", "ann@Corp.invalid"],
    ["", ""],
    ["/", "/"],
    ["HTTPS:/", "HTTPS:/"],
    ["HTTPS://", "https://"],
  ])("of %s", (address, folded) => {
    expect(foldedAddress(address)).toBe(folded);
  });

  it("changes nothing but the case of ASCII letters, and nothing more the second time", () => {
    const address = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.array(fc.string()).map((path) => `https://github.com/${path.join("/")}`),
    );
    fc.assert(
      fc.property(address, (text) => {
        const folded = foldedAddress(text);
        const lower = (each: string): string => each.replace(/[A-Z]/g, (c) => c.toLowerCase());
        expect([lower(folded), foldedAddress(folded)]).toEqual([lower(text), folded]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("ownerOf", () => {
  it.each([
    ["https://github.com/owner/name", "https://github.com/owner"],
    ["https://gitlab.com/group/sub/name", "https://gitlab.com/group/sub"],
    ["name", ""],
  ])("%s", (repository, owner) => {
    expect(ownerOf(repository)).toBe(owner);
  });
});

describe("matchesPattern", () => {
  it.each([
    ["refs/tags/v*", "refs/tags/v1.0.0", true],
    ["refs/tags/v*", "refs/tags/v", false],
    ["refs/tags/v*", "refs/tags/v1/x", false],
    ["refs/tags/v*", "x/refs/tags/v1", false],
    ["refs/tags/v*", "refs/tags/xv1", false],
    ["refs/tags/*-rc", "refs/tags/1-rc", true],
    ["refs/tags/*-rc", "refs/tags/1-rc2", false],
    ["refs/tags/ab*ba", "refs/tags/aba", false],
    ["refs/tags/ab*ba", "refs/tags/abba", false],
    ["refs/tags/ab*ba", "refs/tags/ab-ba", true],
    ["refs/heads/main", "refs/heads/main", true],
    ["refs/heads/main", "refs/heads/main2", false],
    ["refs/heads/.*", "refs/heads/main", false],
    ["https://github.com/o/*", "https://github.com/o/n", true],
    ["https://github.com/o/*", "https://github.com/o/", false],
    ["https://github.com/o/*", "https://github.com/o/n/x", false],
    ["https://github.com/o/*", "https://github.com/o", false],
    ["", "", true],
  ])("%s and %s: %s", (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it("without a star matches itself and nothing else", () => {
    const text = fc.string().map((each) => each.replaceAll("*", "s"));
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect([matchesPattern(one, one), matchesPattern(one, other)]).toEqual([
          true,
          one === other,
        ]);
      }),
    );
  });

  it("with one star matches what begins and ends like it and has as many segments", () => {
    const part = fc.stringMatching(/^[a-c/]{0,6}$/);
    const between = fc.stringMatching(/^[a-c]{0,6}$/);
    fc.assert(
      fc.property(part, between, part, (before, middle, after) => {
        const pattern = `${before}*${after}`;
        expect([
          matchesPattern(pattern, `${before}${middle}${after}`),
          matchesPattern(pattern, `${before}${middle}/${after}`),
          matchesPattern(`x${pattern}`, `${before}${middle}${after}`),
          matchesPattern(`${pattern}x`, `${before}${middle}${after}`),
        ]).toEqual([middle !== "", false, false, false]);
      }),
    );
  });
});
