import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { addPrograms, isCorepack } from "./program-trees.ts";
import { createTreeList } from "./trees.ts";

interface Ground {
  readonly home: string;
  readonly at: (path: string) => string;
  readonly file: (path: string) => void;
  readonly link: (path: string, target: string) => void;
}

function ground(): Ground {
  const home = realpathSync(temporaryFolder());
  const at = (path: string): string => join(home, path);
  const make = (path: string): void => void mkdirSync(dirname(at(path)), { recursive: true });
  return {
    home,
    at,
    file: (path) => {
      make(path);
      writeFileSync(at(path), "");
    },
    link: (path, target) => {
      make(path);
      symlinkSync(target, at(path));
    },
  };
}

function treesFor({ home }: Ground, path: string, env: Readonly<Record<string, string>> = {}) {
  const trees = createTreeList();
  addPrograms(trees, { PATH: path, ...env }, home);
  return trees.listed();
}

describe("addPrograms", () => {
  it("shows what a program is made of beside its folder, and nothing else of ~/.local", () => {
    const it_ = ground();
    for (const path of [".local/bin/tool", ".local/lib/tool.js", ".local/share/keyrings/login"]) {
      it_.file(path);
    }
    expect(treesFor(it_, it_.at(".local/bin")).readable).toEqual([
      it_.at(".local/bin"),
      it_.at(".local/lib"),
    ]);
  });

  it("shows a version manager whole, by the link that PATH goes through", () => {
    const it_ = ground();
    it_.file(".nvm/versions/node/v24/bin/node");
    it_.link(".nvm/current", "versions/node/v24");
    it_.link("multishell", ".nvm/current");
    expect(treesFor(it_, it_.at("multishell/bin"))).toEqual({
      readable: [it_.at(".nvm")],
      writable: [],
      links: { [it_.at("multishell")]: ".nvm/current" },
    });
    it_.file("else/where/bin/node");
    expect(treesFor(it_, it_.at("else/where/bin"), { NVM_DIR: it_.at("else") }).readable).toEqual([
      it_.at("else"),
    ]);
  });

  it("follows a link in a folder of PATH to the modules it belongs to", () => {
    const it_ = ground();
    it_.file("tools/node_modules/npm/bin/npm-cli.js");
    it_.file("tools/node_modules/dep/index.js");
    it_.link("tools/bin/npm", "../node_modules/npm/bin/npm-cli.js");
    expect(treesFor(it_, it_.at("tools/bin")).readable).toEqual([
      it_.at("tools/bin"),
      it_.at("tools/node_modules"),
    ]);
  });

  it("never shows the home folder, whatever lies there", () => {
    const it_ = ground();
    it_.file("node");
    it_.file("bin/tool");
    it_.file("lib/secret");
    it_.link("links/node", "../node");
    const path = [it_.home, dirname(it_.home), "/", "relative", it_.at("bin"), it_.at("links")];
    expect(treesFor(it_, path.join(":")).readable).toEqual([
      it_.at("bin"),
      it_.at("links"),
      it_.at("node"),
    ]);
  });

  it("shows what Corepack has fetched where one of its shims is in use", () => {
    const it_ = ground();
    it_.file("prefix/lib/node_modules/corepack/dist/pnpm.js");
    it_.link("prefix/bin/pnpm", "../lib/node_modules/corepack/dist/pnpm.js");
    it_.file(".cache/node/corepack/v1/pnpm/10.0.0/bin/pnpm.cjs");
    expect(treesFor(it_, it_.at("prefix/bin")).readable).toContain(it_.at(".cache/node/corepack"));
    expect([it_.at("prefix/bin/pnpm"), it_.at("prefix")].map(isCorepack)).toEqual([true, false]);
  });
});
