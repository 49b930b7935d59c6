import { describe, expect, it } from "vitest";
import { type FileTree, fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import type { Sources } from "../parse/sources.ts";
import { RecentWholes, type Version, type Whole, wholeOf } from "./whole.ts";

const READS = `require("./lib/send.js"); require("fs").readFileSync("/etc/passwd");`;
const SENDS = `fetch("https://host.invalid/");`;

function versionOf(files: FileTree, sources: Sources = createSources(files)): Version {
  return { manifest: parseManifest({ name: "a", version: "1.0.0" }), files, sources };
}

function packageOf(calls: number): FileTree {
  return fileTreeOf([
    ["index.js", READS],
    ["lib/send.js", SENDS.repeat(calls)],
    ["unreached.js", `${SENDS}${"[".repeat(600)}${"]".repeat(600)}`],
  ]);
}

function toldBy(whole: Whole, { entries }: FileTree): object {
  const reach = entries.map(({ path }) => whole.reachOf(path));
  return { occurrences: whole.occurrences(), unread: whole.unread, reach };
}

/** What is recalled of trees that were kept one after the other; undefined where nothing is. */
function recalledOf(trees: Readonly<Record<string, FileTree>>): readonly (Whole | undefined)[] {
  const recent = new RecentWholes();
  for (const [hash, files] of Object.entries(trees)) {
    const { sources, ...version } = versionOf(files);
    wholeOf({ ...version, sources }).occurrences();
    recent.keep(hash, files, sources);
  }
  return Object.entries(trees).map(([hash, files]) => {
    const empty = fileTreeOf([]);
    const sources = createSources(empty);
    recent.recall(hash, sources);
    // Sources of nothing: whatever is told of the files was remembered.
    const whole = wholeOf({ ...versionOf(files), files: empty, sources });
    return whole.occurrences().length === 0 ? undefined : whole;
  });
}

describe("a version as a whole", () => {
  it("is followed once for the same sources", () => {
    const version = versionOf(packageOf(1));
    expect(wholeOf(version)).toBe(wholeOf({ ...version }));
  });

  it("is recalled as it was, without its code", () => {
    const files = packageOf(2);
    const [recalled] = recalledOf({ a: files });
    const told = toldBy(wholeOf(versionOf(files)), files);
    expect(recalled && toldBy(recalled, files)).toEqual(told);
    expect(told).toMatchObject({
      unread: ["unreached.js: the code nests too deep to be parsed"],
      reach: [
        { from: "entry-point", via: ["index.js"] },
        { from: "entry-point", via: ["index.js", "lib/send.js"] },
        { from: "nothing", via: [] },
      ],
    });
  });

  it("makes room for newer ones", () => {
    const recalled = recalledOf({ a: packageOf(9_000), b: packageOf(9_000), c: packageOf(9_000) });
    expect(recalled.map((whole) => whole !== undefined)).toEqual([false, true, true]);
  });

  it("is followed again when it was forgotten, or never known", () => {
    const files = packageOf(1);
    const sources = createSources(files);
    const recent = new RecentWholes();
    recent.keep("a", files, sources);
    const whole = wholeOf(versionOf(files, sources));
    recent.keep("b", files, sources);
    recent.forget("b");
    const others = ["a", "b", "c"].map((hash) => {
      const other = createSources(files);
      recent.recall(hash, other);
      return wholeOf(versionOf(files, other));
    });
    for (const other of others) expect(toldBy(other, files)).toEqual(toldBy(whole, files));
    expect(new Set([whole, ...others]).size).toBe(4);
  });
});
