import { describe, expect, it } from "vitest";
import {
  MANIFEST,
  HONEST,
  withFile,
  playRule,
  wantedOf,
  type RuleCase,
} from "../../../test/support/archive-cases.ts";
import { paxHeader, tarball } from "../../../test/support/tarball.ts";
import type { EXTENSION_RULES } from "./rules.ts";

const CASES: Readonly<Record<keyof typeof EXTENSION_RULES, RuleCase>> = {
  "pax-malformed": {
    refused: [
      "",
      "x",
      "99 path=package/b\n",
      "018 path=package/b\n",
      "18path=package/bb\n",
      "17 path=package/b\n",
      "18 path=package/b\0",
      "11 comment\n",
      "8 path=\n",
      "24 comment=\n12 path=evil\n",
      "15 comment=a\0b\n",
      `${"9".repeat(400)} a=b\n`,
    ].map((content) => tarball([{ name: "PaxHeader/x", type: "x", content }, MANIFEST])),
    read: [[tarball([{ name: "PaxHeader/x", type: "x", content: "13 comment=c\n" }, MANIFEST])]],
  },
  "pax-key": {
    refused: ["hdrcharset", "charset", "mode", "type", "SCHILY.filetype", "__proto__"].map((key) =>
      tarball([paxHeader([[key, "1"]]), MANIFEST]),
    ),
    read: ["mtime", "uid", "SCHILY.ino", "LIBARCHIVE.xattr.user.x", "NODETAR.depth"].map(
      (key) => [tarball([paxHeader([[key, "1"]]), MANIFEST])] as const,
    ),
  },
  "pax-duplicate-key": {
    refused: [
      tarball([
        MANIFEST,
        paxHeader([
          ["path", "package/a"],
          ["path", "package/b"],
        ]),
        { name: "package/b" },
      ]),
    ],
    read: [[tarball([MANIFEST, paxHeader([["path", "package/b"]]), { name: "package/b" }]), "b"]],
  },
  "pax-global-override": {
    refused: [
      tarball([paxHeader([["path", "package/a"]], "g"), MANIFEST]),
      tarball([paxHeader([["size", "2"]], "g"), MANIFEST]),
    ],
    read: [[tarball([paxHeader([["comment", "0".repeat(40)]], "g"), MANIFEST])]],
  },
  "pax-size-mismatch": {
    refused: [
      tarball([paxHeader([["size", "1024"]]), MANIFEST]),
      tarball([paxHeader([["size", "0"]]), MANIFEST]),
    ],
    read: [[tarball([paxHeader([["size", "2"]]), MANIFEST])]],
  },
  sparse: {
    refused: [
      withFile("package/a", { type: "S" }),
      tarball([paxHeader([["GNU.sparse.major", "1"]]), MANIFEST]),
      tarball([paxHeader([["SCHILY.realsize", "9"]]), MANIFEST]),
    ],
    read: [[HONEST]],
  },
};

describe("extended headers", () => {
  it.each(Object.entries(CASES))("%s", async (rule, ruleCase) => {
    expect(await playRule(ruleCase)).toEqual(wantedOf(rule, ruleCase));
  });
});
