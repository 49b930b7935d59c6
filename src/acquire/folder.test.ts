import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ARCHIVE_BOUNDS } from "./archive/bounds.ts";
import { readFolder } from "./folder.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "veln-folder-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content, { mode });
}

describe("readFolder", () => {
  it("reads regular files, sorted, without node_modules and .git", async () => {
    write("package.json", "{}");
    write("lib/b.js", "b");
    write("lib/a.js", "");
    write("bin/run", "#!", 0o755);
    write("node_modules/x/index.js", "x");
    write("lib/node_modules/x/index.js", "x");
    write(".git/HEAD", "ref");
    write(".gitignore", "dist");
    const { tree, skipped } = await readFolder(folder);
    expect(tree.entries.map((entry) => [entry.path, tree.text(entry), entry.executable])).toEqual([
      [".gitignore", "dist", false],
      ["bin/run", "#!", true],
      ["lib/a.js", "", false],
      ["lib/b.js", "b", false],
      ["package.json", "{}", false],
    ]);
    expect(skipped).toEqual([]);
  });

  it("lists links and follows none, to files, folders or nowhere", async () => {
    write("a/file", "x");
    symlinkSync("a/file", join(folder, "to-file"));
    symlinkSync("a", join(folder, "to-folder"));
    symlinkSync("..", join(folder, "a", "loop"));
    symlinkSync("missing", join(folder, "dangling"));
    const { tree, skipped } = await readFolder(folder);
    expect(tree.entries.map((entry) => entry.path)).toEqual(["a/file"]);
    expect(skipped).toEqual(["a/loop", "dangling", "to-file", "to-folder"]);
  });

  it("refuses what is over a bound, and takes what is just under it", async () => {
    write("a/b/c", "12345");
    write("d", "12345");
    const bounds = {
      ...DEFAULT_ARCHIVE_BOUNDS,
      inflatedBytes: 10,
      fileBytes: 5,
      depth: 3,
      entries: 4,
    };
    expect((await readFolder(folder, bounds)).tree.entries.map((entry) => entry.path)).toEqual([
      "a/b/c",
      "d",
    ]);
    const limits = ["inflatedBytes", "fileBytes", "depth", "entries"] as const;
    for (const limit of limits) {
      await expect(
        readFolder(folder, { ...bounds, [limit]: bounds[limit] - 1 }),
      ).rejects.toMatchObject({ code: "too-large", detail: { limit } });
    }
  });

  it("fails for a folder that is not there, and when cancelled", async () => {
    await expect(readFolder(join(folder, "missing"))).rejects.toMatchObject({ code: "not-found" });
    await expect(
      readFolder(folder, DEFAULT_ARCHIVE_BOUNDS, AbortSignal.abort()),
    ).rejects.toMatchObject({ code: "cancelled" });
  });
});
