import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RoomGround, roomGround } from "../../../../test/support/room.ts";
import { type GuardStock, takeStock } from "./guard-stock.ts";

describe("what is guarded where no mount guards it", () => {
  let ground: RoomGround;
  let git: string;
  const within = (path: string): string => join(ground.project, path);
  const stockOf = (...paths: readonly string[]): GuardStock =>
    takeStock(paths.map(within), [ground.project]);

  beforeEach(() => {
    ground = roomGround();
    git = within(".git");
    mkdirSync(join(git, "hooks"), { recursive: true });
    writeFileSync(join(git, "config"), "[core]\n");
    writeFileSync(join(git, "hooks/pre-push"), "#!/bin/sh\n", { mode: 0o755 });
    symlinkSync("pre-push", join(git, "hooks/post-merge"));
  });
  afterEach(() => ground[Symbol.dispose]());

  it("says nothing and touches nothing where nothing was changed", () => {
    const stock = stockOf(".git/config", ".git/hooks/", ".vscode/", ".npmrc");
    writeFileSync(within("index.js"), "");
    expect(stock.restore()).toEqual({ restored: [], changed: [] });
    expect(readdirSync(ground.project).sort()).toEqual([".git", "index.js"]);
  });

  it("puts back what was written, removed, added, made executable or led elsewhere", () => {
    const stock = stockOf(".git/config", ".git/hooks/");
    writeFileSync(join(git, "config"), "[core]\n\tfsmonitor = ./x\n");
    rmSync(join(git, "hooks/post-merge"));
    symlinkSync("/elsewhere", join(git, "hooks/post-merge"));
    chmodSync(join(git, "hooks/pre-push"), 0o644);
    writeFileSync(join(git, "hooks/pre-commit"), "");
    const { restored, changed } = stock.restore();
    expect([...restored].sort()).toEqual(
      ["config", "hooks/post-merge", "hooks/pre-commit", "hooks/pre-push"].map((path) =>
        join(git, path),
      ),
    );
    expect(changed).toEqual([]);
    expect(readFileSync(join(git, "config"), "utf8")).toBe("[core]\n");
    expect(readdirSync(join(git, "hooks")).sort()).toEqual(["post-merge", "pre-push"]);
    expect(readlinkSync(join(git, "hooks/post-merge"))).toBe("pre-push");
    expect(statSync(join(git, "hooks/pre-push")).mode & 0o777).toBe(0o755);
  });

  it("takes away what was made, from where it began to be missing", () => {
    const stock = stockOf(".github/workflows/", ".npmrc");
    mkdirSync(within(".github/workflows"), { recursive: true });
    writeFileSync(within(".npmrc"), "registry=https://registry.invalid/\n");
    expect(stock.restore().restored).toEqual([within(".github"), within(".npmrc")]);
    expect(readdirSync(ground.project)).toEqual([".git"]);
  });

  it("writes through no link that took the place of a folder", () => {
    const stock = stockOf(".git/config", ".git/hooks/");
    renameSync(git, within("moved"));
    symlinkSync(ground.outside, git);
    expect(stock.restore().restored).toContain(git);
    expect(readdirSync(ground.outside)).toEqual([]);
    expect(readFileSync(join(git, "config"), "utf8")).toBe("[core]\n");
    expect(readlinkSync(join(git, "hooks/post-merge"))).toBe("pre-push");
  });

  it("sees that a file was changed that is too large to keep, and says that it could not", () => {
    const large = within(".yarn-release.cjs");
    writeFileSync(large, Buffer.alloc(2 * 1024 * 1024, "a"));
    const untouched = stockOf(".yarn-release.cjs");
    expect(untouched.restore()).toEqual({ restored: [], changed: [] });
    const stock = stockOf(".yarn-release.cjs");
    writeFileSync(large, Buffer.alloc(2 * 1024 * 1024, "b"));
    expect(stock.restore()).toEqual({ restored: [], changed: [large] });
    expect(existsSync(large)).toBe(true);
  });
});
