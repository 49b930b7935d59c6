import { SemVer } from "semver";
import type { DatedVersion } from "./release.ts";

/**
 * A version that was public for less than this before the next one does not count as what a package
 * is used to: who has stolen a token publishes several versions within hours, and the first of them
 * must not excuse the second.
 */
const SETTLED_AFTER_MS = 7 * 24 * 3_600_000;
const COMPARED_MAX = 3;

/**
 * The earlier versions that a version is compared with, newest first: up to three of its own release
 * line or, when it begins one, the newest of the line before. A stable version is compared with
 * stable ones. Where no earlier version stood in public for a week, those that there are count.
 *
 * @param versions in any order; the version itself may be among them and brings its date along
 */
export function comparedVersions(
  version: string,
  versions: readonly DatedVersion[],
): readonly string[] {
  const subject = new SemVer(version);
  const publishedAtMs = versions.find((other) => other.version === version)?.publishedAtMs;
  const earlier = earlierVersions(subject, versions);
  const settled = earlier.filter((other) => isSettled(other.publishedAtMs, publishedAtMs));
  const standing = (settled.length > 0 ? settled : earlier).map((other) => other.parsed);
  const own = standing.filter((other) => lineOf(other) === lineOf(subject));
  return (own.length > 0 ? own.slice(0, COMPARED_MAX) : standing.slice(0, 1)).map(
    (other) => other.raw,
  );
}

interface ParsedVersion {
  readonly parsed: SemVer;
  readonly publishedAtMs: number | undefined;
}

/** Highest first. */
function earlierVersions(
  subject: SemVer,
  versions: readonly DatedVersion[],
): readonly ParsedVersion[] {
  return versions
    .map(({ version, publishedAtMs }) => ({ parsed: new SemVer(version), publishedAtMs }))
    .filter(({ parsed }) => parsed.compare(subject) < 0)
    .filter(({ parsed }) => isPrerelease(subject) || !isPrerelease(parsed))
    .sort((a, b) => b.parsed.compare(a.parsed) || b.parsed.compareBuild(a.parsed));
}

function isPrerelease(version: SemVer): boolean {
  return version.prerelease.length > 0;
}

/** Where a registry gives no dates, age cannot be told and does not count. */
function isSettled(publishedAtMs: number | undefined, subjectAtMs: number | undefined): boolean {
  if (publishedAtMs === undefined || subjectAtMs === undefined) return true;
  return publishedAtMs + SETTLED_AFTER_MS <= subjectAtMs;
}

/** What `^` keeps together, but for 0.0.x, whose versions would have no line at all. */
function lineOf({ major, minor }: SemVer): string {
  return major > 0 ? String(major) : `0.${String(minor)}`;
}
