import { randomBytes } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  MANIFEST,
  HONEST,
  zeros,
  playRule,
  wantedOf,
  type RuleCase,
} from "../../../test/support/archive-cases.ts";
import { END_OF_ARCHIVE, gzip, tar } from "../../../test/support/tarball.ts";
import type { GZIP_RULES } from "./rules.ts";

const CASES: Readonly<Record<keyof typeof GZIP_RULES, RuleCase>> = {
  "not-gzip": {
    refused: [zeros(0), tar([MANIFEST]), brotliCompressSync(tar([MANIFEST]))],
    read: [[HONEST], [gzipSync(tar([MANIFEST]))]],
  },
  "gzip-header": {
    refused: [
      gzip(tar([MANIFEST]), { header: Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0]) }),
      gzip(tar([MANIFEST]), { header: Buffer.from([0x1f, 0x8b, 8, 0x20, 0, 0, 0, 0, 0, 0]) }),
      gzip(tar([MANIFEST]), { header: Buffer.from([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 0, 1, 1]) }),
      gzip(tar([MANIFEST]), { header: gzipHeader(8, Buffer.alloc(1100, "n")) }),
      gzip(tar([MANIFEST]), { header: gzipHeader(4, Buffer.from([0, 8]), zeros(2048)) }),
    ],
    read: [
      [gzip(tar([MANIFEST]), { header: gzipHeader(8, Buffer.from("p.tar\0")) })],
      [gzip(tar([MANIFEST]), { header: gzipHeader(16, Buffer.from("hello\0")) })],
      [gzip(tar([MANIFEST]), { header: gzipHeader(4, Buffer.from([2, 0, 9, 9])) })],
    ],
  },
  "gzip-corrupt": {
    refused: [
      gzip(tar([MANIFEST]), { deflated: Buffer.alloc(64, 0xff) }),
      gzip(zeros(60_000), { deflated: Buffer.alloc(40_000, 0xff) }),
    ],
    read: [[HONEST]],
  },
  "gzip-multiple-members": {
    refused: [
      Buffer.concat([HONEST, HONEST]),
      Buffer.concat([gzip(tar([MANIFEST], zeros(0))), gzip(END_OF_ARCHIVE)]),
    ],
    read: [[HONEST]],
  },
  "gzip-trailing-data": {
    refused: [
      Buffer.concat([HONEST, zeros(10_240)]),
      Buffer.concat([HONEST, zeros(200), Buffer.from("x"), zeros(8)]),
      Buffer.concat([HONEST, Buffer.from("PK\x03\x04hidden."), zeros(12)]),
    ],
    read: [
      [Buffer.concat([HONEST, zeros(10_239)])],
      [Buffer.concat([HONEST, zeros(8)])],
      [fillRecord(3), "a", "b"],
      [fillRecord(0), "a", "b"],
    ],
  },
  "gzip-size-mismatch": {
    refused: [
      gzip(tar([MANIFEST]), { inflatedBytes: 2047 }),
      gzip(tar([MANIFEST]), { inflatedBytes: 2049 }),
      gzip(tar([MANIFEST]), { inflatedBytes: 0 }),
      gzip(tar([MANIFEST]), { inflatedBytes: 10_000 }),
    ],
    read: [[gzip(tar([MANIFEST]), { inflatedBytes: 2048 })]],
  },
  "gzip-checksum": { refused: [gzip(tar([MANIFEST]), { crc32: 1 })], read: [[HONEST]] },
};

describe("gzip", () => {
  it.each(Object.entries(CASES))("%s", async (rule, ruleCase) => {
    expect(await playRule(ruleCase)).toEqual(wantedOf(rule, ruleCase));
  });
});

/** An archive that fills one record together with some bytes of padding. */
function fillRecord(paddingBytes: number): Uint8Array {
  const content = tar([
    MANIFEST,
    { name: "package/a", content: randomBytes(8000) },
    { name: "package/b", content: randomBytes(1200) },
  ]);
  const missing = 10_240 - gzip(content).length - paddingBytes;
  const header = gzipHeader(8, Buffer.from(`${"n".repeat(missing - 1)}\0`));
  return gzip(content, { header, after: zeros(paddingBytes) });
}

function gzipHeader(flags: number, ...fields: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), ...fields]);
}
