import { printInstant } from "../../model/instant.ts";
import { label } from "../../model/package-ref.ts";
import { type Decision, DECISIONS } from "../../model/policy.ts";
import type { Verdict } from "../../model/verdict.ts";
import { shieldOf, SHIELD } from "./provenance.ts";
import { counted, type Layout, printElapsed, styled, styledDecision, wrapped } from "./layout.ts";

/** What came of one version while something was installed. */
export interface InstallOutcome {
  readonly verdict: Verdict;
  readonly source: "examined" | "remembered";
}

const PARTICIPLES: Readonly<Record<Decision, string>> = {
  allow: "allowed",
  warn: "warned about",
  hold: "held",
  block: "blocked",
};

const STOPPED_SHOWN_MAX = 30;

/**
 * The end of an install, for people: how many versions, what became of them, in what time, and a
 * paragraph for each one that was not simply allowed, worst first. A version that was asked for
 * twice counts once, by its worst outcome. Ends in a line feed.
 */
export function installSummary(
  given: readonly InstallOutcome[],
  { elapsedMs }: { readonly elapsedMs: number },
  layout: Layout,
): string {
  const outcomes = oncePerVersion(given);
  const notable = outcomes.filter(({ verdict }) => verdict.decision !== "allow");
  const shown = notable.slice(0, STOPPED_SHOWN_MAX);
  const left = notable.length - shown.length;
  const lines = [
    ...wrapped(totals(outcomes, elapsedMs), "", layout),
    ...shieldLines(outcomes, layout),
    ...shown.flatMap(({ verdict }) => paragraph(verdict, layout)),
    ...(left === 0 ? [] : [`  and ${String(left)} more`]),
  ];
  return `${lines.join("\n")}\n`;
}

function oncePerVersion(outcomes: readonly InstallOutcome[]): readonly InstallOutcome[] {
  const worstFirst = [...outcomes].sort(
    (a, b) =>
      DECISIONS.indexOf(b.verdict.decision) - DECISIONS.indexOf(a.verdict.decision) ||
      compareText(label(a.verdict.ref), label(b.verdict.ref)),
  );
  const byVersion = Map.groupBy(worstFirst, ({ verdict }) => label(verdict.ref));
  return [...byVersion.values()].flatMap(([worst]) => (worst === undefined ? [] : [worst]));
}

function totals(outcomes: readonly InstallOutcome[], elapsedMs: number): string {
  const remembered = outcomes.filter(({ source }) => source === "remembered").length;
  const examined = outcomes.length - remembered;
  const known = remembered === 0 ? "" : `, knew ${String(remembered)} from before`;
  const counts = DECISIONS.flatMap((decision) => {
    const count = outcomes.filter(({ verdict }) => verdict.decision === decision).length;
    return count === 0 ? [] : [`${String(count)} ${PARTICIPLES[decision]}`];
  });
  const verdicts = counts.length === 0 ? "" : `: ${counts.join(", ")}`;
  return `Veln examined ${counted(examined, "package")}${known} in ${printElapsed(elapsedMs)}${verdicts}.`;
}

/** Silent where no version is proven, as behind a mirror that leaves attestations out. */
function shieldLines(outcomes: readonly InstallOutcome[], layout: Layout): readonly string[] {
  const proven = outcomes.filter(
    ({ verdict }) => verdict.provenance !== undefined && shieldOf(verdict.provenance) !== undefined,
  );
  if (proven.length === 0) return [];
  const noun = proven.length === 1 ? "is" : "are";
  const text = `${SHIELD} ${String(proven.length)} of them ${noun} proven to come from a public source and build.`;
  return wrapped(text, "  ", layout).map((line) => styled("green", line, layout));
}

function paragraph(verdict: Verdict, layout: Layout): readonly string[] {
  const { decision, ref, reasons, retryAtMs } = verdict;
  const until = retryAtMs === undefined ? "" : ` until ${printInstant(retryAtMs)}`;
  const grave = reasons.filter((reason) => reason.decision === decision);
  return [
    `  ${styledDecision(decision, PARTICIPLES[decision], layout)} ${styled("bold", label(ref), layout)}${until}`,
    ...grave.flatMap(({ message }) => wrapped(message, "    ", layout)),
    ...wrapped(`veln package ${label(ref)} shows the evidence.`, "    ", layout),
  ];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
