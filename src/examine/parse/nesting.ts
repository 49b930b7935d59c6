/**
 * Keeps source that nests too deep away from the native parser, which recurses without a guard and
 * would take the whole process down. Figures: oxc-parser 0.159.0, measured; stack of
 * `platform/workers.ts`.
 */

/** No shape that was tried needs more stack than this for one byte of source. */
const STACK_PER_BYTE = 1_440;
/** Of the 512 MB that a worker thread has; the rest is for what calls the parser. */
const STACK_SAFE = 400 * 1024 * 1024;
/** The deepest of 32,378 files of popular packages had 250 open brackets. */
const DEPTH_MAX = 2_000;

/** The most stack that one of these characters was seen to cost, whatever stands around it. */
const STACK_PER_CHARACTER = new Uint16Array(128);
const costs: readonly (readonly [characters: string, bytes: number])[] = [
  ["([{<`", 2_700],
  ["=?:", 1_300],
  ["!~-+*", 400],
  // In each of the words that recurse without a bracket: do, yield, void, delete, new, await,
  // typeof, extends.
  ["dyvwx", 1_300],
];
for (const [characters, bytes] of costs) {
  for (const character of characters) STACK_PER_CHARACTER[character.charCodeAt(0)] = bytes;
}

/**
 * True for all that the stack is sure to hold, counted without any reading of the syntax, and for
 * larger texts whose brackets stay shallow as far as a simple lexer can tell.
 */
export function isShallow(text: string): boolean {
  return (
    text.length * STACK_PER_BYTE <= STACK_SAFE ||
    stackAtMost(text) <= STACK_SAFE ||
    depthOf(text) <= DEPTH_MAX
  );
}

function stackAtMost(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    bytes += STACK_PER_CHARACTER[text.charCodeAt(at)] ?? 0;
  }
  return bytes;
}

/** The most brackets open at once outside strings and comments. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= DEPTH_MAX; at += 1) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") at = endOfString(text, at);
    else if (character === "/") at = endOfComment(text, at);
    else if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) depth = Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** A quote that its line does not close stands in a regular expression or in text, not for a string. */
function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length && at - start < STRING_LENGTH_MAX; at += 1) {
    const character = text.charAt(at);
    if (character === quote) return at;
    if (character === "\n") return start;
    if (character === "\\") at += 1;
  }
  return start;
}

/** Bounds what a quote without a partner costs in a file of one line. */
const STRING_LENGTH_MAX = 1_024;

function endOfComment(text: string, start: number): number {
  const next = text.charAt(start + 1);
  if (next !== "/" && next !== "*") return start;
  const end = text.indexOf(next === "/" ? "\n" : "*/", start + 2);
  return end === -1 ? text.length : end;
}
