import semver from "semver";
import type { PackageRequest } from "../model/package-ref.ts";
import type { Packument } from "./packument.ts";

/**
 * The version that npm would install for a request; undefined when there is none. A dist-tag means
 * exactly what it points at. A range takes "latest" when that is inside and not deprecated, else the
 * highest version, one that is not deprecated first. `engines` are not looked at: npm minds them
 * only to break ties, and they depend on the machine.
 */
export function resolveRequest(request: PackageRequest, packument: Packument): string | undefined {
  const selector = request.selector.trim();
  const versions = new Set(packument.versionNames);
  const exact = semver.valid(selector, LOOSE);
  if (exact !== null) return versions.has(exact) ? exact : undefined;
  const range = semver.validRange(selector, LOOSE);
  if (range === null) return presentIn(versions, packument.distTags.get(selector));
  return resolveRange(selector === "" ? "*" : selector, packument, versions);
}

const LOOSE = { loose: true };

function resolveRange(
  range: string,
  packument: Packument,
  versions: ReadonlySet<string>,
): string | undefined {
  const latest = presentIn(versions, packument.distTags.get("latest"));
  const matching = new semver.Range(range, LOOSE);
  if (
    latest !== undefined &&
    (range === "*" || matching.test(latest)) &&
    !isDeprecated(packument, latest)
  ) {
    return latest;
  }
  const highestFirst = [...versions]
    .filter((version) => semver.valid(version, LOOSE) !== null && matching.test(version))
    .sort((a, b) => semver.rcompare(a, b, LOOSE));
  return highestFirst.find((version) => !isDeprecated(packument, version)) ?? highestFirst[0];
}

function presentIn(versions: ReadonlySet<string>, version: string | undefined): string | undefined {
  return version !== undefined && versions.has(version) ? version : undefined;
}

function isDeprecated(packument: Packument, version: string): boolean {
  return packument.release(version)?.deprecated === true;
}
