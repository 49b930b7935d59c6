import { printable } from "./printable.ts";

/** How bad it is if it is what it looks like. */
export const SEVERITIES = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How sure we are that it is what it looks like. */
export const CONFIDENCES = ["low", "medium", "high"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Where a person can look. Lines and columns count from 1; columns are UTF-16 units. */
export interface Evidence {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly excerpt?: string;
}

/** Something a person can open. Every text in it is bounded and printable. */
export interface Finding extends Evidence {
  /** The signal that found it. */
  readonly signal: string;
  /** What was found, stable across releases: `signal/claim`. */
  readonly id: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  /** For what time alone cures, such as youth: when it stops being true, in ms since 1970. */
  readonly untilMs?: number;
}

const MESSAGE_LENGTH_MAX = 400;
const EXCERPT_LENGTH_MAX = 200;
const PATH_LENGTH_MAX = 300;

/** The one way to make a finding: bounds and escapes whatever the package's author could write. */
export function finding(
  signal: string,
  claim: string,
  severity: Severity,
  confidence: Confidence,
  message: string,
  evidence: Evidence & { readonly untilMs?: number } = {},
): Finding {
  return {
    signal,
    id: `${signal}/${claim}`,
    severity,
    confidence,
    message: printable(message, MESSAGE_LENGTH_MAX),
    ...(evidence.file === undefined ? {} : { file: printable(evidence.file, PATH_LENGTH_MAX) }),
    ...(evidence.line === undefined ? {} : { line: evidence.line }),
    ...(evidence.column === undefined ? {} : { column: evidence.column }),
    ...(evidence.excerpt === undefined
      ? {}
      : { excerpt: printable(evidence.excerpt.trim(), EXCERPT_LENGTH_MAX) }),
    ...(evidence.untilMs === undefined ? {} : { untilMs: evidence.untilMs }),
  };
}

/** Worst first, then by id, file and place: one order for every report, so that output is stable. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    CONFIDENCES.indexOf(b.confidence) - CONFIDENCES.indexOf(a.confidence) ||
    compareText(a.id, b.id) ||
    compareText(a.file ?? "", b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareText(a.message, b.message) ||
    compareText(a.excerpt ?? "", b.excerpt ?? "") ||
    (a.untilMs ?? 0) - (b.untilMs ?? 0)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
