import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { capturedIo } from "../../test/support/io.ts";
import { temporaryFolder } from "../../test/support/store.ts";
import { pathsFrom } from "./paths.ts";
import { readPolicy } from "./session.ts";

const GLOBALS = {
  json: false,
  policyFile: undefined,
  offline: false,
  quiet: false,
  noColor: false,
};
const USER = ".config/veln/config.toml";

/** A home with files in it, and how many hours versions cool by the policy that is found there. */
function hoursIn(files: Readonly<Record<string, string | null>>, cwd: string, policyFile?: string) {
  const home = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(text === null ? join(home, path) : dirname(join(home, path)), { recursive: true });
    if (text !== null) writeFileSync(join(home, path), text);
  }
  const io = capturedIo({ env: { HOME: home }, cwd: join(home, cwd) });
  mkdirSync(io.cwd, { recursive: true });
  const policy = readPolicy({ ...GLOBALS, policyFile }, io, pathsFrom(io.env));
  return policy.cooling.minVersionAgeMs / 3_600_000;
}

function cooling(hours: number): string {
  return `[cooling]\nmin_version_age = "${String(hours)}h"\n`;
}

describe("readPolicy", () => {
  it.each<
    [what: string, files: Readonly<Record<string, string | null>>, cwd: string, hours: number]
  >([
    ["nothing anywhere", {}, "project", 2],
    ["the user's own", { [USER]: cooling(5) }, "project", 5],
    [
      "the project's over the user's",
      { [USER]: cooling(5), "project/veln.toml": cooling(7) },
      "project",
      7,
    ],
    [
      "the nearest upward in a repository",
      { "project/.git": null, "project/veln.toml": cooling(7), "project/a/package.json": "{}" },
      "project/a/b",
      7,
    ],
    [
      "the nearer one",
      {
        "project/.git": null,
        "project/veln.toml": cooling(7),
        "project/a/veln.toml": cooling(8),
      },
      "project/a/b",
      8,
    ],
    [
      "the one beside the package.json outside a repository",
      { "project/veln.toml": cooling(7), "project/package.json": "{}" },
      "project/a/b",
      7,
    ],
    ["none of a folder above that is no project", { "veln.toml": cooling(9) }, "project", 2],
    [
      "none beyond the project's top",
      { "veln.toml": cooling(9), "project/.git": null },
      "project/a",
      2,
    ],
    [
      "none beyond a worktree's top",
      { "veln.toml": cooling(9), "project/.git": "gitdir: x" },
      "project/a",
      2,
    ],
    [
      "the one at the top itself",
      { "project/veln.toml": cooling(7), "project/.git": null },
      "project/a",
      7,
    ],
    [
      "no folder of that name",
      { "project/veln.toml": null, "project/.git": null, "project/a/x": "" },
      "project/a",
      2,
    ],
  ])("follows %s", (_what, files, cwd, hours) => {
    expect(hoursIn(files, cwd)).toBe(hours);
  });

  it("takes --policy alone, from where the person stands", () => {
    const files = {
      [USER]: cooling(5),
      "project/veln.toml": cooling(7),
      "project/a/mine.toml": cooling(1),
    };
    expect(hoursIn(files, "project/a", "mine.toml")).toBe(1);
    expect(hoursIn({ ...files, "project/a/mine.toml": "" }, "project/a", "mine.toml")).toBe(2);
  });

  it.each<
    [
      what: string,
      files: Readonly<Record<string, string | null>>,
      code: string,
      policyFile?: string,
    ]
  >([
    ["--policy names nothing", {}, "usage", "absent.toml"],
    ["--policy names a folder", { "project/folder": null }, "bad-policy", "folder"],
    ["the user's own cannot be read", { [USER]: null }, "bad-policy"],
    ["the project's is wrong", { "project/veln.toml": "[nonsense]\n" }, "bad-policy"],
    ["one of both is wrong", { [USER]: "x", "project/veln.toml": cooling(7) }, "bad-policy"],
  ])("refuses where %s", (_what, files, code, policyFile) => {
    expect(() => hoursIn(files, "project", policyFile)).toThrow(expect.objectContaining({ code }));
  });
});
