import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  MANIFEST,
  withFile,
  withFiles,
  zeros,
  playRule,
  wantedOf,
  type RuleCase,
} from "../../../test/support/archive-cases.ts";
import {
  gnuLongName,
  gzip,
  packedFile,
  paxHeader,
  tarball,
  type RawEntry,
} from "../../../test/support/tarball.ts";
import type { BOUND_RULES } from "./rules.ts";

/** Files that do not compress. */
function noise(count: number): readonly RawEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `package/${String(index)}`,
    content: randomBytes(8192),
  }));
}

const CASES: Readonly<Record<keyof typeof BOUND_RULES, RuleCase>> = {
  "archive-too-large": {
    refused: [
      tarball([MANIFEST], zeros(65_024)),
      // Padding makes the reader measure the member, whatever its trailer claims.
      gzip(randomBytes(70_000), { inflatedBytes: 512, after: zeros(16) }),
    ],
    read: [[tarball([MANIFEST, ...noise(6)]), "0", "1", "2", "3", "4", "5"]],
  },
  "compression-ratio": {
    refused: [
      tarball([
        MANIFEST,
        ...["a", "b"].map((name) => ({ name: `package/${name}`, content: zeros(8192) })),
      ]),
      gzip(zeros(20_000), { inflatedBytes: 512, after: zeros(16) }),
    ],
    read: [[withFile("package/a", { content: zeros(8192) }), "a"]],
  },
  "too-many-entries": {
    refused: [
      withFiles(..."abcdefgh".split("").map((name) => `package/${name}`)),
      withFiles("package/a/b/c/d/x", "package/e/f/g/h/x", "package/i/x"),
    ],
    read: [
      [
        withFiles(..."abcdefg".split("").map((name) => `package/${name}`)),
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
      ],
      [withFiles("package/a/b/c/d/x", "package/e/f/g/h/x"), "a/b/c/d/x", "e/f/g/h/x"],
    ],
  },
  "file-too-large": {
    refused: [withFile("package/a", { content: Buffer.alloc(8 * 1024 + 1, "a") })],
    read: [[withFile("package/a", { content: Buffer.alloc(8 * 1024, "a") }), "a"]],
  },
  "too-deep": {
    refused: [withFile("package/a/b/c/d/e/f")],
    read: [[withFile("package/a/b/c/d/e"), "a/b/c/d/e"]],
  },
  "path-too-long": {
    refused: [
      tarball([MANIFEST, ...packedFile({ path: "s".repeat(121), content: "" })]),
      tarball([
        MANIFEST,
        ...packedFile({ path: [100, 100, 91].map((n) => "s".repeat(n)).join("/"), content: "" }),
      ]),
    ],
    read: [
      [tarball([MANIFEST, ...packedFile({ path: "s".repeat(120), content: "" })]), "s".repeat(120)],
    ],
  },
  "header-too-large": {
    refused: [
      tarball([paxHeader([["comment", "c".repeat(500)]]), MANIFEST]),
      tarball([gnuLongName("n".repeat(512)), MANIFEST]),
    ],
    read: [[tarball([paxHeader([["comment", "c".repeat(498)]]), MANIFEST])]],
  },
};

describe("bounds", () => {
  it.each(Object.entries(CASES))("%s", async (rule, ruleCase) => {
    expect(await playRule(ruleCase)).toEqual(wantedOf(rule, ruleCase));
  });
});
