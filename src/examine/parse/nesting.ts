/**
 * Keeps source that nests too deep away from the native parser. It recurses without a guard, and in
 * some shapes its memory grows with the square of the depth: 32 KB of `(a=(` ended the whole process
 * (oxc-parser 0.159.0, measured). The scan is a simple lexer, not a proof: it takes no notice of
 * templates and regular expressions, so the examiner must survive the death of its parser as well.
 */

/** The deepest of 32,378 files of popular packages had 250 open brackets. */
const DEPTH_MAX = 500;
/** Prefix operators, assignments, conditionals and arrows since the last `;` or `,` of each level. */
const PENDING_MAX = 20_000;

const [OPENS, CLOSES, QUOTES, SLASH, SEPARATES, OPERATES, ANGLE, UNANGLE] = [
  1, 2, 3, 4, 5, 6, 7, 8,
] as const;

/** What a byte means to the scan; zero for most. */
const ROLES = new Uint8Array(256);
const roles: readonly (readonly [characters: string, role: number])[] = [
  ["([{", OPENS],
  [")]}", CLOSES],
  ["\"'", QUOTES],
  ["/", SLASH],
  [";,", SEPARATES],
  ["=?:!~-", OPERATES],
  // In each of the words that recurse: do, yield, void, delete, new, await, typeof, extends.
  ["dyvwx", OPERATES],
  ["<", ANGLE],
  [">", UNANGLE],
];
for (const [characters, role] of roles) {
  for (const character of characters) ROLES[character.charCodeAt(0)] = role;
}

export function isShallow(bytes: Uint8Array): boolean {
  /** Pending operators of the levels around the present one, and their sum with the present one's. */
  const outer: number[] = [];
  let [pending, total, angles] = [0, 0, 0];
  /** Quotes before here stand in a regular expression or in text: their line does not close them. */
  let unpaired = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const role = ROLES[bytes[at] ?? 0];
    if (role === 0) continue;
    if (role === OPERATES) {
      pending += 1;
      total += 1;
    } else if (role === OPENS) {
      outer.push(pending);
      pending = 0;
    } else if (role === CLOSES) {
      total -= pending;
      pending = outer.pop() ?? 0;
    } else if (role === SEPARATES) {
      total -= pending;
      pending = 0;
      if (bytes[at] === SEMICOLON) angles = 0;
    } else if (role === QUOTES) {
      if (at < unpaired) continue;
      const end = endOfString(bytes, at);
      if (bytes[end] === bytes[at]) at = end;
      else unpaired = end;
    } else if (role === SLASH) at = endOfComment(bytes, at);
    else angles = Math.max(0, angles + (role === ANGLE ? 1 : -1));
    if (outer.length > DEPTH_MAX || total > PENDING_MAX || angles > DEPTH_MAX) return false;
  }
  return true;
}

const [NEWLINE, BACKSLASH, STAR, SLASH_BYTE, SEMICOLON] = [0x0a, 0x5c, 0x2a, 0x2f, 0x3b] as const;
/** Where the quote is closed, or where its line ends. */
function endOfString(bytes: Uint8Array, start: number): number {
  const quote = bytes[start];
  let at = start + 1;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote || byte === NEWLINE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return at;
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
