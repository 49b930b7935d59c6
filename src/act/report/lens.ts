import type { JsonObject } from "../../model/canonical.ts";
import type { Confidence, Finding, Severity } from "../../model/finding.ts";
import { findingReport } from "./json.ts";
import { counted, type Layout, printElapsed, styled, wrapped } from "./layout.ts";
import { findingsLines } from "./terminal.ts";

/** What Lens says of one package. */
export interface LensAnswer {
  readonly fileCount: number;
  readonly findings: readonly Finding[];
  /** What could not be read or followed. */
  readonly unknown: readonly { readonly signal: string; readonly why: string }[];
  readonly elapsedMs: number;
}

/** What a rule says of itself. */
export interface RuleTexts {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly example: string;
  readonly advice: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
}

/** For people; ends in a line feed. */
export function lensPage(
  subject: string,
  { fileCount, findings, unknown, elapsedMs }: LensAnswer,
  layout: Layout,
): string {
  const facts = `${counted(fileCount, "file")}, read in ${printElapsed(elapsedMs)}`;
  const isClean = findings.length === 0 && unknown.length === 0;
  const lines = [
    `${styled("bold", subject, layout)}  ${facts}`,
    ...(isClean ? ["Nothing that Lens looks for was found."] : []),
    ...findingsLines(findings, layout),
    ...(unknown.length === 0
      ? []
      : [styled("underline", "Not known, which is not the same as clear", layout)]),
    ...unknown.flatMap(({ why }) => wrapped(why, "  ", layout)),
  ];
  return `${lines.join("\n")}\n`;
}

export function lensReport({ fileCount, findings, unknown, elapsedMs }: LensAnswer): JsonObject {
  return {
    files: fileCount,
    findings: findings.map(findingReport),
    unknown: unknown.map(({ signal, why }) => ({ signal, why })),
    elapsedMs,
  };
}

/** The documentation of a rule, made from the rule. */
export function rulePage(rule: RuleTexts, layout: Layout): string {
  const { id, title, why, example, advice, severity, confidence } = rule;
  const lines = [
    styled("bold", `${title} (${id})`, layout),
    `severity up to ${severity}, ${confidence} confidence`,
    "",
    ...wrapped(why, "", layout),
    "",
    styled("underline", "For example", layout),
    ...example.split("\n").map((line) => `  ${line}`),
    "",
    styled("underline", "What to do", layout),
    ...wrapped(advice, "", layout),
  ];
  return `${lines.join("\n")}\n`;
}

export function rulesPage(rules: readonly RuleTexts[], layout: Layout): string {
  const width = Math.max(...rules.map(({ id }) => id.length));
  const lines = rules.map(
    ({ id, title }) => `  ${styled("bold", id.padEnd(width), layout)}  ${title}`,
  );
  return `${lines.join("\n")}\n`;
}
