import type { Digests } from "./digests.ts";
import type { Finding } from "./finding.ts";
import type { PackageRef } from "./package-ref.ts";
import type { PackageEvidence } from "./provenance.ts";

/**
 * What a signal answers. "unknown" is an answer of its own: policy decides what it costs, and it
 * never reads as "clear". `cutShort` marks the unknown that a package's author can bring about: the
 * signal crashed or ran into a bound of time or memory. What is `unread` beside findings is as
 * unknown as without them: one sentence each.
 */
export type SignalResult =
  | {
      readonly outcome: "found";
      readonly findings: readonly [Finding, ...Finding[]];
      readonly unread?: readonly string[];
      readonly cutShort?: true;
    }
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

/**
 * Findings, and beside them what was not read. Without findings that is the answer: nothing found in
 * half of the code is no all-clear.
 */
export function foundDespite(
  findings: readonly Finding[],
  unread: readonly string[],
  { isCutShort = false }: { readonly isCutShort?: boolean } = {},
): SignalResult {
  const result = foundOrClear(findings);
  if (unread.length === 0) return result;
  const cut = isCutShort ? ({ cutShort: true } as const) : {};
  return result.outcome === "found"
    ? { ...result, unread, ...cut }
    : { ...unknown(inOneSentence(unread)), ...cut };
}

/**
 * What is left of a signal that did not come to its end: its own word so far, and why there is no
 * more. `isCutShort` is for those that gave no word; what was found stays found.
 */
export function brokenOff(
  standing: SignalResult | undefined,
  why: string,
  { isCutShort }: { readonly isCutShort: boolean },
): SignalResult {
  if (standing?.outcome === "found") {
    const unread = [...(standing.unread ?? []), why];
    return foundDespite(standing.findings, unread, { isCutShort });
  }
  if (standing?.outcome === "unknown") return { ...standing, why: `${standing.why}: ${why}` };
  return isCutShort ? cutShort(why) : unknown(why);
}

/** Why a result leaves something open, if it does. */
export function openIn(result: SignalResult): string | undefined {
  if (result.outcome === "unknown") return result.why;
  if (result.outcome !== "found") return undefined;
  const { unread = [] } = result;
  return unread.length === 0 ? undefined : inOneSentence(unread);
}

const REASONS_NAMED_MAX = 3;

function inOneSentence(reasons: readonly string[]): string {
  const named = reasons.slice(0, REASONS_NAMED_MAX);
  const more = reasons.length - named.length;
  return [...named, ...(more > 0 ? [`and ${String(more)} more like these`] : [])].join("; ");
}

/** "found" when there is something, "clear" when there is nothing. */
export function foundOrClear(findings: readonly Finding[]): SignalResult {
  const [first, ...rest] = findings;
  return first === undefined ? CLEAR : { outcome: "found", findings: [first, ...rest] };
}
