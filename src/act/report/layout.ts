import { styleText } from "node:util";
import type { Decision } from "../../model/policy.ts";

/** How a text for people is laid out. */
export interface Layout {
  readonly color: boolean;
  /** Width of the terminal in characters; narrower ones than 40 are treated as 40. */
  readonly columns: number;
}

const COLUMNS_MIN = 40;
/** Wider lines than this are hard to read. */
const COLUMNS_MAX = 100;

type Style = Parameters<typeof styleText>[0];

const DECISION_STYLES: Readonly<Record<Decision, Style>> = {
  allow: "green",
  warn: "yellow",
  hold: "magenta",
  block: ["bold", "red"],
};

export function styled(style: Style, text: string, { color }: Layout): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}

export function styledDecision(decision: Decision, text: string, layout: Layout): string {
  return styled(DECISION_STYLES[decision], text, layout);
}

/** Breaks between words, and inside a word only where it is longer than a line. */
export function wrapped(text: string, indent: string, { columns }: Layout): readonly string[] {
  const width = Math.min(Math.max(columns, COLUMNS_MIN), COLUMNS_MAX) - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((word) => piecesOf(word, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((text) => `${indent}${text}`.trimEnd());
}

function piecesOf(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; start < word.length; start += width) {
    pieces.push(word.slice(start, start + width));
  }
  return pieces;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

export function printElapsed(elapsedMs: number): string {
  return elapsedMs < 1000
    ? `${String(Math.round(elapsedMs))} ms`
    : `${(elapsedMs / 1000).toFixed(1)} s`;
}

const KILOBYTE = 1000;

export function printSize(bytes: number): string {
  if (bytes < KILOBYTE) return counted(bytes, "byte");
  const kilobytes = bytes / KILOBYTE;
  return kilobytes < KILOBYTE
    ? `${kilobytes.toFixed(1)} kB`
    : `${(kilobytes / KILOBYTE).toFixed(1)} MB`;
}
