import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../model/canonical.ts";
import { fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "./parse.ts";
import { reachableFiles } from "./reach.ts";

function reach(manifest: JsonObject, files: Readonly<Record<string, string>>): object {
  const tree = fileTreeOf(Object.entries(files));
  const { reached, complete } = reachableFiles(parseManifest(manifest), tree, createSources(tree));
  return { reached: [...reached].sort(), complete };
}

describe("reach", () => {
  it("starts from every field that names a file", () => {
    const manifest = {
      name: "x",
      main: "lib",
      module: "./m.mjs",
      types: "t",
      browser: { "./a.js": "./b.js", fs: false },
      bin: "c",
      exports: { ".": { import: ["./d.mjs", { default: "./e.js" }] }, "./f/*": "./f/*.js" },
      imports: { "#g": "./g.js" },
      man: ["./h.1"],
      directories: { bin: "./i" },
      scripts: { postinstall: "npm run setup", setup: "sh ./j.sh && node k", test: "node l.js" },
      files: ["m.js"],
    };
    const paths = [
      "lib/index.js", "m.mjs", "t.d.ts", "a.js", "b.js", "c.js", "d.mjs", "e.js", "f/1.js", "f/2/3.js",
      "g.js", "h.1", "i/1", "j.sh", "k.js", "l.js", "m.js", "n.js",
    ]; // prettier-ignore
    expect(reach(manifest, Object.fromEntries(paths.map((path) => [path, ""])))).toEqual({
      reached: paths.filter((path) => !["a.js", "l.js", "m.js", "n.js"].includes(path)).sort(),
      complete: true,
    });
  });

  it("follows relative loads as Node and bundlers resolve them", () => {
    const files = {
      "index.js": "import './a'; require('./b/'); import('../up'); require('fs'); require('x/c');",
      "a.ts": "export * from './d.js'; new Worker(new URL('./e.js?v=1', import.meta.url))",
      "b/index.json": "{}",
      "c.js": "require('..')",
      "d.ts": "require('./f')",
      "e.js": "require('./index')",
      "f/package.json": '{"main":"./g"}',
      "f/g.js": "",
      "h.js": "",
      "up.js": "",
    };
    expect(reach({ name: "x" }, files)).toEqual({
      reached: Object.keys(files)
        .filter((path) => path !== "h.js" && path !== "up.js")
        .sort(),
      complete: true,
    });
  });

  it.each([
    ["a computed load", "require(x)"],
    ["code that cannot be read", "const = 1"],
  ])("is incomplete after %s", (_, text) => {
    expect(reach({}, { "index.js": text, "a.js": "" })).toEqual({
      reached: ["index.js"],
      complete: false,
    });
  });

  it("survives what an author can write into a manifest", () => {
    const manifest = parseManifest({ name: "x", main: "../../..", exports: { "*": "**" } });
    const tree = fileTreeOf([["a.js", ""]]);
    const { reached } = reachableFiles(manifest, tree, createSources(tree));
    expect([...reached]).toEqual(["a.js"]);
  });
});
