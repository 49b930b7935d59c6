import semver from "semver";
import type { CoolingPolicy } from "./policy.ts";
import { scopeOf } from "./package-ref.ts";
import type { ReleaseHistory } from "./release.ts";

/** Version → when it will be settled, for every version that is still inside the window. */
export function youngVersions(
  history: ReleaseHistory,
  minVersionAgeMs: number,
  nowMs: number,
): ReadonlyMap<string, number> {
  const young = new Map<string, number>();
  for (const { version, publishedAtMs } of history.versions) {
    const settledAtMs = (publishedAtMs ?? -Infinity) + minVersionAgeMs;
    if (settledAtMs > nowMs) young.set(version, settledAtMs);
  }
  return young;
}

/**
 * Where a dist-tag leads while the version it names is cooling: the highest settled version below,
 * stable when the tag's own version is. Undefined when there is none, and the tag stays as it is:
 * whoever follows it is told to wait instead of being told that the package does not exist.
 */
export function settledBelow(
  version: string,
  history: ReleaseHistory,
  young: ReadonlyMap<string, number>,
): string | undefined {
  const wantsStable = semver.prerelease(version) === null;
  return history.versions
    .map((entry) => entry.version)
    .filter((other) => !young.has(other) && semver.lt(other, version))
    .findLast((other) => !wantsStable || semver.prerelease(other) === null);
}

/** The exclusion that names this package outright, by name or by scope. */
export function exclusionOf(
  name: string,
  policy: CoolingPolicy,
): { readonly package: string } | undefined {
  return policy.exclude.find((rule) => matchesPackage(rule.package, name));
}

/** `name`, or `@scope/*`. */
export function matchesPackage(pattern: string, name: string): boolean {
  return pattern === name || (pattern.endsWith("/*") && pattern.slice(0, -2) === scopeOf(name));
}
