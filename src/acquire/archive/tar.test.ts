import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  MANIFEST,
  HONEST,
  withFile,
  zeros,
  write,
  playRule,
  wantedOf,
  type RuleCase,
} from "../../../test/support/archive-cases.ts";
import { gnuLongName, gzip, paxHeader, tar, tarball } from "../../../test/support/tarball.ts";
import type { TAR_RULES } from "./rules.ts";

const LONG = `package/${"d".repeat(60)}/${"f".repeat(60)}.js`;
const LONG_PATH = LONG.slice("package/".length);
const CUT = LONG.slice(0, 100);

const DEFLATED = deflateRawSync(tar([MANIFEST]));
/** Too long to be inflated in one call. */
const BIG = { name: "package/big", content: randomBytes(40_000) };

const CASES: Readonly<Record<keyof typeof TAR_RULES, RuleCase>> = {
  truncated: {
    refused: [
      HONEST.subarray(0, 12),
      gzip(tar([MANIFEST]), { deflated: DEFLATED.subarray(0, -20) }),
      gzip(tar([MANIFEST, BIG]), {
        deflated: deflateRawSync(tar([MANIFEST, BIG])).subarray(0, -20),
      }),
      gzip(zeros(0)),
      tarball([MANIFEST], zeros(0)),
      tarball([MANIFEST], zeros(511)),
      gzip(tar([MANIFEST]).subarray(0, 600)),
      withFile("package/a", { statedSize: 4000 }),
    ],
    read: [[tarball([MANIFEST], zeros(512))], [tarball([MANIFEST], zeros(513))]],
  },
  "trailing-data": {
    refused: [
      tarball([MANIFEST], Buffer.concat([zeros(512), tar([{ name: "package/evil.js" }])])),
      tarball([MANIFEST], Buffer.concat([zeros(1024), tar([{ name: "package/evil.js" }])])),
      tarball([MANIFEST], Buffer.concat([zeros(1024), Buffer.from("x")])),
      tarball([MANIFEST], zeros(4097)),
    ],
    read: [[tarball([MANIFEST], zeros(4096))]],
  },
  "unknown-format": {
    refused: [
      withFile("package/a", { alter: write(257, "ustar\u000001") }),
      withFile("package/a", { alter: write(257, "Ustar\u000000") }),
      withFile("package/a", { alter: write(257, "ustar 00") }),
    ],
    read: [
      [withFile("package/a", { alter: write(257, "ustar  \0") }), "a"],
      [withFile("package/a", { alter: write(257, "\0\0\0\0\0\0\0\0") }), "a"],
    ],
  },
  "bad-checksum": {
    refused: [
      withFile("package/a", { damage: write(0, "P") }),
      withFile("package/a", { damage: write(148, "0000000\0") }),
      withFile("package/a", { damage: (block) => block.write(checksumOf(block, 8), 148) }),
    ],
    read: [
      [withFile("package/a", { damage: (block) => block.write(checksumOf(block, 7), 148) }), "a"],
    ],
  },
  "bad-number": {
    refused: [
      withFile("package/a", { alter: write(124, "0000000001x\0") }),
      withFile("package/a", { alter: write(124, "-0000000001\0") }),
      withFile("package/a", { alter: write(124, "1\u0000000001\0") }),
      withFile("package/a", { alter: write(124, "\0".repeat(12)) }),
      withFile("package/a", { alter: write(124, `\x80${"\0".repeat(10)}\x01`) }),
      withFile("package/a", { alter: write(100, "rw-r--r-") }),
      withFile("package/a", { alter: write(108, "\x81\0\0\0\0\0\0\x01") }),
      withFile("package/a", { alter: write(136, `\x80\x01${"\0".repeat(10)}`) }),
      tarball([paxHeader([["size", "0x2"]]), MANIFEST]),
    ],
    read: [
      [withFile("package/a", { alter: write(124, "          1 ") }), "a"],
      [withFile("package/a", { alter: write(108, "\x80\0\0\0\x7f\xff\xff\xff") }), "a"],
      [withFile("package/a", { alter: write(136, "\xff".repeat(12)) }), "a"],
      [withFile("package/a", { alter: write(100, "\0".repeat(8)) }), "a"],
    ],
  },
  "bad-name-field": {
    refused: [
      withFile(""),
      withFile("package/a\0b\nc"),
      withFile("package/a", { linkName: "\0b\nc" }),
      withFile("package/a", { prefix: "package\0x" }),
      withFile("package/a", { prefix: "x", alter: write(257, "ustar  \0") }),
      withFile("package/a", { prefix: "x", alter: write(257, "\0".repeat(8)) }),
      tarball([gnuLongName("package/a\0b"), MANIFEST]),
      tarball([gnuLongName(""), MANIFEST]),
    ],
    read: [
      [withFile("a", { prefix: "package/lib" }), "lib/a"],
      [withFile("a", { prefix: "package", alter: write(476, "00000000001\0") }), "a"],
    ],
  },
  "unexpected-link-name": {
    refused: [withFile("package/a", { linkName: "b" })],
    read: [[withFile("package/a", { linkName: "" }), "a"]],
  },
  "folder-with-content": {
    refused: [
      tarball([MANIFEST, { name: "package/lib", type: "5", content: "x" }]),
      withFile("package/lib/"),
      withFile("package/lib", { type: "5", statedSize: 1, content: "" }),
    ],
    read: [
      [tarball([MANIFEST, { name: "package/lib", type: "5" }])],
      [tarball([MANIFEST, { name: "package/lib/" }])],
      [tarball([{ name: "package/", type: "5" }, MANIFEST])],
    ],
  },
  "unknown-type": {
    refused: ["7", "D", "M", "N", "V", "X", "A", "Z", "\xff"].map((type) =>
      withFile("package/a", { type }),
    ),
    read: [[withFile("package/a", { type: "\0" }), "a"]],
  },
  "stacked-headers": {
    refused: [
      tarball([paxHeader([["mtime", "1"]]), paxHeader([["path", "package/b"]]), MANIFEST]),
      tarball([paxHeader([["path", LONG]]), gnuLongName(LONG), { name: CUT }]),
      tarball([paxHeader([["mtime", "1"]]), paxHeader([["comment", "c"]], "g"), MANIFEST]),
    ],
    read: [[tarball([paxHeader([["comment", "c"]], "g"), paxHeader([["mtime", "1"]]), MANIFEST])]],
  },
  "header-without-entry": {
    refused: [
      tarball([MANIFEST, paxHeader([["path", "package/b"]])]),
      tarball([MANIFEST, gnuLongName("package/b")]),
    ],
    read: [[tarball([MANIFEST, paxHeader([["comment", "c"]], "g")])]],
  },
  "name-override-mismatch": {
    refused: [
      tarball([MANIFEST, paxHeader([["path", "package/docs.md"]]), { name: "package/index.js" }]),
      tarball([MANIFEST, paxHeader([["path", "package/a.jsé.md"]]), { name: "package/a.js" }]),
      tarball([MANIFEST, gnuLongName(LONG), { name: "package/index.js" }]),
      tarball([MANIFEST, paxHeader([["path", LONG]]), { name: `p${CUT.slice(1, 99)}x` }]),
    ],
    read: [
      [tarball([MANIFEST, paxHeader([["path", LONG]]), { name: CUT }]), LONG_PATH],
      [tarball([MANIFEST, gnuLongName(LONG), { name: CUT }]), LONG_PATH],
      [tarball([MANIFEST, paxHeader([["path", LONG]]), { name: "PaxHeader" }]), LONG_PATH],
      [tarball([MANIFEST, paxHeader([["path", "package/a"]]), { name: "package/a" }]), "a"],
    ],
  },
  link: {
    refused: [
      withFile("package/a", { type: "1", linkName: "package/package.json", content: "" }),
      withFile("package/a", { type: "2", linkName: "../../etc/hosts", content: "" }),
      withFile("package/a", { type: "2", linkName: "package.json", content: "" }),
      withFile("package/a", { type: "2", linkName: "", content: "" }),
      tarball([MANIFEST, { name: "././@LongLink", type: "K", content: "x\0" }]),
      tarball([paxHeader([["linkpath", "package.json"]]), MANIFEST]),
    ],
    read: [[withFile("package/a"), "a"]],
  },
  device: {
    refused: ["3", "4"].map((type) => withFile("package/a", { type, content: "" })),
    read: [[withFile("package/a"), "a"]],
  },
  fifo: {
    refused: [withFile("package/a", { type: "6", content: "" })],
    read: [[withFile("package/a"), "a"]],
  },
};

describe("tar structure", () => {
  it.each(Object.entries(CASES))("%s", async (rule, ruleCase) => {
    expect(await playRule(ruleCase)).toEqual(wantedOf(rule, ruleCase));
  });
});

function checksumOf(block: Buffer, digits: number): string {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum.toString(8).padStart(digits, "0") + (digits === 7 ? " " : "");
}
