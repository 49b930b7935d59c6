import { deflateRawSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  HONEST,
  MANIFEST,
  outcome,
  SMALL,
  withFile,
  zeros,
} from "../../../test/support/archive-cases.ts";
import {
  gzip,
  packageTarball,
  paxHeader,
  tar,
  type PackageFile,
} from "../../../test/support/tarball.ts";
import { fileTreeOf } from "../../model/file-tree.ts";
import { DEFAULT_ARCHIVE_BOUNDS } from "./bounds.ts";
import { readArchive } from "./read-archive.ts";
import { treeHash } from "./tree-hash.ts";

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
    expect(tree.data.arena.buffer).toBeInstanceOf(SharedArrayBuffer);
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

const segment = fc
  .string({
    unit: fc.constantFrom("a", "b", "C", "D", "-", "_", ".", "@", "é", "漢", "😀"),
    minLength: 1,
    maxLength: 60,
  })
  .filter((text) => !text.endsWith("."));

/** Folders are named apart from files, and each file after its place, so that nothing collides. */
const packageFiles: fc.Arbitrary<readonly PackageFile[]> = fc
  .array(
    fc.record({
      folders: fc.array(segment, { maxLength: 4 }),
      name: segment,
      content: fc.uint8Array({ maxLength: 2000 }),
      executable: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((files) =>
    files.map(({ folders, name, content, executable }, index) => ({
      path: [...folders.map((folder) => `d${folder}`), `${String(index)}${name}`].join("/"),
      content,
      executable,
    })),
  )
  .map((files) =>
    files.concat({ path: "package.json", content: Buffer.from("{}"), executable: false }),
  );

describe("any archive", () => {
  it("that an honest packer writes reads back equal", async () => {
    await fc.assert(
      fc.asyncProperty(packageFiles, async (files) => {
        const tree = await readArchive(packageTarball(files));
        const wanted = fileTreeOf(
          files.map(({ path, content, executable }) => [
            path,
            content,
            { executable: executable === true },
          ]),
        );
        expect(
          tree.entries.map((entry) => [entry.path, tree.text(entry), entry.executable]),
        ).toEqual(
          wanted.entries.map((entry) => [entry.path, wanted.text(entry), entry.executable]),
        );
        expect(treeHash(tree)).toBe(treeHash(wanted));
      }),
      { numRuns: 150 },
    );
  });

  it("is a tree without tricks or a refusal, when its tar is damaged", async () => {
    const honest = tar([
      { name: "package/lib/", type: "5" },
      { name: "package/lib/A.js", content: "a" },
      MANIFEST,
      paxHeader([
        ["path", "package/lib/é.js"],
        ["comment", "c"],
      ]),
      { name: "package/lib/é.js", content: "é" },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: honest.length - 1 }),
        fc.nat({ max: 255 }),
        fc.boolean(),
        async (at, byte, cut) => {
          const damaged = Buffer.from(cut ? honest.subarray(0, at) : honest);
          if (!cut) {
            damaged[at] = byte;
            fixChecksum(damaged, at - (at % 512));
          }
          expect(await tricksIn(gzip(damaged))).toEqual([]);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("is a tree without tricks or a refusal, when its gzip file is damaged", async () => {
    const honest = Buffer.from(packageTarball([{ path: "package.json", content: "{}" }]));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: honest.length - 1 }),
        fc.nat({ max: 255 }),
        async (at, byte) => {
          const damaged = Buffer.from(honest);
          damaged[at] = byte;
          expect(await tricksIn(damaged)).toEqual([]);
          expect(typeof (await outcome(honest.subarray(0, at)))).toBe("string");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is a refusal, when it is noise", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (noise) => {
        expect(typeof (await outcome(noise))).toBe("string");
        expect(typeof (await outcome(gzip(noise)))).toBe("string");
      }),
    );
  });
});

function fixChecksum(archive: Buffer, offset: number): void {
  const block = archive.subarray(offset, offset + 512);
  if (block.length < 512 || block.toString("latin1", 257, 262) !== "ustar") return;
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
}

/** Paths of an accepted archive that should have been refused. */
async function tricksIn(bytes: Uint8Array): Promise<readonly string[]> {
  const result = await outcome(bytes);
  if (typeof result === "string") return [];
  const folded = result.map((path) => path.normalize("NFC").toLowerCase());
  return result.filter(
    (path, index) =>
      folded.indexOf(folded[index] ?? "") !== index ||
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      /^\/|\\|:|[\0-\x1f]|(?:^|\/)\.{0,2}(?:\/|$)/.test(path),
  );
}
