import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { packageTarball } from "../../test/support/tarball.ts";
import { fileTreeOf } from "./file-tree.ts";
import { readArchive } from "../acquire/archive/read-archive.ts";
import { treeHash } from "./tree-hash.ts";

const FILES = [
  ["a", "one"],
  ["b/c", "two"],
] as const;

describe("treeHash", () => {
  it("hashes the documented listing", () => {
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    const tree = fileTreeOf([
      ["b", "four", { executable: true }],
      ["a", ""],
    ]);
    expect(treeHash(tree)).toBe(sha256(`a\0-0\0${sha256("")}\nb\0x4\0${sha256("four")}\n`));
  });

  it("is the same for the same files in another order and another tarball", async () => {
    const files = [
      { path: "package.json", content: "{}" },
      { path: "a", content: "one" },
    ];
    const hashes = await Promise.all(
      [files, files.toReversed()].map(async (list) =>
        treeHash(await readArchive(packageTarball(list))),
      ),
    );
    const plain = treeHash(fileTreeOf(files.map(({ path, content }) => [path, content])));
    expect(hashes).toEqual([plain, plain]);
  });

  it("differs when a path, a content, a mode or the number of files does", () => {
    const trees = [
      fileTreeOf(FILES),
      fileTreeOf([FILES[0], ["b/d", "two"]]),
      fileTreeOf([FILES[0], ["b/c", "twO"]]),
      fileTreeOf([FILES[0], ["b/c", "two", { executable: true }]]),
      fileTreeOf([FILES[0]]),
      fileTreeOf([]),
    ];
    expect(new Set(trees.map(treeHash)).size).toBe(trees.length);
  });
});
