import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  HONEST,
  MANIFEST,
  outcome,
  SMALL,
  withFile,
  zeros,
} from "../../../test/support/archive-cases.ts";
import { gzip, packageTarball, tar } from "../../../test/support/tarball.ts";
import { DEFAULT_ARCHIVE_BOUNDS } from "./bounds.ts";
import { readArchive } from "./read-archive.ts";

describe("readArchive", () => {
  it("reads contents, modes and order", async () => {
    const tree = await readArchive(
      packageTarball([
        { path: "package.json", content: "{}" },
        { path: "lib/é.js", content: "é" },
        { path: "bin/run", content: "#!", executable: true },
        { path: "empty", content: "" },
      ]),
    );
    expect(tree.entries.map((entry) => [entry.path, tree.text(entry), entry.executable])).toEqual([
      ["bin/run", "#!", true],
      ["empty", "", false],
      ["lib/é.js", "é", false],
      ["package.json", "{}", false],
    ]);
  });

  it("reads from shared memory, in one call or in chunks, the same", async () => {
    const content = Buffer.alloc(600_000, "0123456789abcdef\n");
    const packed = packageTarball([
      { path: "package.json", content: "{}" },
      { path: "big", content },
    ]);
    const shared = new Uint8Array(new SharedArrayBuffer(packed.length));
    shared.set(packed);
    const tree = await readArchive(shared);
    expect(tree.entries.map((entry) => [entry.path, entry.size])).toEqual([
      ["big", 600_000],
      ["package.json", 2],
    ]);
    const big = tree.get("big");
    expect(big !== undefined && content.equals(tree.bytes(big))).toBe(true);
  });

  it("stops when it is cancelled, before and during inflation", async () => {
    const packed = packageTarball([
      { path: "package.json", content: "{}" },
      { path: "big", content: Buffer.alloc(4 * 2 ** 20) },
    ]);
    const during = new AbortController();
    const reading = readArchive(packed, DEFAULT_ARCHIVE_BOUNDS, during.signal);
    during.abort();
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
    await expect(
      readArchive(HONEST, DEFAULT_ARCHIVE_BOUNDS, AbortSignal.abort()),
    ).rejects.toMatchObject({ code: "cancelled" });
  });

  it("says which rule, where and why, and prints no stranger's control character", async () => {
    await expect(readArchive(withFile("package/\x1b[2J/../a"))).rejects.toMatchObject({
      code: "bad-archive",
      message: "The tarball is refused: a path has a control character (package/\\u{1b}[2J/../a).",
      detail: { rule: "path-has-control-character", path: "package/\\u{1b}[2J/../a" },
    });
    await expect(readArchive(withFile("package/a/b/c/d/e/f"), SMALL)).rejects.toMatchObject({
      detail: { rule: "too-deep", limit: "depth", wanted: 6, found: 7 },
    });
  });
});

describe("bombs", () => {
  const gib = 2 ** 30;

  it("refuses a size it could not hold before taking memory for it", async () => {
    const claims = [gib + 1, 2 ** 32 - 1].map((inflatedBytes) =>
      gzip(tar([MANIFEST]), { inflatedBytes }),
    );
    expect(await Promise.all(claims.map((bytes) => outcome(bytes)))).toEqual([
      "archive-too-large",
      "archive-too-large",
    ]);
  });

  it("refuses a ratio no honest package has, claimed, real, or hidden behind padding", async () => {
    const bomb = deflateRawSync(zeros(32 * 2 ** 20));
    const parts = { deflated: bomb, crc32: 0 };
    const archives = [
      gzip(tar([MANIFEST]), { inflatedBytes: gib }),
      gzip(zeros(0), { ...parts, inflatedBytes: 32 * 2 ** 20 }),
      gzip(zeros(0), { ...parts, inflatedBytes: 0, after: zeros(64) }),
    ];
    expect(await Promise.all(archives.map((bytes) => outcome(bytes)))).toEqual(
      archives.map(() => "compression-ratio"),
    );
  });

  it("stops a member that runs over its claim", async () => {
    const bytes = gzip(zeros(0), {
      deflated: deflateRawSync(zeros(32 * 2 ** 20)),
      inflatedBytes: 300_000,
    });
    expect(await outcome(bytes)).toBe("gzip-size-mismatch");
  });

  it("reads well-compressed honest files below the bound", async () => {
    const content = zeros(8 * 2 ** 20);
    const packed = packageTarball([
      { path: "package.json", content: "{}" },
      { path: "zeros", content },
    ]);
    expect(await outcome(packed)).toEqual(["package.json", "zeros"]);
  });
});
