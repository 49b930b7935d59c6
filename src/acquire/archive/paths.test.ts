import { describe, expect, it } from "vitest";
import {
  MANIFEST,
  HONEST,
  withFile,
  withFiles,
  zeros,
  playRule,
  wantedOf,
  type RuleCase,
} from "../../../test/support/archive-cases.ts";
import { gzip, paxHeader, tarball } from "../../../test/support/tarball.ts";
import type { PATH_RULES } from "./rules.ts";

const CASES: Readonly<Record<keyof typeof PATH_RULES, RuleCase>> = {
  "path-leaves-root": {
    refused: [
      withFile("package/../a"),
      withFile("../package/a"),
      withFile("package/a/../../../b"),
      withFile("package/.."),
      withFile("package/..", { type: "5", content: "" }),
      tarball([MANIFEST, paxHeader([["path", "package/../a"]]), { name: "PaxHeader" }]),
      withFile("../a", { prefix: "package" }),
    ],
    read: [[withFile("package/..a/...b"), "..a/...b"]],
  },
  "absolute-path": {
    refused: [
      withFile("/package/a"),
      withFile("//package/a"),
      withFile("a", { prefix: "/package" }),
    ],
    read: [[withFile("package/a"), "a"]],
  },
  "ambiguous-path": {
    refused: [
      withFile("package//a"),
      withFile("./package/a"),
      withFile("package/."),
      withFile("package/lib//", { content: "" }),
    ],
    read: [[withFile("package/./lib/./a"), "lib/a"]],
  },
  "path-not-utf8": {
    refused: [
      withFile(Buffer.from("package/\xe9.js", "latin1")),
      withFile(Buffer.from("package/\xc0\xaf", "latin1")),
      withFile(Buffer.from("package/\xed\xa0\x80", "latin1")),
    ],
    read: [[withFile("package/é.js"), "é.js"]],
  },
  "path-has-control-character": {
    refused: ["\n", "\r", "\t", "\x1b", "\x7f", "\x85"].map((character) =>
      withFile(`package/a${character}b`),
    ),
    read: [[withFile("package/a b"), "a b"]],
  },
  "backslash-path": {
    refused: [withFile("package/..\\..\\a"), withFile("package\\a")],
    read: [[withFile("package/a"), "a"]],
  },
  "colon-path": {
    refused: [withFile("C:/a"), withFile("package/a.js:hidden"), withFile("package/C:")],
    read: [[withFile("package/c/a.js"), "c/a.js"]],
  },
  "windows-trailing-path": {
    refused: [withFile("package/a."), withFile("package/a "), withFile("package/.. /a")],
    read: [[withFile("package/.a"), ".a"]],
  },
  "windows-device-path": {
    refused: [withFile("package/NUL"), withFile("package/aux.js"), withFile("package/com1/a")],
    read: [[withFile("package/auxiliary.js"), "auxiliary.js"]],
  },
  "outside-root-folder": {
    refused: [withFile("a"), withFile("package")],
    read: [[tarball([{ name: "package", type: "5" }, MANIFEST])]],
  },
  "several-roots": {
    refused: [withFile("other/a"), withFile("other", { type: "5", content: "" })],
    read: [[tarball([{ name: "other/package.json", content: "{}" }])]],
  },
  "duplicate-path": {
    refused: [
      withFiles("package/a", "package/./a"),
      tarball([MANIFEST, { ...MANIFEST, content: "[]" }]),
      tarball([MANIFEST, { ...MANIFEST, mode: 0o755 }]),
    ],
    read: [[tarball([MANIFEST, MANIFEST, { ...MANIFEST, name: "package/./package.json" }])]],
  },
  "case-colliding-path": {
    refused: [
      withFiles("package/a.js", "package/A.js"),
      withFiles("package/l/a", "package/L/a"),
      withFiles("package/k", "package/\u212a"),
    ],
    read: [[withFiles("package/l/a", "package/L/b"), "L/b", "l/a"]],
  },
  "unicode-colliding-path": {
    refused: [
      withFiles("package/\u00e9", "package/e\u0301"),
      withFiles("package/stra\u00dfe", "package/strasse"),
      withFiles("package/a", "package/a\u200b"),
      withFiles("package/\u1e9b\u0323", "package/\u017f\u0323\u0307"),
    ],
    read: [[withFiles("package/e", "package/\u00e9"), "e", "\u00e9"]],
  },
  "file-is-also-folder": {
    refused: [
      withFiles("package/lib", "package/lib/a"),
      withFiles("package/lib/a", "package/lib"),
      withFiles("package/Lib", "package/lib/a"),
      tarball([MANIFEST, { name: "package/a", type: "5" }, { name: "package/a", content: "x" }]),
    ],
    read: [[withFiles("package/lib.js", "package/lib/a"), "lib.js", "lib/a"]],
  },
  "no-manifest": {
    refused: [
      tarball([{ name: "package/a" }]),
      tarball([{ name: "package/lib/package.json" }]),
      gzip(zeros(1024)),
    ],
    read: [[HONEST]],
  },
};

describe("paths", () => {
  it.each(Object.entries(CASES))("%s", async (rule, ruleCase) => {
    expect(await playRule(ruleCase)).toEqual(wantedOf(rule, ruleCase));
  });
});
