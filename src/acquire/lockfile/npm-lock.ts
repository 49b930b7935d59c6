import { isJsonObject, type JsonObject } from "../../model/canonical.ts";
import type { LockedPackage, LockedSource } from "../../model/lockfile.ts";
import { parseLockJson, textIn } from "./lock-json.ts";
import { LockedPackages, refuseLockfile } from "./lockfile.ts";
import { readRequested, splitRequest } from "./requested.ts";

/** npm's own limit is the stack; nobody nests folders as deep. */
const DEPTH_MAX = 200;

/** package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3. */
export function readNpmLock(path: string, text: string): readonly LockedPackage[] {
  const lock = parseLockJson(path, text);
  const version = lock["lockfileVersion"] ?? 1;
  if (typeof version !== "number" || ![1, 2, 3].includes(version)) {
    refuseLockfile(path, "its lockfileVersion is none of 1, 2 and 3");
  }
  const { packages, dependencies } = lock;
  const found = new LockedPackages(path);
  // npm reads "dependencies" only where there is nothing better.
  if (isJsonObject(packages)) addPackages(path, packages, found);
  else if (version !== 3 && isJsonObject(dependencies)) addDependencies(path, dependencies, found);
  else if (packages !== undefined || dependencies !== undefined || version === 3) {
    refuseLockfile(path, 'its "packages" or "dependencies" are no table');
  }
  return found.list();
}

const MODULES = "node_modules/";

function addPackages(path: string, packages: JsonObject, found: LockedPackages): void {
  const entries = Object.entries(packages).map(
    ([location, entry]) => [location, entryAt(path, location, entry)] as const,
  );
  const byAddress = addressesIn(entries.map(([, entry]) => entry));
  for (const [location, entry] of entries) {
    // A link leads to a folder that has an entry of its own.
    if (location === "" || entry["link"] === true) continue;
    const resolved = textIn(entry, "resolved");
    found.add({
      name: textIn(entry, "name") ?? nameAt(location),
      version: textIn(entry, "version") ?? "",
      source: sourceOf(location, entry, resolved, byAddress),
      integrity: textIn(entry, "integrity"),
      resolved,
      location,
      dev: entry["dev"] === true || entry["devOptional"] === true,
      optional: entry["optional"] === true || entry["devOptional"] === true,
    });
  }
}

function entryAt(path: string, location: string, entry: unknown): JsonObject {
  if (isJsonObject(entry)) return entry;
  return refuseLockfile(path, `its entry for "${location}" is no table`);
}

function nameAt(location: string): string {
  const at = location.lastIndexOf(MODULES);
  return at === -1 ? (location.split("/").at(-1) ?? location) : location.slice(at + MODULES.length);
}

const DEPENDENCY_FIELDS = ["dependencies", "devDependencies", "optionalDependencies"] as const;

/**
 * The addresses that some package asks for as its dependency. Any other address is where a lockfile
 * wants a package of the registry taken from, which makes it none the less one.
 */
function addressesIn(entries: readonly JsonObject[]): ReadonlySet<string> {
  const addresses = entries.flatMap((entry) =>
    DEPENDENCY_FIELDS.flatMap((field) => {
      const dependencies = entry[field];
      if (!isJsonObject(dependencies)) return [];
      return Object.values(dependencies).filter((spec) => typeof spec === "string");
    }),
  );
  return new Set(addresses.filter((spec) => readRequested(spec).source === "remote"));
}

function sourceOf(
  location: string,
  entry: JsonObject,
  resolved: string | undefined,
  byAddress: ReadonlySet<string>,
): LockedSource {
  if (!location.startsWith(MODULES) && !location.includes(`/${MODULES}`)) return "workspace";
  if (entry["inBundle"] === true) return "bundled";
  if (resolved === undefined) return "registry";
  const { source } = readRequested(resolved);
  return source === "remote" && !byAddress.has(resolved) ? "registry" : source;
}

interface Nested {
  readonly dependencies: JsonObject;
  readonly parent: string;
  readonly depth: number;
}

/** Version 1: a tree of folders. */
function addDependencies(path: string, root: JsonObject, found: LockedPackages): void {
  const waiting: Nested[] = [{ dependencies: root, parent: "", depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > DEPTH_MAX) refuseLockfile(path, "its dependencies are nested too deep");
    for (const [folder, value] of Object.entries(next.dependencies)) {
      const location = `${next.parent}${MODULES}${folder}`;
      const entry = entryAt(path, location, value);
      addDependency(folder, location, entry, found);
      const { dependencies } = entry;
      if (isJsonObject(dependencies)) {
        waiting.push({ dependencies, parent: `${location}/`, depth: next.depth + 1 });
      }
    }
  }
}

function addDependency(
  folder: string,
  location: string,
  entry: JsonObject,
  found: LockedPackages,
): void {
  const asked = textIn(entry, "version") ?? "";
  const { source, aliasOf } = readRequested(asked);
  const alias = aliasOf === undefined ? undefined : splitRequest(asked.slice("npm:".length));
  found.add({
    name: aliasOf ?? folder,
    version: alias?.rest ?? (source === "registry" ? asked : ""),
    source: entry["bundled"] === true ? "bundled" : source,
    integrity: textIn(entry, "integrity"),
    resolved: textIn(entry, "resolved") ?? (source === "registry" ? undefined : asked),
    location,
    dev: entry["dev"] === true,
    optional: entry["optional"] === true,
  });
}
