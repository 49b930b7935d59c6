import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../model/manifest.ts";
import { dependenciesOf, newDependenciesOf, registryNameOf, sourceOf } from "./dependency-spec.ts";

describe("the source of a dependency", () => {
  it.each([
    ["^1.2.3", { kind: "registry" }],
    ["", { kind: "registry" }],
    ["latest", { kind: "registry" }],
    [">=1 <2 || 3.x", { kind: "registry" }],
    ["npm:other@^1", { kind: "alias", name: "other" }],
    ["npm:@scope/other@1", { kind: "alias", name: "@scope/other" }],
    ["npm:@scope/other", { kind: "alias", name: "@scope/other" }],
    ["owner/name", { kind: "git", encrypted: true }],
    ["owner/name#semver:^1", { kind: "git", encrypted: true }],
    ["github:owner/name", { kind: "git", encrypted: true }],
    ["gist:11081aaa281", { kind: "git", encrypted: true }],
    ["git@host.invalid:owner/name.git", { kind: "git", encrypted: true }],
    ["git+ssh://git@host.invalid/a.git", { kind: "git", encrypted: true }],
    ["git+https://host.invalid/a", { kind: "git", encrypted: true }],
    ["git+http://host.invalid/a", { kind: "git", encrypted: false }],
    ["git://host.invalid/a", { kind: "git", encrypted: false }],
    ["https://host.invalid/a.git#v1", { kind: "git", encrypted: true }],
    ["https://host.invalid/a.tgz", { kind: "url", encrypted: true }],
    ["HTTP://host.invalid/a.tgz", { kind: "url", encrypted: false }],
    ["file:../a", { kind: "file", path: "../a" }],
    ["./a", { kind: "file", path: "./a" }],
    ["../a.tgz", { kind: "file", path: "../a.tgz" }],
    ["/a", { kind: "file", path: "/a" }],
    ["~/a", { kind: "file", path: "~/a" }],
    ["C:\\a", { kind: "file", path: "C:\\a" }],
    ["workspace:*", { kind: "unpublished", protocol: "workspace" }],
    ["catalog:", { kind: "unpublished", protocol: "catalog" }],
    ["link:../a", { kind: "unpublished", protocol: "link" }],
    ["what:ever", { kind: "unpublished", protocol: "what" }],
  ])("%s", (spec, source) => {
    expect(sourceOf(spec)).toEqual(source);
  });

  it("is never the registry for what names an address", () => {
    const protocol = fc.constantFrom("git", "git+ssh", "http", "https", "ssh", "file", "ftp", "x");
    fc.assert(
      fc.property(protocol, fc.string(), (name, rest) => {
        expect(sourceOf(`${name}:${rest}`).kind).not.toBe("registry");
      }),
    );
  });
});

describe("dependencies", () => {
  const before = parseManifest({ dependencies: { a: "1", b: "npm:x@1" } });

  it("are those an install brings along, each once", () => {
    const manifest = parseManifest({
      dependencies: { a: "1", o: "1" },
      optionalDependencies: { o: "2" },
      devDependencies: { d: "1" },
      peerDependencies: { p: "1" },
    });
    expect(dependenciesOf(manifest)).toEqual([
      { field: "dependencies", name: "a", spec: "1" },
      { field: "optionalDependencies", name: "o", spec: "2" },
    ]);
  });

  it("are new when their name, or the name behind their alias, is", () => {
    const now = parseManifest({ dependencies: { a: "2", b: "npm:y@1", c: "someone/c" } });
    const added = newDependenciesOf(now, before);
    expect(added.map(({ name }) => name)).toEqual(["b", "c"]);
    expect(added.map(registryNameOf)).toEqual(["y", undefined]);
  });
});
