import { describe, expect, it } from "vitest";
import { parseManifest } from "../../../model/manifest.ts";
import {
  commandsOf,
  normalDependencies,
  normalName,
  normalSpec,
  normalVersion,
  sentOutside,
} from "./normal.ts";

describe("a manifest in normal form", () => {
  it.each([
    ["1.0.0", "1.0.0"],
    ["v1.0.0", "1.0.0"],
    [" =1.0.0 ", "1.0.0"],
    ["1.0.0+build.5", "1.0.0"],
    ["1.0.0-beta.1+x", "1.0.0-beta.1"],
    ["one ", "one"],
    [undefined, undefined],
  ])("has for the version %s %s", (version, normal) => {
    expect(normalVersion(version)).toBe(normal);
  });

  it("has names without case and white space", () => {
    expect([" JSONStream ", undefined].map(normalName)).toEqual(["jsonstream", undefined]);
  });

  it.each([
    ["", "*"],
    [">= 1.2.0", ">=1.2.0"],
    ["1.x", "^1.0.0"],
    ["owner/name#main", "github:owner/name#main"],
    ["owner/name", "git+https://github.com/owner/name.git"],
    ["git@github.com:owner/name.git", "git+ssh://git@github.com/owner/name.git"],
    ["gitlab:owner/name", "https://gitlab.com/owner/name.git"],
  ])("takes %s and %s for the same", (a, b) => {
    expect(normalSpec(a)).toBe(normalSpec(b));
  });

  it.each([
    ["^1.0.0", "^1.1.0"],
    ["owner/name", "other/name"],
    ["owner/name#a", "owner/name#b"],
    ["git+https://a.invalid/x/y", "git+https://b.invalid/x/y"],
    ["next", "^1.0.0"],
  ])("tells %s from %s", (a, b) => {
    expect(normalSpec(a)).not.toBe(normalSpec(b));
  });

  it("knows what leads away from the name", () => {
    expect(["^1", "npm:x@1", "owner/name", "https://a.invalid/x.tgz"].map(sentOutside)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it("has the commands that npm links", () => {
    const manifest = parseManifest({
      name: "@scope/tool",
      bin: { tool: "./cli.js", "../evil": "x/../y.js", empty: "", win: "bin\\a.js" },
    });
    expect([...commandsOf(manifest)]).toEqual([
      ["tool", "cli.js"],
      ["evil", "y.js"],
      ["win", "bin/a.js"],
    ]);
    const short = parseManifest({ name: "@scope/tool", bin: "cli.js" });
    expect([...commandsOf(short)]).toEqual([["tool", "cli.js"]]);
  });

  it("reads names in an array", () => {
    const manifest = parseManifest({
      dependencies: ["a", "b@1"],
      optionalDependencies: { c: "1" },
    });
    expect([...normalDependencies(manifest)]).toEqual([
      ["a", ""],
      ["b", ""],
      ["c", "1"],
    ]);
  });
});
