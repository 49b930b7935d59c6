import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonObject, parseJson, type JsonObject } from "./canonical.ts";
import { parseManifest, type Manifest } from "./manifest.ts";

const EMPTY: Omit<Manifest, "raw"> = {
  name: undefined,
  version: undefined,
  description: undefined,
  license: undefined,
  scripts: new Map(),
  dependencies: new Map(),
  optionalDependencies: new Map(),
  peerDependencies: new Map(),
  devDependencies: new Map(),
  bundled: new Set(),
  bin: new Map(),
  main: undefined,
  module: undefined,
  browser: undefined,
  types: undefined,
  exports: undefined,
  imports: undefined,
  type: "commonjs",
  files: undefined,
  gypfile: undefined,
  repository: undefined,
  problems: [],
};

const FIELDS = [
  ...Object.keys(EMPTY),
  "typings",
  "licence",
  "licenses",
  "bundleDependencies",
  "bundledDependencies",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
];

/** As JSON.parse makes them: "__proto__" is a member like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const object = parseJson(`{${members.join(",")}}`);
  if (!isJsonObject(object)) throw new Error("an object was written");
  return object;
}

const key = fc.oneof(fc.constantFrom(...FIELDS), fc.string());
const inner = fc
  .array(fc.tuple(key, fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 }))), { maxLength: 4 })
  .map(objectOf);
const value = fc.oneof(fc.string(), inner, fc.jsonValue({ maxDepth: 2 }));
const manifest = fc.array(fc.tuple(key, value), { maxLength: 12 }).map(objectOf);

/** Everything the type calls a string, in one list. */
function textsIn(read: Manifest): readonly unknown[] {
  const { name, version, description, license, main, module, types, repository, files } = read;
  const maps = [
    read.scripts,
    read.dependencies,
    read.optionalDependencies,
    read.peerDependencies,
    read.devDependencies,
    read.bin,
  ];
  return [
    ...[name, version, description, license, main, module, types, repository].filter(
      (text) => text !== undefined,
    ),
    ...(files ?? []),
    ...read.bundled,
    ...read.problems,
    ...maps.flatMap((map) => [...map].flat()),
  ];
}

describe("parseManifest", () => {
  it("reads any object, and what it calls a string is one", () => {
    fc.assert(
      fc.property(manifest, (raw) => {
        const read = parseManifest(raw);
        expect(textsIn(read).filter((text) => typeof text !== "string")).toEqual([]);
        expect(["boolean", "undefined"]).toContain(typeof read.gypfile);
        expect(["module", "commonjs"]).toContain(read.type);
        expect(read.raw).toBe(raw);
      }),
      { numRuns: 500 },
    );
  });

  it("finds nothing in an empty object", () => {
    expect(parseManifest({})).toEqual({ ...EMPTY, raw: {} });
  });

  it("is not told fields by a prototype", () => {
    const raw = objectOf([["__proto__", { name: "x", scripts: { install: "y" } }]]);
    expect(parseManifest(raw)).toEqual({ ...EMPTY, raw });
  });

  it("keeps names that objects have by birth", () => {
    const raw = objectOf([
      [
        "scripts",
        objectOf([
          ["__proto__", "a"],
          ["constructor", "b"],
        ]),
      ],
      ["bin", objectOf([["toString", "c"]])],
    ]);
    const { scripts, bin } = parseManifest(raw);
    expect([[...scripts], [...bin]]).toEqual([
      [
        ["__proto__", "a"],
        ["constructor", "b"],
      ],
      [["toString", "c"]],
    ]);
  });

  it.each<[what: string, raw: JsonObject, read: Partial<Manifest>]>([
    [
      "fields of the wrong type are named",
      { name: 1, main: [], scripts: "x", dependencies: { a: 1, b: "1" } },
      {
        dependencies: new Map([["b", "1"]]),
        problems: [
          "name is not a string",
          "scripts is not an object",
          "dependencies holds a value that is no string",
          "main is not a string",
        ],
      },
    ],
    ["null is nothing", { name: null, scripts: null }, {}],
    ["an empty array is no dependencies", { dependencies: [] }, {}],
    [
      "an array of some is a problem",
      { dependencies: ["a"] },
      { problems: ["dependencies is not an object"] },
    ],
    ["a licence object", { license: { type: "MIT" } }, { license: "MIT" }],
    ["one of a list", { licenses: [{ type: "MIT" }] }, { license: "MIT" }],
    ["a list", { licenses: [{ type: "MIT" }, "ISC", 3] }, { license: "(MIT OR ISC)" }],
    ["British spelling", { licence: "MIT" }, { license: "MIT" }],
    [
      "bin as a string is filed under the name without its scope",
      { name: "@a/tool", bin: "cli.js" },
      { name: "@a/tool", bin: new Map([["tool", "cli.js"]]) },
    ],
    ["bin as a string needs a name", { bin: "cli.js" }, {}],
    [
      "everything bundled",
      { dependencies: { a: "1" }, bundleDependencies: true },
      { dependencies: new Map([["a", "1"]]), bundled: new Set(["a"]) },
    ],
    ["some bundled", { bundledDependencies: ["a", 1] }, { bundled: new Set(["a"]) }],
    ["typings", { typings: "a.d.ts" }, { types: "a.d.ts" }],
    [
      "a repository object",
      { repository: { url: "git+https://a.invalid" } },
      { repository: "git+https://a.invalid" },
    ],
    [
      "files",
      { files: ["a", 1], type: "module", gypfile: false },
      { files: ["a"], type: "module", gypfile: false },
    ],
  ])("reads: %s", (_what, raw, read) => {
    expect(parseManifest(raw)).toEqual({ ...EMPTY, ...read, raw });
  });
});
