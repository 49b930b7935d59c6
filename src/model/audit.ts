import type { Downgrade } from "./downgrade.ts";
import type { Compliance } from "./expectation.ts";
import type { LockedPackage, Lockfile } from "./lockfile.ts";
import type { Evidence, PackageEvidence } from "./provenance.ts";

/** Everything found out about one entry of a lockfile. */
export interface AuditedPackage {
  readonly locked: LockedPackage;
  readonly evidence: PackageEvidence;
  readonly artifact: ArtifactEvidence;
  /** Undefined where the policy expects nothing of the package. */
  readonly compliance: Compliance | undefined;
  readonly downgrade: Downgrade;
}

/** Whether the bytes are those that all other evidence is about. */
export interface ArtifactEvidence {
  /** The lockfile's digest and the registry's; "absent" where the lockfile has none. */
  readonly lockfile: Evidence<{ readonly algorithm: string }>;
  /** A tarball on this machine and that digest; "absent" where there is no such tarball. */
  readonly tarball: Evidence<{ readonly from: "store" | "npm-cache" }>;
  /** Name and version in what is installed; "absent" where it is not. Other files are not compared. */
  readonly installed: Evidence<{ readonly folders: number }>;
}

/**
 * What is said of an entry as a whole. "verified": its provenance, and nothing else failed or is
 * missing. "outside": no registry vouches for it.
 */
export const AUDIT_STATES = ["failed", "unknown", "absent", "verified", "outside"] as const;
export type AuditState = (typeof AUDIT_STATES)[number];

/** What a policy may want to fail for. "unsigned": the registry signs other versions, and not this. */
export const AUDIT_FAULTS = ["failed", "unsigned", "unknown", "absent", "outside"] as const;
export type AuditFault = (typeof AUDIT_FAULTS)[number];

export function stateOf(audited: AuditedPackage): AuditState {
  const { artifact, compliance, downgrade, evidence, locked } = audited;
  if (locked.source !== "registry" && locked.source !== "unclear") return "outside";
  const { provenance, publish, registrySignature } = evidence;
  const states = new Set([provenance, publish, registrySignature].map(({ state }) => state));
  if (states.has("failed") || artifactStateOf(artifact) === "failed") return "failed";
  if (compliance?.state === "violated" || downgrade.state === "weaker") return "failed";
  const isOpen = compliance?.state === "unverified" || downgrade.state === "unknown";
  if (isOpen || states.has("unknown") || artifactStateOf(artifact) === "unknown") {
    return "unknown";
  }
  const isProven = provenance.state === "verified" && registrySignature.state === "verified";
  return isProven ? "verified" : "absent";
}

/** One comparison that fails is enough, and so is one that ties the bytes to the evidence. */
export function artifactStateOf({
  installed,
  lockfile,
  tarball,
}: ArtifactEvidence): Exclude<AuditState, "outside"> {
  const all = new Set([lockfile.state, tarball.state, installed.state]);
  if (all.has("failed")) return "failed";
  if (lockfile.state === "verified" || tarball.state === "verified") return "verified";
  return all.has("unknown") ? "unknown" : "absent";
}

/** Whether the registry signs, and did not sign this. */
export function isUnsigned({ evidence }: AuditedPackage): boolean {
  return evidence.registrySignature.state === "absent";
}

export type AuditSummary = Readonly<Record<AuditState, number>>;

export function summaryOf(packages: readonly AuditedPackage[]): AuditSummary {
  const counts = { failed: 0, unknown: 0, absent: 0, verified: 0, outside: 0 };
  for (const audited of packages) counts[stateOf(audited)] += 1;
  return counts;
}

export function faultsOf(audited: AuditedPackage): readonly AuditFault[] {
  const state = stateOf(audited);
  return [
    ...(state === "verified" ? [] : [state]),
    ...(isUnsigned(audited) ? (["unsigned"] as const) : []),
    ...(state !== "absent" && audited.evidence.provenance.state === "absent"
      ? (["absent"] as const)
      : []),
  ];
}

/** An audit of one lockfile. */
export interface Audit {
  readonly lockfile: Pick<Lockfile, "path" | "format">;
  /** Names of other lockfiles beside it. */
  readonly passedOver: readonly string[];
  readonly packages: readonly AuditedPackage[];
  readonly trust: readonly UsedTrust[];
  readonly elapsedMs: number;
}

/** By whose word a registry's evidence was verified. */
export interface UsedTrust {
  readonly registry: string;
  readonly kind: "shipped" | "refreshed" | "file";
  readonly asOfMs: number | undefined;
  /** Printable. */
  readonly note: string | undefined;
}
