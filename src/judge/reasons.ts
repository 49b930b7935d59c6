import semver from "semver";
import { matchesPackage } from "../model/cooling.ts";
import { type Examination, type ExaminedSignal, openIn } from "../model/examination.ts";
import { compareFindings, type Finding } from "../model/finding.ts";
import type { PackageRef } from "../model/package-ref.ts";
import { type Decision, DECISIONS, type Policy } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import type { Reason } from "../model/verdict.ts";
import { ruleFor } from "./defaults.ts";
import { hardReasonOf, isSealed } from "./hard-reasons.ts";
import type { Score } from "./score.ts";

/** A reason that no exception can lift carries `sealed`. */
export interface WeighedReason extends Reason {
  readonly sealed: boolean;
}

/** Everything that speaks against installing, worst first, then in the order of the checks. */
export function reasonsAgainst(
  examination: Examination,
  policy: Policy,
  score: Score,
): readonly WeighedReason[] {
  const results = examination.results.filter(
    ({ signal }) => isSealed(signal) || !ruleFor(signal, policy).ignore,
  );
  const reasons = [
    ...denials(examination.ref, policy),
    ...results.flatMap((item) => hardFindings(item, policy)),
    ...results.flatMap((item) => ruledFindings(item, policy)),
    ...results.flatMap((item) => unanswered(item, policy)),
    ...scoreBands(score, policy),
  ];
  return reasons
    .filter((reason) => reason.decision !== "allow")
    .sort((a, b) => DECISIONS.indexOf(b.decision) - DECISIONS.indexOf(a.decision));
}

function denials(ref: PackageRef, policy: Policy): readonly WeighedReason[] {
  const rules = policy.denied.filter(
    (rule) =>
      matchesPackage(rule.package, ref.name) &&
      (rule.range === undefined ||
        semver.satisfies(ref.version, rule.range, { includePrerelease: true })),
  );
  return rules
    .map((rule) => `The policy denies it: ${rule.reason}`)
    .sort()
    .map((message) => reason("denied-by-policy", "block", message, { sealed: true }));
}

function hardFindings({ result }: ExaminedSignal, policy: Policy): readonly WeighedReason[] {
  if (result.outcome !== "found") return [];
  return firstOfEachClaim(result.findings).flatMap(({ id, message }) => {
    const hard = hardReasonOf(id, policy);
    if (hard === undefined) return [];
    return [reason(hard.code, hard.decision, message, { sealed: hard.sealed })];
  });
}

function ruledFindings(
  { signal, result }: ExaminedSignal,
  policy: Policy,
): readonly WeighedReason[] {
  const atLeast = ruleFor(signal, policy).atLeast ?? "allow";
  if (result.outcome !== "found") return [];
  const [worst] = [...result.findings].sort(compareFindings);
  return worst === undefined ? [] : [reason("signal-rule", atLeast, worst.message)];
}

function unanswered({ signal, result }: ExaminedSignal, policy: Policy): readonly WeighedReason[] {
  if (result.outcome !== "unknown" && result.outcome !== "found") return [];
  const why = openIn(result);
  if (why === undefined) return [];
  const manner = result.outcome === "found" ? "was not answered whole" : "could not be answered";
  const message = printable(`${signal} ${manner}: ${why}`);
  const cost = ruleFor(signal, policy).unknown;
  return [
    reason("signal-unknown", cost, message),
    ...(result.cutShort === true
      ? [reason("examination-cut-short", policy.limits.onExceeded, message)]
      : []),
    ...(signal === "is-too-young"
      ? [reason("unknown-date", policy.cooling.unknownDate, message)]
      : []),
  ];
}

/**
 * The published bands are ALLOW, HOLD, WARN, BLOCK from the top, but WARN installs and HOLD does
 * not. Read literally, a package that is bad enough would install again, and an attacker could buy
 * that by adding findings. So each band that a score falls through counts, and the worst one holds:
 * under `hold` the score is called suspicious, and the package still waits.
 */
function scoreBands(score: Score, { thresholds }: Policy): readonly WeighedReason[] {
  const points = score.coverage === 0 ? score.atBest : score.score;
  const band = BANDS.find(({ threshold }) => points < thresholds[threshold]);
  const nothingKnown = reason("nothing-known", "hold", NOTHING_KNOWN, { hard: false });
  const unknown = score.coverage === 0 ? [nothingKnown] : [];
  if (band === undefined) return unknown;
  const under = String(thresholds[band.threshold]);
  const message = `Its score of ${String(points)} is under ${under}${band.remark}`;
  return [reason("score", band.decision, message, { hard: false }), ...unknown];
}

const NOTHING_KNOWN = "Nothing that could speak for it could be asked about";

/** Worst first. */
const BANDS = [
  { threshold: "warn", decision: "block", remark: "" },
  { threshold: "hold", decision: "hold", remark: ", which is suspicious" },
  { threshold: "allow", decision: "hold", remark: "" },
] as const;

export function reason(
  code: string,
  decision: Decision,
  message: string,
  { hard = true, sealed = false }: { readonly hard?: boolean; readonly sealed?: boolean } = {},
): WeighedReason {
  return { code, decision, hard, message, sealed };
}

function firstOfEachClaim(findings: readonly Finding[]): readonly Finding[] {
  const claims = Map.groupBy([...findings].sort(compareFindings), ({ id }) => id);
  return [...claims.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
}
