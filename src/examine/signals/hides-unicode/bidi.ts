/** A line whose characters are shown in another order than they are run in. */
export interface BidiLine {
  /** Of the first control that is not mere data. */
  readonly offset: number;
  readonly balanced: boolean;
  /** An override (U+202D, U+202E) turns every letter around, not only right-to-left text. */
  readonly overrides: boolean;
}

const CONTROL = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Lines with bidirectional controls (UAX #9, X1 to X8; the "Trojan Source" attack). Left out are
 * controls that stand alone between quotes, in a character class, or beside right-to-left text:
 * tables, regular expressions and translations hold them for good reasons.
 */
export function bidiLines(text: string): readonly BidiLine[] {
  const lines = new Map<
    number,
    { offset: number; open: number; early: boolean; overrides: boolean }
  >();
  let start = 0;
  let end = text.indexOf("\n");
  for (const { index, 0: control } of text.matchAll(CONTROL)) {
    if (isData(text, index)) continue;
    for (; end !== -1 && end < index; end = text.indexOf("\n", start)) start = end + 1;
    const line = lines.get(start) ?? { offset: index, open: 0, early: false, overrides: false };
    lines.set(start, line);
    if (control === "\u202c" || control === "\u2069") line.open -= 1;
    else line.open += 1;
    line.early ||= line.open < 0;
    line.overrides ||= control === "\u202d" || control === "\u202e";
    if (lines.size >= LINES_MAX) break;
  }
  return [...lines.values()].map(({ offset, open, early, overrides }) => ({
    offset,
    balanced: open === 0 && !early,
    overrides,
  }));
}

const LINES_MAX = 200;

function isData(text: string, index: number): boolean {
  return DATA_NEIGHBOUR.test(text.charAt(index - 1)) && DATA_NEIGHBOUR.test(text.charAt(index + 1));
}

const DATA_NEIGHBOUR = /^(?:["'`/[\]|^\\,(:-]|[^\0-\x7f])?$/;
