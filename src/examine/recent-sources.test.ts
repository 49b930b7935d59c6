import { describe, expect, it } from "vitest";
import { type FileTree, fileTreeOf } from "../model/file-tree.ts";
import { createSources } from "./parse/parse.ts";
import { RecentSources } from "./recent-sources.ts";

function codeOf(bytes: number): FileTree {
  return fileTreeOf([["a.js", new Uint8Array(bytes)]]);
}

function keptOf(recent: RecentSources, trees: Readonly<Record<string, FileTree>>): string[] {
  for (const [name, tree] of Object.entries(trees)) recent.keep(name, tree, createSources(tree));
  return Object.keys(trees).filter((name) => recent.of(name) !== undefined);
}

const KIB = 1024;

describe("recent sources", () => {
  it("are the same ones until they are forgotten", () => {
    const recent = new RecentSources();
    const tree = codeOf(10);
    const sources = createSources(tree);
    recent.keep("a", tree, sources);
    expect([recent.of("a"), recent.of("b")]).toEqual([sources, undefined]);
    recent.forget("a");
    expect(recent.of("a")).toBeUndefined();
  });

  it("make room for newer ones", () => {
    const trees = { a: codeOf(400 * KIB), b: codeOf(400 * KIB), c: codeOf(300 * KIB) };
    expect(keptOf(new RecentSources(), trees)).toEqual(["b", "c"]);
  });

  it("are none of a package that is too large", () => {
    const data = fileTreeOf([["a.bin", new Uint8Array(9 * KIB * KIB)]]);
    const trees = { a: codeOf(1025 * KIB), b: data, c: codeOf(1) };
    expect(keptOf(new RecentSources(), trees)).toEqual(["c"]);
  });
});
