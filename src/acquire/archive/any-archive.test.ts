import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MANIFEST, outcome } from "../../../test/support/archive-cases.ts";
import {
  gzip,
  packageTarball,
  paxHeader,
  tar,
  type PackageFile,
} from "../../../test/support/tarball.ts";
import { fileTreeOf } from "../../model/file-tree.ts";
import { readArchive } from "./read-archive.ts";
import { treeHash } from "../../model/tree-hash.ts";

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
