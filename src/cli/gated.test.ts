import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/store.ts";
import { withRunFolder } from "./gated.ts";

const HOUR_MS = 3_600_000;

function aged(path: string, hours: number): void {
  mkdirSync(path, { recursive: true });
  const then = new Date(Date.now() - hours * HOUR_MS);
  utimesSync(path, then, then);
}

describe("withRunFolder", () => {
  it("gives work an empty folder of its own, and takes it away with what is in it", async () => {
    const parent = join(temporaryFolder(), "clients");
    const given = await withRunFolder(parent, async (folder) => {
      const before = readdirSync(folder);
      writeFileSync(join(folder, "left"), "x");
      return { folder, before };
    });
    expect(given).toEqual({ folder: given.folder, before: [] });
    expect(given.folder.startsWith(join(parent, "run-"))).toBe(true);
    expect(existsSync(given.folder)).toBe(false);
  });

  it("takes it away when work fails, too", async () => {
    const parent = temporaryFolder();
    const failed = withRunFolder(parent, () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");
    expect(readdirSync(parent)).toEqual([]);
  });

  it("clears away what killed runs left a day ago, and nothing else", async () => {
    const parent = temporaryFolder();
    aged(join(parent, "run-old", "inside"), 0);
    aged(join(parent, "run-old"), 25);
    aged(join(parent, "run-now"), 23);
    aged(join(parent, "pnpm"), 99);
    await withRunFolder(parent, () => Promise.resolve());
    expect(readdirSync(parent).sort()).toEqual(["pnpm", "run-now"]);
  });
});
