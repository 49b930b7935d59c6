import { isJsonObject, type JsonObject } from "../../model/canonical.ts";
import { isExactVersion } from "../../model/package-ref.ts";
import type { LockedPackage, LockedSource } from "../../model/lockfile.ts";
import { textIn } from "./lock-json.ts";
import { parseLockYaml } from "./lock-yaml.ts";
import { LockedPackages, refuseLockfile } from "./lockfile.ts";
import { readRequested, splitRequest } from "./requested.ts";

/** pnpm-lock.yaml, versions 6.0 to 9.0: what pnpm 8 and later write. */
export function readPnpmLock(path: string, text: string): readonly LockedPackage[] {
  const found = new LockedPackages(path);
  for (const document of parseLockYaml(path, text)) addDocument(path, document, found);
  return found.list();
}

function addDocument(path: string, document: JsonObject, found: LockedPackages): void {
  const version = textIn(document, "lockfileVersion") ?? "";
  if (!/^[6-9]\.\d{1,3}$/.test(version)) {
    refuseLockfile(path, "its lockfileVersion is none from 6.0 to 9.0; pnpm install renews it");
  }
  const optional = optionalKeys(tableIn(path, document, "snapshots"));
  for (const [key, entry] of Object.entries(tableIn(path, document, "packages"))) {
    if (!isJsonObject(entry)) return refuseLockfile(path, `its entry for "${key}" is no table`);
    addEntry(path, key, entry, found, optional);
  }
}

function tableIn(path: string, document: JsonObject, field: string): JsonObject {
  const table = document[field] ?? {};
  // "packages:" with nothing below it.
  if (table === "") return {};
  return isJsonObject(table) ? table : refuseLockfile(path, `its "${field}" are no table`);
}

/** Since version 9 that is said of each combination with peers. */
function optionalKeys(snapshots: JsonObject): ReadonlyMap<string, boolean> {
  const optional = new Map<string, boolean>();
  for (const [key, snapshot] of Object.entries(snapshots)) {
    const base = withoutPeers(key);
    const isOptional = isJsonObject(snapshot) && snapshot["optional"] === "true";
    optional.set(base, isOptional && optional.get(base) !== false);
  }
  return optional;
}

/** `name@1.0.0(peer@2.0.0)` */
function withoutPeers(key: string): string {
  const at = key.indexOf("(");
  return at === -1 ? key : key.slice(0, at);
}

function addEntry(
  path: string,
  key: string,
  entry: JsonObject,
  found: LockedPackages,
  optional: ReadonlyMap<string, boolean>,
): void {
  const { resolution } = entry;
  if (!isJsonObject(resolution)) {
    return refuseLockfile(path, `its entry for "${key}" has no resolution`);
  }
  const named = namedBy(key);
  const dev = textIn(entry, "dev");
  found.add({
    name: textIn(entry, "name") ?? named.name,
    version: textIn(entry, "version") ?? named.version,
    source: sourceOf(resolution, named),
    integrity: textIn(resolution, "integrity"),
    resolved: addressIn(resolution),
    location: key,
    dev: dev === undefined ? undefined : dev === "true",
    optional: optional.get(withoutPeers(key)) ?? textIn(entry, "optional") === "true",
  });
}

interface Named {
  readonly name: string;
  readonly version: string;
  /** Where the key says that it comes from. */
  readonly source: LockedSource;
}

/** `/name@1.0.0` until version 8, `name@1.0.0` since; with an address in place of the version. */
function namedBy(key: string): Named {
  const base = withoutPeers(key);
  const request = splitRequest(base.replace(/^\//, ""));
  if (request !== undefined && isExactVersion(request.rest)) {
    return { name: request.name, version: request.rest, source: "registry" };
  }
  const { source } = readRequested(request?.rest ?? base);
  const name = request?.name ?? base;
  return { name, version: "", source: source === "registry" ? "unclear" : source };
}

function sourceOf(resolution: JsonObject, named: Named): LockedSource {
  const type = textIn(resolution, "type");
  if (type === "git") return "git";
  if (type === "directory") return "file";
  if (named.source !== "unclear") return named.source;
  const address = addressIn(resolution);
  return address === undefined ? "unclear" : readRequested(address).source;
}

function addressIn(resolution: JsonObject): string | undefined {
  return (
    textIn(resolution, "tarball") ?? textIn(resolution, "repo") ?? textIn(resolution, "directory")
  );
}
