import type { LockedPackage } from "../../model/lockfile.ts";
import { describe, expect, it } from "vitest";
import { parseLockfile } from "./read-lockfile.ts";

const A = "https://registry.invalid/a/-/a-1.0.0.tgz";

function packages(lock: object): readonly LockedPackage[] {
  return parseLockfile("/p/package-lock.json", JSON.stringify(lock)).packages;
}

const locked = (given: Partial<LockedPackage>): LockedPackage => ({
  name: "a",
  version: "1.0.0",
  source: "registry",
  integrity: undefined,
  resolved: undefined,
  locations: ["node_modules/a"],
  dev: false,
  optional: false,
  ...given,
});

describe("package-lock.json, versions 2 and 3", () => {
  const read = (entries: object): readonly LockedPackage[] =>
    packages({ lockfileVersion: 3, packages: entries });

  it("reads name, version, digest, address, place and kind", () => {
    expect(
      read({
        "": { name: "project", dependencies: { a: "^1.0.0" } },
        "node_modules/a": { version: "1.0.0", resolved: A, integrity: "sha512-AA==" },
        "node_modules/@s/b": { version: "2.0.0-rc.1", dev: true },
        "node_modules/c": { version: "3.0.0", devOptional: true },
        "node_modules/d": { version: "4.0.0", optional: true },
      }),
    ).toEqual([
      locked({ integrity: "sha512-AA==", resolved: A }),
      locked({
        name: "@s/b",
        version: "2.0.0-rc.1",
        locations: ["node_modules/@s/b"],
        dev: true,
      }),
      locked({
        name: "c",
        version: "3.0.0",
        locations: ["node_modules/c"],
        dev: true,
        optional: true,
      }),
      locked({ name: "d", version: "4.0.0", locations: ["node_modules/d"], optional: true }),
    ]);
  });

  it("puts the places of one package together, and keeps those with other digests apart", () => {
    expect(
      read({
        "node_modules/a": { version: "1.0.0", integrity: "sha512-AA==" },
        "node_modules/b/node_modules/a": { version: "1.0.0", integrity: "sha512-AA==" },
        "node_modules/c/node_modules/a": { version: "1.0.0", integrity: "sha512-BB==" },
      }),
    ).toEqual([
      locked({
        integrity: "sha512-AA==",
        locations: ["node_modules/a", "node_modules/b/node_modules/a"],
      }),
      locked({ integrity: "sha512-BB==", locations: ["node_modules/c/node_modules/a"] }),
    ]);
  });

  it("takes what is needed in one place for needed", () => {
    expect(
      read({
        "node_modules/a": { version: "1.0.0", dev: true, optional: true },
        "node_modules/b/node_modules/a": { version: "1.0.0", optional: true },
      }),
    ).toEqual([
      locked({ locations: ["node_modules/a", "node_modules/b/node_modules/a"], optional: true }),
    ]);
  });

  it("calls an alias by the name of its registry", () => {
    expect(read({ "node_modules/alias": { name: "a", version: "1.0.0", resolved: A } })).toEqual([
      locked({ resolved: A, locations: ["node_modules/alias"] }),
    ]);
  });

  it.each([
    ["git", { resolved: "git+ssh://git@host.invalid/o/a.git#0123" }],
    ["file", { resolved: "file:a-1.0.0.tgz" }],
    ["bundled", { inBundle: true }],
    ["unclear", { version: "main" }],
    ["unclear", { version: undefined }],
    ["unclear", { name: ".." }],
  ] as const)("says that something is from %s", (source, entry) => {
    const [found] = read({ "node_modules/a": { version: "1.0.0", ...entry } });
    expect(found?.source).toBe(source);
  });

  it("tells a workspace from its link", () => {
    expect(
      read({
        "node_modules/one": { resolved: "packages/one", link: true },
        "packages/one": { name: "@s/one", version: "0.1.0" },
        "packages/two": {},
      }),
    ).toEqual([
      locked({
        name: "@s/one",
        version: "0.1.0",
        source: "workspace",
        locations: ["packages/one"],
      }),
      locked({ name: "two", version: "", source: "workspace", locations: ["packages/two"] }),
    ]);
  });

  it("takes an address that nobody asked for as the registry's package from elsewhere", () => {
    const elsewhere = "https://elsewhere.invalid/a.tgz";
    const entries = { "node_modules/a": { version: "1.0.0", resolved: elsewhere } };
    const asking = { "": { dependencies: { a: elsewhere } } };
    expect(read(entries)).toEqual([locked({ resolved: elsewhere })]);
    expect(read({ ...asking, ...entries })).toEqual([
      locked({ resolved: elsewhere, source: "remote" }),
    ]);
  });
});

describe("package-lock.json, version 1", () => {
  it("reads the tree of folders", () => {
    expect(
      packages({
        lockfileVersion: 1,
        dependencies: {
          a: {
            version: "1.0.0",
            resolved: A,
            integrity: "sha512-AA==",
            dependencies: { b: { version: "2.0.0", bundled: true, dev: true } },
          },
          alias: { version: "npm:@s/c@3.0.0", optional: true },
          g: { version: "git+ssh://git@host.invalid/o/g.git#0123", from: "g@git+ssh://…" },
          u: { version: "https://host.invalid/u.tgz" },
          f: { version: "file:../f" },
        },
      }),
    ).toEqual([
      locked({ integrity: "sha512-AA==", resolved: A }),
      locked({
        name: "@s/c",
        version: "3.0.0",
        locations: ["node_modules/alias"],
        optional: true,
      }),
      locked({
        name: "g",
        version: "",
        source: "git",
        resolved: "git+ssh://git@host.invalid/o/g.git#0123",
        locations: ["node_modules/g"],
      }),
      locked({
        name: "u",
        version: "",
        source: "remote",
        resolved: "https://host.invalid/u.tgz",
        locations: ["node_modules/u"],
      }),
      locked({
        name: "f",
        version: "",
        source: "file",
        resolved: "file:../f",
        locations: ["node_modules/f"],
      }),
      locked({
        name: "b",
        version: "2.0.0",
        source: "bundled",
        locations: ["node_modules/a/node_modules/b"],
        dev: true,
      }),
    ]);
  });

  it("prefers the packages of version 2 to its tree for older clients", () => {
    const lock = {
      lockfileVersion: 2,
      packages: { "node_modules/a": { version: "1.0.0" } },
      dependencies: { b: { version: "1.0.0" } },
    };
    expect(packages(lock)).toEqual([locked({})]);
  });

  it("is empty where a project depends on nothing", () => {
    expect(packages({ lockfileVersion: 1 })).toEqual([]);
  });
});
