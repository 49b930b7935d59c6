import { isJsonObject, type Json, type JsonObject } from "./canonical.ts";

/**
 * A package.json, parsed once. The same reading serves the manifest inside a tarball and the copy
 * the registry holds, so that the two can be compared field by field.
 *
 * Written by strangers: a field of the wrong type is left out and named in `problems`. Maps and
 * not records, because a key may be called `__proto__`.
 */
export interface Manifest {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly description: string | undefined;
  /** An SPDX expression as far as the author kept to the rules; old object forms give their `type`. */
  readonly license: string | undefined;
  readonly scripts: ReadonlyMap<string, string>;
  readonly dependencies: ReadonlyMap<string, string>;
  readonly optionalDependencies: ReadonlyMap<string, string>;
  readonly peerDependencies: ReadonlyMap<string, string>;
  readonly devDependencies: ReadonlyMap<string, string>;
  /** Names shipped inside the tarball's own node_modules. */
  readonly bundled: ReadonlySet<string>;
  /** Command name → file; a string form is filed under the package's own name. */
  readonly bin: ReadonlyMap<string, string>;
  readonly main: string | undefined;
  readonly module: string | undefined;
  readonly browser: Json | undefined;
  readonly types: string | undefined;
  readonly exports: Json | undefined;
  readonly imports: Json | undefined;
  readonly type: "module" | "commonjs";
  readonly files: readonly string[] | undefined;
  /** False switches npm's implicit `node-gyp rebuild` off. */
  readonly gypfile: boolean | undefined;
  readonly repository: string | undefined;
  readonly problems: readonly string[];
  readonly raw: JsonObject;
}

export function parseManifest(raw: JsonObject): Manifest {
  const read = new FieldReader(raw);
  const name = read.text("name");
  return {
    name,
    version: read.text("version"),
    description: read.text("description"),
    license: licenseOf(raw),
    scripts: read.map("scripts"),
    dependencies: read.map("dependencies"),
    optionalDependencies: read.map("optionalDependencies"),
    peerDependencies: read.map("peerDependencies"),
    devDependencies: read.map("devDependencies"),
    bundled: bundledOf(raw),
    bin: binOf(raw["bin"], name),
    main: read.text("main"),
    module: read.text("module"),
    browser: raw["browser"],
    types: read.text("types") ?? read.text("typings"),
    exports: raw["exports"],
    imports: raw["imports"],
    type: raw["type"] === "module" ? "module" : "commonjs",
    files: Array.isArray(raw["files"]) ? raw["files"].filter(isText) : undefined,
    gypfile: typeof raw["gypfile"] === "boolean" ? raw["gypfile"] : undefined,
    repository: repositoryOf(raw["repository"]),
    problems: read.problems,
    raw,
  };
}

class FieldReader {
  readonly problems: string[] = [];
  readonly #raw: JsonObject;

  constructor(raw: JsonObject) {
    this.#raw = raw;
  }

  text(key: string): string | undefined {
    const value = own(this.#raw, key);
    if (value === undefined || value === null || isText(value)) return value ?? undefined;
    this.problems.push(`${key} is not a string`);
    return undefined;
  }

  map(key: string): ReadonlyMap<string, string> {
    const value = own(this.#raw, key);
    if (value === undefined || value === null) return new Map();
    if (!isJsonObject(value)) {
      // Old packages hold empty arrays here, and npm reads them as "none".
      if (!Array.isArray(value) || value.length > 0) this.problems.push(`${key} is not an object`);
      return new Map();
    }
    const entries = Object.entries(value);
    const texts = entries.filter((entry): entry is [string, string] => isText(entry[1]));
    if (texts.length < entries.length) this.problems.push(`${key} holds a value that is no string`);
    return new Map(texts);
  }
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function licenseOf(raw: JsonObject): string | undefined {
  const plain = raw["license"] ?? raw["licence"];
  if (isText(plain)) return plain;
  if (isJsonObject(plain) && isText(plain["type"])) return plain["type"];
  const list = raw["licenses"] ?? plain;
  if (!Array.isArray(list)) return undefined;
  const types = list.map((item: Json) => (isJsonObject(item) ? item["type"] : item)).filter(isText);
  return types.length === 0 ? undefined : types.length === 1 ? types[0] : `(${types.join(" OR ")})`;
}

function bundledOf(raw: JsonObject): ReadonlySet<string> {
  const list = raw["bundleDependencies"] ?? raw["bundledDependencies"];
  if (list === true) return new Set(Object.keys(objectOr(raw["dependencies"])));
  if (Array.isArray(list)) return new Set(list.filter(isText));
  return new Set(Object.keys(objectOr(list)));
}

function objectOr(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function binOf(bin: Json | undefined, name: string | undefined): ReadonlyMap<string, string> {
  if (isText(bin)) return name === undefined ? new Map() : new Map([[withoutScope(name), bin]]);
  return new Map(
    Object.entries(objectOr(bin)).filter((entry): entry is [string, string] => isText(entry[1])),
  );
}

function withoutScope(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

function repositoryOf(repository: Json | undefined): string | undefined {
  if (isText(repository)) return repository;
  const url = objectOr(repository)["url"];
  return isText(url) ? url : undefined;
}
