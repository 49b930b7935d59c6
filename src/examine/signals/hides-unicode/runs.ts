import { INVISIBLE } from "./characters.ts";

/** Many characters in a row that show nothing, or nothing anybody agreed on: room for data. */
export interface HiddenRun {
  readonly offset: number;
  readonly length: number;
  readonly kind: "invisible" | "private-use";
  /** Code close by turns characters into numbers or numbers into code. */
  readonly decoded: boolean;
}

/** Emoji need four, flags of regions seven. */
export const INVISIBLE_RUN_MIN = 8;
/** Icon fonts and encoding tables put a few side by side. */
export const PRIVATE_RUN_MIN = 64;
const RUNS_MAX = 100;

const RUNS = new RegExp(
  `[${INVISIBLE}]{${String(INVISIBLE_RUN_MIN)},}|[\\ue000-\\uf8ff\\u{f0000}-\\u{10fffd}]{${String(PRIVATE_RUN_MIN)},}`,
  "gu",
);

export function hiddenRuns(text: string): readonly HiddenRun[] {
  const runs: HiddenRun[] = [];
  for (const { index, 0: run } of text.matchAll(RUNS)) {
    const characters = Array.from(run);
    if (holdsNothing(characters)) continue;
    const kind = /[\ue000-\uf8ff\u{f0000}-\u{10fffd}]/u.test(run) ? "private-use" : "invisible";
    const decoded = isDecoded(text, index, run);
    runs.push({ offset: index, length: characters.length, kind, decoded });
    if (runs.length >= RUNS_MAX) break;
  }
  return runs;
}

const CLASS_LENGTH_MAX = 16;

/**
 * A table rises from character to character; a character class lists each of a few once; padding
 * repeats a single one.
 */
function holdsNothing(characters: readonly string[]): boolean {
  const rises = characters.every(
    (character, at) => at === 0 || character > (characters[at - 1] ?? ""),
  );
  const kinds = new Set(characters).size;
  const isClass = kinds === characters.length && kinds < CLASS_LENGTH_MAX;
  return rises || isClass || kinds === 1;
}

const NEAR = 4_000;
const DECODER =
  /codePointAt|charCodeAt|fromCharCode|fromCodePoint|TextDecoder|Buffer\.from|\beval\b|\bFunction\b|\.normalize\(/;

function isDecoded(text: string, offset: number, run: string): boolean {
  const end = offset + run.length;
  return (
    DECODER.test(text.slice(Math.max(0, offset - NEAR), offset)) ||
    DECODER.test(text.slice(end, end + NEAR))
  );
}
