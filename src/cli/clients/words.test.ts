import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { CLIENTS } from "./clients.ts";
import { globalNeeds, isGlobal } from "./global.ts";
import { yarnBerry } from "./yarn-berry.ts";

/** A project with scripts and an installed program. */
function project(): string {
  const folder = realpathSync(temporaryFolder());
  const files = {
    "package.json": JSON.stringify({ scripts: { build: "x", install: "x", "lint:all": "x" } }),
    "node_modules/.bin/tool": "",
    ".git/HEAD": "",
    "src/x": "",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function runsOwn(line: string): boolean | undefined {
  const [name = "", ...args] = line.split(" ");
  const client = name === "berry" ? yarnBerry : CLIENTS.get(name);
  return client?.runsOwn(args, join(project(), "src"));
}

describe("what runs with the person's own rights", () => {
  it.each([
    ...[
      "npm run build",
      "npm test",
      "npm t -- --watch",
      "npm start",
      "npm run ci",
      "npm run install",
    ],
    ...["npm --silent run build", "npm publish", "npm dist-tag add x@1 latest", "npm whoami"],
    ...["npx tool", "npx tool --fix", "npm exec tool", "npm x tool"],
    ...[
      "pnpm run build",
      "pnpm build",
      "pnpm lint:all",
      "pnpm tool",
      "pnpm exec anything",
      "pnpm t",
    ],
    ...["pnpm --filter app run build", "pnpm -r run build"],
    ...["yarn build", "yarn tool", "yarn run anything", "yarn test"],
    ...["berry build", "berry workspace app build", "berry workspaces foreach -A run build"],
    ...["bun run build", "bun build.ts", "bun test", "bun tool", "bunx tool", "bun x tool"],
  ])("%s", (line) => {
    expect(runsOwn(line)).toBe(true);
  });
});

describe("what runs sandboxed", () => {
  it.each([
    ...[
      "npm install",
      "npm i x",
      "npm ci",
      "npm rebuild",
      "npm init vite",
      "npm exec other",
      "npm",
    ],
    ...["npm unheard-of", "npm --foo run install", "npm --prefix x install", "npm audit fix"],
    ...[
      "npx other",
      "npx tool@latest",
      "npx -p tool tool",
      "npx --package=tool tool",
      "npx -c tool",
    ],
    ...["npx ../tool", "npx"],
    ...["pnpm install", "pnpm dlx tool", "pnpm create vite", "pnpm unheard-of", "pnpx tool"],
    ...[
      "pnpm --unheard-of install build",
      "pnpm -C tool install",
      "pnpm recursive install",
      "pnpm -r build",
    ],
    ...["yarn", "yarn install", "yarn add tool", "yarn global add x", "yarn --cwd build install"],
    ...[
      "berry dlx tool",
      "berry workspace app add x",
      "berry workspaces focus",
      "berry set version 4",
    ],
    ...["berry workspaces foreach -A run build add", "berry workspace app workspaces foreach add"],
    ...["bun install", "bun add tool", "bunx other", "bun x other", "bun create x", "bun"],
  ])("%s", (line) => {
    expect(runsOwn(line)).toBe(false);
  });
});

describe("a global install", () => {
  it("is told by its flags, before what belongs to a program", () => {
    const lines = ["i -g x", "i --global x", "i --location=global x", "run x -- -g", "i x"];
    expect(lines.map((line) => isGlobal(line.split(" ")))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("changes the packages it names and leaves the others and their programs alone", () => {
    const folder = realpathSync(temporaryFolder());
    for (const path of ["m/npm/x", "m/left/x", "m/@corp/one/x", "m/@corp/two/x", "b/node"]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
    const needs = (...args: readonly string[]) =>
      globalNeeds(join(folder, "m"), join(folder, "b"), args);
    expect(needs("install", "-g", "left@2", "@corp/one@latest")).toEqual({
      writable: [join(folder, "m"), join(folder, "b")],
      guarded: [join(folder, "m/@corp/two"), join(folder, "m/npm"), join(folder, "b/node")],
      isElsewhere: true,
    });
    expect(needs("update", "-g").guarded).toEqual([join(folder, "b/node")]);
  });
});
