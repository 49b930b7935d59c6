import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { projectPlace } from "./project-place.ts";

/** A home folder with these files below it. */
function homeWith(files: Readonly<Record<string, string>>): string {
  const home = realpathSync(temporaryFolder());
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return home;
}

const PLAIN = "{}";
const WORKSPACES = JSON.stringify({ workspaces: ["packages/*"] });

describe("projectPlace", () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string, string, boolean]>([
    [
      "the nearest manifest",
      { "app/package.json": PLAIN, "app/src/x": "" },
      "app/src",
      "app",
      true,
    ],
    ["node_modules alone", { "app/node_modules/x": "", "app/src/x": "" }, "app/src", "app", true],
    [
      "the workspace around it",
      { "app/package.json": WORKSPACES, "app/packages/a/package.json": PLAIN },
      "app/packages/a",
      "app",
      true,
    ],
    [
      "pnpm's workspace around it",
      { "app/pnpm-workspace.yaml": "", "app/packages/a/package.json": PLAIN },
      "app/packages/a",
      "app",
      true,
    ],
    [
      "no manifest beyond the repository",
      { "all/package.json": WORKSPACES, "all/app/.git/HEAD": "", "all/app/package.json": PLAIN },
      "all/app",
      "all/app",
      true,
    ],
    [
      "no manifest of the home folder's",
      { "package.json": WORKSPACES, "x/y/z": "" },
      "x/y",
      "x/y",
      false,
    ],
    ["the folder alone without any", { "x/y/z": "" }, "x/y", "x/y", false],
    [
      "no manifest that is none",
      { "app/package.json": "[", "app/src/x": "" },
      "app/src",
      "app",
      true,
    ],
  ])("takes %s", (_what, files, from, root, isProject) => {
    const home = homeWith(files);
    expect(projectPlace(join(home, from), home)).toMatchObject({
      root: join(home, root),
      isProject,
    });
  });

  it("finds the repository around a project below its top", () => {
    const home = homeWith({ "all/.git/HEAD": "", "all/apps/a/package.json": PLAIN });
    expect(projectPlace(join(home, "all/apps/a"), home)).toEqual({
      root: join(home, "all/apps/a"),
      isProject: true,
      repository: join(home, "all"),
    });
  });
});
