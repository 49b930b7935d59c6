import type { Finding } from "../../model/finding.ts";
import { printInstant } from "../../model/instant.ts";
import { label } from "../../model/package-ref.ts";
import type { LedgerLine, Reason, Verdict } from "../../model/verdict.ts";
import {
  counted,
  type Layout,
  printElapsed,
  printSize,
  styled,
  styledDecision,
  wrapped,
} from "./layout.ts";
import { provenanceLines } from "./provenance.ts";

const FINDINGS_SHOWN_MAX = 40;

/**
 * The page of evidence about one version, for people; ends in a line feed. Every text that a
 * stranger wrote was made printable when its finding was made.
 */
export function packagePage(
  verdict: Verdict,
  layout: Layout,
  { elapsedMs }: { readonly elapsedMs?: number } = {},
): string {
  const sections = [
    headline(verdict, layout, elapsedMs),
    section(
      "Why",
      verdict.reasons.flatMap((item) => reasonLines(item, layout)),
      layout,
    ),
    section("Where it comes from", provenanceLines(verdict.provenance, layout), layout),
    section(findingsTitle(verdict), findingsLines(verdict.findings, layout), layout),
    section("Not known, which is not the same as clear", unknownLines(verdict, layout), layout),
    section("Score", scoreLines(verdict, layout), layout),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headline(
  verdict: Verdict,
  layout: Layout,
  elapsedMs: number | undefined,
): readonly string[] {
  const { artifact, decision, ref, retryAtMs } = verdict;
  const until = retryAtMs === undefined ? "" : ` until ${printInstant(retryAtMs)}`;
  const elapsed = elapsedMs === undefined ? [] : [`examined in ${printElapsed(elapsedMs)}`];
  const facts = [
    scoreText(verdict),
    counted(artifact.fileCount, "file"),
    printSize(artifact.sizeBytes),
    ...elapsed,
  ];
  return [
    `${styledDecision(decision, decision.toUpperCase(), layout)}  ${styled("bold", label(ref), layout)}${until}`,
    ...wrapped(facts.join(" · "), "", layout),
    ...wrapped(`sha512 ${artifact.digests.sha512}`, "", layout).map((line) =>
      styled("dim", line, layout),
    ),
  ];
}

function scoreText({ score, coverage }: Verdict): string {
  if (coverage === 0) return "no score: nothing could be asked about";
  return `score ${String(score)} of 100, on ${String(Math.round(coverage * 100))} % of the points`;
}

function section(title: string, lines: readonly string[], layout: Layout): readonly string[] {
  return lines.length === 0 ? [] : [styled("underline", title, layout), ...lines];
}

const DECISION_WIDTH = 7;

function reasonLines({ decision, message }: Reason, layout: Layout): readonly string[] {
  const [first = "", ...rest] = wrapped(message, " ".repeat(DECISION_WIDTH + 2), layout);
  const decided = styledDecision(decision, decision.padEnd(DECISION_WIDTH), layout);
  return [`  ${decided}${first.slice(DECISION_WIDTH + 2)}`, ...rest];
}

function findingsTitle({ findings }: Verdict): string {
  return counted(findings.length, "finding");
}

export function findingsLines(findings: readonly Finding[], layout: Layout): readonly string[] {
  const shown = findings.slice(0, FINDINGS_SHOWN_MAX);
  const left = findings.length - shown.length;
  return [
    ...shown.flatMap((finding) => findingLines(finding, layout)),
    ...(left === 0 ? [] : [`  and ${String(left)} more; --json shows all of them`]),
  ];
}

function findingLines(finding: Finding, layout: Layout): readonly string[] {
  const { severity, confidence, id, message, file, excerpt } = finding;
  const place = file === undefined ? [] : wrapped(placeOf(finding, file), "    ", layout);
  const quote = excerpt === undefined ? [] : wrapped(excerpt, "    | ", layout);
  const isGrave = severity === "critical" || severity === "high";
  return [
    `  ${styled(isGrave ? "red" : "yellow", severity, layout)} ${id} (${confidence} confidence)`,
    ...wrapped(message, "    ", layout),
    ...place.map((line) => styled("cyan", line, layout)),
    ...quote.map((line) => styled("dim", line, layout)),
  ];
}

/** `file:line:column`, which editors and terminals open. */
function placeOf({ line, column }: Finding, file: string): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

/** Collapsed: one entry a reason, with all the questions that it left open. */
function unknownLines({ unknown }: Verdict, layout: Layout): readonly string[] {
  const reasons = Map.groupBy(unknown, ({ why }) => why);
  return [...reasons].flatMap(([why, items]) =>
    wrapped(`${items.map(({ signal }) => signal).join(", ")}: ${why}`, "  ", layout),
  );
}

function scoreLines({ ledger }: Verdict, layout: Layout): readonly string[] {
  const known = ledger.filter((line) => line.kind !== "unknown");
  const open = ledger.filter((line) => line.kind === "unknown");
  const reasons = Map.groupBy(open, ({ why }) => why);
  return [
    ...known.flatMap((line) => knownLines(line, layout)),
    ...[...reasons].flatMap(([why, lines]) => openLines(why, lines, layout)),
  ];
}

function knownLines(line: LedgerLine, layout: Layout): readonly string[] {
  const points =
    line.kind === "deducted"
      ? `-${String(line.points)}`
      : `${String(line.points)} of ${String(line.of)}`;
  return hanging(points, `${line.part}: ${line.why}`, layout);
}

function openLines(why: string, lines: readonly LedgerLine[], layout: Layout): readonly string[] {
  const parts = lines.map(({ part, of }) => `${part} (${String(of)})`).join(", ");
  return hanging("?", `${parts}: ${why}`, layout);
}

const POINTS_WIDTH = 10;

function hanging(mark: string, text: string, layout: Layout): readonly string[] {
  const [first = "", ...rest] = wrapped(text, " ".repeat(POINTS_WIDTH + 2), layout);
  return [`${mark.padStart(POINTS_WIDTH)}  ${first.slice(POINTS_WIDTH + 2)}`, ...rest];
}
