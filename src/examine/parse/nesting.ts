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
export function isShallow(bytes: Uint8Array): boolean {
  return (
    bytes.length * STACK_PER_BYTE <= STACK_SAFE ||
    stackAtMost(bytes) <= STACK_SAFE ||
    depthOf(bytes) <= DEPTH_MAX
  );
}

function stackAtMost(bytes: Uint8Array): number {
  let stack = 0;
  for (const byte of bytes) stack += STACK_PER_CHARACTER[byte] ?? 0;
  return stack;
}

/** What a byte means to {@link depthOf}; zero for most. */
const ROLES = new Uint8Array(256);
const [OPENS, CLOSES, QUOTES, SLASH] = [1, 2, 3, 4] as const;
for (const character of "([{") ROLES[character.charCodeAt(0)] = OPENS;
for (const character of ")]}") ROLES[character.charCodeAt(0)] = CLOSES;
for (const character of "\"'") ROLES[character.charCodeAt(0)] = QUOTES;
ROLES["/".charCodeAt(0)] = SLASH;

/** The most brackets open at once outside strings and comments. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length && deepest <= DEPTH_MAX; at += 1) {
    const role = ROLES[bytes[at] ?? 0];
    if (role === OPENS) deepest = Math.max(deepest, (depth += 1));
    else if (role === CLOSES) depth = Math.max(0, depth - 1);
    else if (role === QUOTES) at = endOfString(bytes, at);
    else if (role === SLASH) at = endOfComment(bytes, at);
  }
  return deepest;
}

const [NEWLINE, BACKSLASH, STAR, SLASH_BYTE] = [0x0a, 0x5c, 0x2a, 0x2f] as const;
/** Bounds what a quote without a partner costs in a file of one line. */
const STRING_LENGTH_MAX = 1_024;

/** A quote that its line does not close stands in a regular expression or in text, not for a string. */
function endOfString(bytes: Uint8Array, start: number): number {
  const quote = bytes[start];
  for (let at = start + 1; at < bytes.length && at - start < STRING_LENGTH_MAX; at += 1) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === NEWLINE) return start;
    if (byte === BACKSLASH) at += 1;
  }
  return start;
}

function endOfComment(bytes: Uint8Array, start: number): number {
  const next = bytes[start + 1];
  if (next === SLASH_BYTE) {
    const end = bytes.indexOf(NEWLINE, start);
    return end === -1 ? bytes.length : end;
  }
  if (next !== STAR) return start;
  let at = bytes.indexOf(STAR, start + 2);
  while (at !== -1 && bytes[at + 1] !== SLASH_BYTE) at = bytes.indexOf(STAR, at + 1);
  return at === -1 ? bytes.length : at + 1;
}
