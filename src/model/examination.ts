import type { Digests } from "./digests.ts";
import type { Finding } from "./finding.ts";
import type { PackageRef } from "./package-ref.ts";
import type { PackageEvidence } from "./provenance.ts";

/**
 * What a signal answers. "unknown" is an answer of its own: policy decides what it costs, and it
 * never reads as "clear". `cutShort` marks the unknown that a package's author can bring about: the
 * signal crashed or ran into a bound of time or memory.
 */
export type SignalResult =
  | { readonly outcome: "found"; readonly findings: readonly [Finding, ...Finding[]] }
  | { readonly outcome: "clear" }
  | { readonly outcome: "inapplicable"; readonly why: string }
  | { readonly outcome: "unknown"; readonly why: string; readonly cutShort?: true };

/** Every listed signal appears once, sorted by id. */
export interface Examination {
  readonly ref: PackageRef;
  readonly artifact: ArtifactSummary;
  readonly results: readonly ExaminedSignal[];
  /** Where the version comes from, as far as that was asked about. */
  readonly provenance: PackageEvidence | undefined;
  /** The moment the facts were gathered; ages in the findings count to here. */
  readonly atMs: number;
}

export interface ArtifactSummary {
  readonly digests: Digests;
  readonly sizeBytes: number;
  readonly fileCount: number;
}

export interface ExaminedSignal {
  readonly signal: string;
  readonly version: number;
  readonly result: SignalResult;
}

export const CLEAR: SignalResult = { outcome: "clear" };

export function unknown(why: string): SignalResult {
  return { outcome: "unknown", why };
}

/** The signal crashed or ran out of time or memory on these bytes. */
export function cutShort(why: string): SignalResult {
  return { outcome: "unknown", why, cutShort: true };
}

export function inapplicable(why: string): SignalResult {
  return { outcome: "inapplicable", why };
}

/** "found" when there is something, "clear" when there is nothing. */
export function foundOrClear(findings: readonly Finding[]): SignalResult {
  const [first, ...rest] = findings;
  return first === undefined ? CLEAR : { outcome: "found", findings: [first, ...rest] };
}
