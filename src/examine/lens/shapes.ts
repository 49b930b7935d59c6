import type { FileEntry, FileTree } from "../../model/file-tree.ts";

/** What the text of a file looks like, whether or not it could be read as code. */
export interface Shape {
  readonly path: string;
  readonly sizeBytes: number;
  /** Names as string-array obfuscators give them: `_0x3fa1`. */
  readonly hexNames: number;
  /** Where code stands to the right of so many blanks that no window shows it. */
  readonly offScreen: ShapePlace | undefined;
  /** Where thousands of numbers stand in one row. */
  readonly numbers: ShapePlace | undefined;
  /** Share of the characters `[]()!+` among all, 0 to 1. */
  readonly bracketShare: number;
  /** Letters that are spelled by brackets or by names of `$` and `_` alone. */
  readonly spelledLetters: number;
}

export interface ShapePlace {
  readonly line: number;
  readonly excerpt: string;
  readonly count: number;
}

const IS_CODE = /\.(?:[cm]?[jt]sx?|es6?)$/i;
const IS_DECLARATION = /\.d\.[cm]?ts$/i;
const SHAPED_BYTES_MAX = 32 * 1024 * 1024;
const SHAPED_BYTES_TOTAL_MAX = 128 * 1024 * 1024;

export function shapesIn(files: FileTree): readonly Shape[] {
  let left = SHAPED_BYTES_TOTAL_MAX;
  return files.entries.flatMap((entry) => {
    const isCode = IS_CODE.test(entry.path) && !IS_DECLARATION.test(entry.path);
    if (!isCode || entry.size > SHAPED_BYTES_MAX || entry.size > left) return [];
    left -= entry.size;
    return [shapeOf(entry, files)];
  });
}

function shapeOf(entry: FileEntry, files: FileTree): Shape {
  const bytes = files.bytes(entry);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return {
    path: entry.path,
    sizeBytes: entry.size,
    hexNames: countHexNames(text),
    offScreen: offScreenIn(text),
    numbers: numbersIn(bytes, text),
    spelledLetters: countSpelledLetters(text),
    bracketShare: entry.size < BRACKETS_BYTES_MIN ? 0 : bracketShare(bytes),
  };
}

function countHexNames(text: string): number {
  let count = 0;
  for (let at = text.indexOf("_0x"); at !== -1; at = text.indexOf("_0x", at + 3)) {
    if (/^[\da-f]{2,8}\b/.test(text.slice(at + 3, at + 12))) count += 1;
  }
  return count;
}

/** `(![]+[])` is "false" and `(!![]+[])` "true": the letters of JSFuck, and with `""` of JJEncode. */
function countSpelledLetters(text: string): number {
  let count = 0;
  for (const word of ["![]+[])[", '![]+"")[']) {
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) {
      count += 1;
    }
  }
  return count;
}

const BLANKS = " ".repeat(150);

function offScreenIn(text: string): ShapePlace | undefined {
  for (let at = text.indexOf(BLANKS); at !== -1; at = text.indexOf(BLANKS, at)) {
    const start = at;
    while (text.charCodeAt(at) === 32) at += 1;
    const before = text.slice(text.lastIndexOf("\n", start) + 1, start);
    const after = text.slice(at, at + 120).split("\n", 1)[0] ?? "";
    // Comments, and texts laid out by hand, have blanks at the beginning of a line.
    if (/[;})\]]\s*$/.test(before) && /^[\w$([!;][^\n]{20}/.test(after)) {
      return { line: lineAt(text, start), excerpt: after, count: at - start };
    }
  }
  return undefined;
}

const NUMBERS_MIN = 2_000;
/** Most numbers in a row are data; only small ones can be characters or bytes. */
const DIGITS_MAX = 4;

/** Less than the room that so many numbers need, so that no list lies between two looks. */
const STRIDE = NUMBERS_MIN * 2;

function numbersIn(bytes: Uint8Array, text: string): ShapePlace | undefined {
  for (let look = 0; look < bytes.length; look += STRIDE) {
    if (!isInList(bytes[look])) continue;
    let start = look;
    while (start > 0 && isInList(bytes[start - 1])) start -= 1;
    const { count, end } = smallNumbers(bytes, start);
    if (count >= NUMBERS_MIN) {
      return { line: lineAt(text, start), excerpt: text.slice(start, start + 60), count };
    }
    look = Math.max(look, end - (end % STRIDE));
  }
  return undefined;
}

/** Digits, commas, signs and blanks. */
function isInList(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2c || byte === 0x2d || byte <= 0x20;
}

function smallNumbers(
  bytes: Uint8Array,
  start: number,
): { readonly count: number; readonly end: number } {
  let [count, digits, at] = [0, 0, start];
  for (; isInList(bytes[at]); at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x30) digits += 1;
    else if (byte === 0x2c) {
      if (digits > 0 && digits <= DIGITS_MAX) count += 1;
      digits = 0;
    }
  }
  return { count, end: at };
}

const BRACKETS_BYTES_MIN = 400;
/** One for each byte that is a bracket or its like. */
const BRACKETS = new Uint8Array(256);
for (const byte of Buffer.from("[]()!+")) BRACKETS[byte] = 1;

/** A few bytes say of most files that they are written in more than brackets. */
function bracketShare(bytes: Uint8Array): number {
  const sample = shareIn(bytes.subarray(0, 1024));
  return sample < 0.5 ? sample : shareIn(bytes.subarray(0, 64 * 1024));
}

function shareIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) count += BRACKETS[bytes[at] ?? 0] ?? 0;
  return count / bytes.length;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
  }
  return line;
}
