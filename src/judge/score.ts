import {
  type ExaminedSignal,
  type Examination,
  openIn,
  type SignalResult,
} from "../model/examination.ts";
import { type Confidence, compareFindings, type Finding, type Severity } from "../model/finding.ts";
import type { Policy } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import type { LedgerLine } from "../model/verdict.ts";
import { ruleFor } from "./defaults.ts";
import { POINTS_POSSIBLE, SCORE_MAX, SCORE_PARTS, type ScorePart } from "./parts.ts";

export interface Score {
  /** 0 to 100; 0 when nothing could be asked about. */
  readonly score: number;
  /** 0 to 1 */
  readonly coverage: number;
  /** The parts in their fixed order, then the deductions, worst first. */
  readonly ledger: readonly LedgerLine[];
  /** 100 less all deductions: what the findings alone would leave of a perfect package. */
  readonly atBest: number;
}

/** In hundredths, so that points stay whole numbers and add up. */
const CONFIDENCE_PERCENT: Readonly<Record<Confidence, number>> = { high: 100, medium: 70, low: 40 };

/**
 * Points earned out of the points that could be asked about, scaled to 100, less what the findings
 * take away. There are 105 points for a scale of 100: with all parts known, five may be missing.
 */
export function scoreOf(examination: Examination, policy: Policy): Score {
  const results = new Map(examination.results.map((item) => [item.signal, item.result]));
  const parts = SCORE_PARTS.map((part) => linePart(part, results.get(part.signal), policy));
  const deductions = deductionsOf(examination.results, policy);

  const available = sumOf(parts.filter((line) => line.kind !== "unknown").map((line) => line.of));
  const earned = sumOf(parts.map((line) => line.points));
  const deducted = sumOf(deductions.map((line) => line.points));
  const scale = Math.min(available, SCORE_MAX);
  const positive = scale === 0 ? 0 : Math.min(SCORE_MAX, Math.round((SCORE_MAX * earned) / scale));
  return {
    score: Math.max(0, positive - deducted),
    coverage: available / POINTS_POSSIBLE,
    ledger: [...parts, ...deductions],
    atBest: Math.max(0, SCORE_MAX - deducted),
  };
}

function linePart(part: ScorePart, result: SignalResult | undefined, policy: Policy): LedgerLine {
  const line = (kind: LedgerLine["kind"], points: number, why: string): LedgerLine => ({
    part: part.part,
    kind,
    points,
    of: part.points,
    why,
  });
  if (result === undefined) return line("unknown", 0, "no source for this yet on this machine");
  if (ruleFor(part.signal, policy).ignore) return line("unknown", 0, "ignored by policy");
  if (result.outcome === "clear") return line("earned", part.points, `${part.signal}: no`);
  if (result.outcome === "found") {
    const [worst] = [...result.findings].sort(compareFindings);
    const points = pointsDespite(part, worst?.severity ?? "critical");
    const open = openIn(result);
    // Mild findings in the half that was read do not speak for the other half.
    if (points > 0 && open !== undefined)
      return line("unknown", 0, `not known: ${printable(open)}`);
    return line(points > 0 ? "earned" : "missed", points, worst?.message ?? part.signal);
  }
  const manner = result.outcome === "unknown" ? "not known" : "does not apply";
  return line("unknown", 0, `${manner}: ${printable(result.why)}`);
}

/** Fifths of a part's points that are kept, by the worst finding. */
const KEPT: Readonly<Record<ScorePart["earned"], Partial<Record<Severity, number>>>> = {
  whole: {},
  "by-severity": { info: 5, low: 2.5 },
  "unless-grave": { info: 5, low: 5, medium: 4 },
};

function pointsDespite(part: ScorePart, worst: Severity): number {
  return Math.floor((part.points * (KEPT[part.earned][worst] ?? 0)) / 5);
}

/** One line a claim: its worst instance counts, so that a claim about many files counts once. */
function deductionsOf(results: readonly ExaminedSignal[], policy: Policy): readonly LedgerLine[] {
  const findings = results.flatMap(({ signal, result }) =>
    result.outcome === "found" && deducts(signal, policy) ? result.findings : [],
  );
  const claims = Map.groupBy(findings.sort(compareFindings), (finding) => finding.id);
  return [...claims].map(([id, instances]) => deductionLine(id, instances, policy));
}

function deducts(signal: string, policy: Policy): boolean {
  if (ruleFor(signal, policy).ignore) return false;
  return SCORE_PARTS.find((part) => part.signal === signal)?.deducts ?? true;
}

function deductionLine(id: string, instances: readonly Finding[], { weights }: Policy): LedgerLine {
  const costs = instances.map(({ severity, confidence }) =>
    Math.round((weights.severity[severity] * CONFIDENCE_PERCENT[confidence]) / 100),
  );
  const points = Math.max(0, ...costs);
  const worst = instances[costs.indexOf(points)];
  const more = instances.length - 1;
  const why = worst?.message ?? id;
  return {
    part: id,
    kind: "deducted",
    points,
    of: worst === undefined ? points : weights.severity[worst.severity],
    why: more > 0 ? `${why} (and ${String(more)} more of this kind)` : why,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
