import type { ArtifactSummary } from "./examination.ts";
import type { Finding } from "./finding.ts";
import type { PackageRef } from "./package-ref.ts";
import type { Decision } from "./policy.ts";
import type { PackageEvidence } from "./provenance.ts";

/** A pure function of examination and policy. `judge/verdict.ts` makes it and its canonical bytes. */
export interface Verdict {
  readonly ref: PackageRef;
  readonly artifact: ArtifactSummary;
  readonly policyDigest: string;
  /** Which signals, in which version, this verdict stands on. */
  readonly signalsDigest: string;
  readonly decision: Decision;
  /** 0 to 100, 0 when nothing could be asked about: points earned out of the points that could be asked about, less deductions. */
  readonly score: number;
  /** 0 to 1: the part of all possible points that could be asked about. */
  readonly coverage: number;
  readonly ledger: readonly LedgerLine[];
  readonly reasons: readonly Reason[];
  readonly findings: readonly Finding[];
  readonly unknown: readonly { readonly signal: string; readonly why: string }[];
  /** Carried along for reports; what follows from it stands among reasons, findings and unknowns. */
  readonly provenance: PackageEvidence | undefined;
  /** For HOLD: when asking again may bring another answer. */
  readonly retryAtMs: number | undefined;
}

/**
 * "earned" and "missed": a part of the score that could be asked about, with all, some or none of
 * its points. "unknown": a part that could not, and therefore counts on neither side. "deducted":
 * what a finding took away, `of` the most it could have taken at full confidence.
 */
export interface LedgerLine {
  readonly part: string;
  readonly kind: "earned" | "missed" | "deducted" | "unknown";
  readonly points: number;
  readonly of: number;
  readonly why: string;
}

/** Why the decision is what it is. A hard reason stands whatever the score. */
export interface Reason {
  readonly code: string;
  readonly decision: Decision;
  readonly hard: boolean;
  readonly message: string;
}
