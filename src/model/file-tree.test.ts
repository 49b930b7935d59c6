import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FileTree, fileTreeOf } from "./file-tree.ts";

const files = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.uint8Array()), {
  selector: ([path]) => path,
});

describe("FileTree", () => {
  it("gives back what it was made of, also on the other side of a structured clone", () => {
    fc.assert(
      fc.property(files, (given) => {
        const made = fileTreeOf(given);
        const tree = new FileTree(structuredClone(made.data));
        const read = tree.entries.map(
          (entry) => [entry.path, Uint8Array.from(tree.bytes(entry))] as const,
        );
        expect(new Map(read)).toEqual(new Map(given));
      }),
    );
  });

  it("lists its files by path, whatever order they came in", () => {
    fc.assert(
      fc.property(files, (given) => {
        const paths = fileTreeOf(given).entries.map(({ path }) => path);
        const backwards = fileTreeOf([...given].reverse()).entries.map(({ path }) => path);
        expect(backwards).toEqual(paths);
        expect(paths).toEqual([...paths].sort());
      }),
    );
  });

  it("finds files by path and reads them as text", () => {
    const tree = fileTreeOf([
      ["b.js", "\ufeffétat"],
      ["a.sh", Uint8Array.of(0x61, 0xff, 0x62), { executable: true }],
    ]);
    const texts = tree.entries.map((entry) => [entry, tree.text(entry)]);
    expect(texts).toEqual([
      [{ path: "a.sh", offset: 0, size: 3, executable: true }, "a\ufffdb"],
      [{ path: "b.js", offset: 3, size: 8, executable: false }, "\ufeffétat"],
    ]);
    expect([tree.has("a.sh"), tree.has("c"), tree.get("__proto__")]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it("lies in memory of its own, so that it can be sent as it is", () => {
    expect(fileTreeOf([["a", "a"]]).data.arena.buffer.byteLength).toBe(1);
  });
});
