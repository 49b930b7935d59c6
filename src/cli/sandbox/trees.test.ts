import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/store.ts";
import { createTreeList, isWithin, trailOf } from "./trees.ts";

function ground(): string {
  return realpathSync(temporaryFolder());
}

describe("trailOf", () => {
  it("notes every link on the way, by its own place and its own words", () => {
    const root = ground();
    mkdirSync(join(root, "disk", "v24", "bin"), { recursive: true });
    symlinkSync("disk", join(root, "home"));
    symlinkSync("v24", join(root, "disk", "current"));
    expect(trailOf(join(root, "home", "current", "bin"))).toEqual({
      end: join(root, "disk", "v24", "bin"),
      links: [
        [join(root, "home"), "disk"],
        [join(root, "disk", "current"), "v24"],
      ],
    });
  });

  it("ends where nothing is, and where links go round", () => {
    const root = ground();
    symlinkSync("b", join(root, "a"));
    symlinkSync("a", join(root, "b"));
    symlinkSync("nowhere", join(root, "dangling"));
    const paths = ["a", "dangling", "absent"].map((name) => trailOf(join(root, name)));
    expect(paths).toEqual([undefined, undefined, undefined]);
    expect(trailOf("/")).toEqual({ end: "/", links: [] });
  });
});

describe("a list of trees", () => {
  it("holds outermost trees and the links that none of them shows", () => {
    const root = ground();
    for (const path of ["tools/bin", "tools/lib", "project/node_modules"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    symlinkSync("../tools/bin", join(root, "project", "bin"));
    symlinkSync("tools", join(root, "link"));
    const trees = createTreeList();
    trees.read(join(root, "tools", "bin"), join(root, "link"), join(root, "absent"));
    trees.read(join(root, "project", "node_modules"), join(root, "project", "bin"));
    trees.write(join(root, "project"));
    expect(trees.listed()).toEqual({
      readable: [join(root, "tools")],
      writable: [join(root, "project")],
      links: { [join(root, "link")]: "tools" },
    });
  });

  it("keeps a writable tree inside of a readable one", () => {
    const root = ground();
    mkdirSync(join(root, "repository", "app"), { recursive: true });
    const trees = createTreeList();
    trees.read(join(root, "repository"));
    trees.write(join(root, "repository", "app"));
    expect(trees.listed()).toEqual({
      readable: [join(root, "repository")],
      writable: [join(root, "repository", "app")],
      links: {},
    });
  });
});

describe("isWithin", () => {
  it.each([
    ["/a/b", "/a", true],
    ["/a", "/a", true],
    ["/ab", "/a", false],
    ["/a", "/a/b", false],
    ["/a", "/", true],
  ])("%s in %s: %s", (path, tree, expected) => {
    expect(isWithin(path, tree)).toBe(expected);
  });
});
