import semver from "semver";
import { type Integrity } from "./digests.ts";
import type { Manifest } from "./manifest.ts";
import type { PackageRef } from "./package-ref.ts";

/** One version as a registry describes it. Claims, not facts: the bytes may say otherwise. */
export interface Release {
  readonly ref: PackageRef;
  /** The registry's copy of the manifest. */
  readonly manifest: Manifest;
  readonly tarballUrl: string;
  /** What the registry says the tarball's digest is; empty when it says nothing usable. */
  readonly integrity: readonly Integrity[];
  /** As the registry wrote it, which is what it signs; undefined when it wrote none. */
  readonly integrityText: string | undefined;
  /** The registry's signatures, as it sent them. */
  readonly signatures: readonly ClaimedSignature[];
  /** Whether the registry says that it has attestations of this version. */
  readonly claimsAttestations: boolean;
  /** Whether it says that provenance is among them. */
  readonly claimsProvenance: boolean;
  /** Which trusted publisher the registry says it came from ("github", "gitlab"). */
  readonly trustedPublisher: string | undefined;
  /** Milliseconds since 1970, or undefined when the registry gives no date. */
  readonly publishedAtMs: number | undefined;
  /** Undefined where the registry leaves the field out, which is not "nobody". */
  readonly publisher: string | undefined;
  readonly maintainers: readonly string[] | undefined;
  readonly deprecated: boolean;
}

export interface ClaimedSignature {
  readonly keyId: string;
  /** Base64. */
  readonly signature: string;
}

/** Which versions there are and since when; one entry a version, in semver order. */
export interface ReleaseHistory {
  readonly name: string;
  readonly versions: readonly DatedVersion[];
  readonly distTags: ReadonlyMap<string, string>;
}

export interface DatedVersion {
  readonly version: string;
  readonly publishedAtMs: number | undefined;
}

/**
 * The version a person upgrading to this one most likely comes from: the highest lower one, stable
 * before pre-release when the subject is stable. A version published later than the subject (an old
 * line that is still maintained) is still a predecessor by number.
 */
export function predecessorOf(version: string, history: ReleaseHistory): string | undefined {
  const lower = history.versions.map((other) => other.version).slice(0, rankOf(version, history));
  const stable = lower.findLast((other) => !isPrerelease(other));
  return isPrerelease(version) ? lower.at(-1) : (stable ?? lower.at(-1));
}

/** How many versions come before it; a version that is not listed has the rank it would have. */
function rankOf(version: string, { versions }: ReleaseHistory): number {
  const listed = versions.findIndex((other) => other.version === version);
  if (listed !== -1) return listed;
  const higher = versions.findIndex((other) => semver.gte(other.version, version));
  return higher === -1 ? versions.length : higher;
}

function isPrerelease(version: string): boolean {
  return semver.prerelease(version) !== null;
}
