import { isJsonObject, type JsonObject } from "../../model/canonical.ts";
import type { LockedPackage } from "../../model/lockfile.ts";
import { textIn } from "./lock-json.ts";
import { parseLockYaml } from "./lock-yaml.ts";
import { LockedPackages, refuseLockfile } from "./lockfile.ts";
import { readRequested, splitRequest } from "./requested.ts";

/**
 * yarn.lock of yarn 2 and later. Its checksums are over archives that yarn makes itself, so they say
 * nothing about the registry's bytes and are left out.
 */
export function readYarnBerryLock(path: string, text: string): readonly LockedPackage[] {
  const [lock, ...more] = parseLockYaml(path, text);
  if (lock === undefined || more.length > 0 || !isJsonObject(lock["__metadata"])) {
    return refuseLockfile(path, "it has no __metadata");
  }
  const found = new LockedPackages(path);
  for (const [key, entry] of Object.entries(lock)) {
    if (key === "__metadata") continue;
    if (!isJsonObject(entry)) return refuseLockfile(path, `its entry for "${key}" is no table`);
    addEntry(path, key, entry, found);
  }
  return found.list();
}

function addEntry(path: string, key: string, entry: JsonObject, found: LockedPackages): void {
  const resolution = splitRequest(textIn(entry, "resolution") ?? "");
  if (resolution === undefined) {
    return refuseLockfile(path, `its entry for "${key}" has no resolution`);
  }
  const { name, rest } = resolution;
  // `npm:1.0.0::__archiveUrl=https%3A…`: where a registry keeps its archives elsewhere.
  const [reference = "", bound = ""] = rest.split("::", 2);
  const ofRegistry = /^npm:(.*)$/s.exec(reference)?.[1];
  found.add({
    name,
    version: ofRegistry ?? textIn(entry, "version") ?? "",
    source: ofRegistry === undefined ? sourceOf(reference) : "registry",
    integrity: undefined,
    resolved: ofRegistry === undefined ? rest : archiveUrlIn(bound),
    location: key,
    dev: undefined,
    optional: undefined,
  });
}

function sourceOf(reference: string): LockedPackage["source"] {
  if (/[#&]commit=/.test(reference)) return "git";
  const { source } = readRequested(reference);
  return source === "registry" ? "unclear" : source;
}

function archiveUrlIn(bound: string): string | undefined {
  return new URLSearchParams(bound).get("__archiveUrl") ?? undefined;
}
