import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../model/failure.ts";
import { systemConfigFiles as files } from "./config-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "veln-config-")));
  await writeFile(join(folder, "npmrc"), "registry=https://r.invalid/");
  await mkdir(join(folder, "sub"));
  await symlink(join(folder, "npmrc"), join(folder, "link"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("systemConfigFiles", () => {
  it("answers about files, folders, links and nothing", () => {
    const asked = ["npmrc", "sub", "link", "absent"].map((name) => {
      const path = join(folder, name);
      return [files.read(path), files.kindOf(path), files.realPath(path)];
    });
    expect(asked).toEqual([
      ["registry=https://r.invalid/", "file", join(folder, "npmrc")],
      [undefined, "folder", join(folder, "sub")],
      ["registry=https://r.invalid/", "file", join(folder, "npmrc")],
      [undefined, undefined, undefined],
    ]);
  });

  it("refuses a file that is too large to be configuration", async () => {
    const path = join(folder, "npmrc");
    await truncate(path, 4 * 1024 * 1024 + 1);
    expect(() => files.read(path)).toThrow(Failure);
  });
});
