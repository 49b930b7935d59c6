import { hash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareDigests,
  parseIntegrity,
  parseShasum,
  toSri,
  type Digests,
  type Integrity,
} from "./digests.ts";

function digestsOf(bytes: Uint8Array | string): Digests {
  return {
    sha512: hash("sha512", bytes, "hex"),
    sha256: hash("sha256", bytes, "hex"),
    sha1: hash("sha1", bytes, "hex"),
  };
}

const MINE = digestsOf("these bytes");
const OTHER = digestsOf("other bytes");
const WEAKER = ["sha256", "sha1"] as const;

function sri(algorithm: "sha512" | "sha384" | "sha256" | "sha1", text: string): string {
  return `${algorithm}-${hash(algorithm, text, "base64")}`;
}

describe("parseIntegrity", () => {
  it("reads what toSri prints", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digests = digestsOf(bytes);
        expect(parseIntegrity(toSri(digests))).toEqual([
          { algorithm: "sha512", hex: digests.sha512 },
        ]);
      }),
    );
  });

  it("reads several entries, parted by any white space, options left out", () => {
    const text = `  ${sri("sha1", "a")}\n\t${sri("sha384", "a")}?foo?bar ${sri("sha512", "a")} `;
    expect(parseIntegrity(text)).toEqual([
      { algorithm: "sha1", hex: hash("sha1", "a", "hex") },
      { algorithm: "sha384", hex: hash("sha384", "a", "hex") },
      { algorithm: "sha512", hex: hash("sha512", "a", "hex") },
    ]);
  });

  it.each([
    "",
    "sha512-",
    "sha512",
    "sha512-AAAA",
    sri("sha512", "a").slice(0, -4),
    `${sri("sha512", "a")}AAAA`,
    sri("sha512", "a").replace("sha512", "SHA512"),
    sri("sha512", "a").replace("sha512", "md5"),
    sri("sha512", "a").replace("sha512", "sha256"),
    `sha512-${MINE.sha512}`,
    "sha1-____________________________",
  ])("drops what is not well formed: %s", (text) => {
    expect(parseIntegrity(text)).toEqual([]);
  });

  it("yields digests of the right length, whatever it is given", () => {
    const lengths = { sha512: 128, sha384: 96, sha256: 64, sha1: 40 };
    const entry = fc.tuple(
      fc.constantFrom("sha512", "sha384", "sha256", "sha1", "md5"),
      fc.oneof(fc.string(), fc.base64String(), fc.constant(MINE.sha1)),
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const text = entries.map((parts) => parts.join("-")).join(" ");
        const wrong = parseIntegrity(text).filter(
          ({ algorithm, hex }) => !/^[0-9a-f]+$/.test(hex) || hex.length !== lengths[algorithm],
        );
        expect(wrong).toEqual([]);
      }),
    );
  });
});

describe("parseShasum", () => {
  it.each([
    [MINE.sha1, MINE.sha1],
    [MINE.sha1.toUpperCase(), MINE.sha1],
  ])("reads %s", (text, hex) => {
    expect(parseShasum(text)).toEqual([{ algorithm: "sha1", hex }]);
  });

  it.each(["", "abc", MINE.sha256, `${MINE.sha1} `, MINE.sha1.replace(/./, "g")])(
    "takes %j for nothing",
    (text) => {
      expect(parseShasum(text)).toEqual([]);
    },
  );
});

describe("compareDigests", () => {
  const mine = (algorithm: keyof Digests): Integrity => ({ algorithm, hex: MINE[algorithm] });
  const other = (algorithm: keyof Digests): Integrity => ({ algorithm, hex: OTHER[algorithm] });
  const sha384 = { algorithm: "sha384", hex: hash("sha384", "other bytes", "hex") } as const;

  it.each<[what: string, claims: readonly Integrity[], comparison: string]>([
    ["nothing claimed", [], "incomparable"],
    ["sha384 alone", [sha384], "incomparable"],
    ["one that holds", [mine("sha512")], "equal"],
    ["one that does not", [other("sha512")], "different"],
    ["old packages' sha1", [mine("sha1")], "equal"],
    ["one of two of the same strength", [other("sha512"), mine("sha512")], "equal"],
    ["a weaker one that does not hold", [mine("sha512"), other("sha1")], "equal"],
    ["past sha384", [sha384, mine("sha256")], "equal"],
  ])("compares: %s", (_what, claims, comparison) => {
    expect(compareDigests(MINE, claims)).toBe(comparison);
  });

  it("lets no weaker claim rescue bytes that fail the strongest", () => {
    const weaker = fc.array(fc.constantFrom(...WEAKER).map(mine));
    fc.assert(
      fc.property(weaker, weaker, (before, after) => {
        const claims = [...before, other("sha512"), ...after];
        expect(compareDigests(MINE, claims)).toBe("different");
      }),
    );
  });
});
