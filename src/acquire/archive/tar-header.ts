import { refuse } from "./rules.ts";

export const BLOCK_BYTES = 512;

/** Field places, POSIX.1-2017 pax, "ustar Interchange Format": offset and length. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const SIZE = [124, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE_OFFSET = 156;
const LINK_NAME = [157, 100] as const;
const MAGIC_OFFSET = 257;
const MAGIC_BYTES = 8;
const PREFIX = [345, 155] as const;
/** uid, gid, mtime, devmajor, devminor, and where node-tar looks for atime and ctime. */
const IGNORED_NUMBERS = [
  [108, 8],
  [116, 8],
  [136, 12],
  [329, 8],
  [337, 8],
  [476, 12],
  [488, 12],
] as const;
/** With a prefix that long, node-tar takes the last bytes for atime and ctime instead. */
const SHORT_PREFIX_BYTES = 131;

type Field = readonly [offset: number, length: number];

/** "ustar" NUL "00", GNU's "ustar  " NUL, and the zeros of the time before either. */
const FORMATS: ReadonlyMap<string, "ustar" | "gnu" | "v7"> = new Map([
  ["ustar\u000000", "ustar"],
  ["ustar  \0", "gnu"],
  ["\0".repeat(MAGIC_BYTES), "v7"],
]);

export type EntryType = "file" | "folder" | "pax" | "pax-global" | "gnu-long-name";

export interface TarHeader {
  readonly type: EntryType;
  /** Name, with the prefix before it; not yet known to be UTF-8. */
  readonly name: Buffer;
  readonly sizeBytes: number;
  readonly mode: number;
}

export function isZeroBlock(archive: Buffer, offset: number): boolean {
  for (let index = offset; index < offset + BLOCK_BYTES; index += 1) {
    if (archive[index] !== 0) return false;
  }
  return true;
}

/**
 * Reads one header block. node-tar skips a header it finds invalid and takes the block after it
 * for the next header, where others stop or go on behind the content; so whatever any reader finds
 * invalid is refused here.
 */
export function readHeader(archive: Buffer, offset: number): TarHeader {
  const block = archive.subarray(offset, offset + BLOCK_BYTES);
  checkChecksum(block);
  const format = FORMATS.get(block.toString("latin1", MAGIC_OFFSET, MAGIC_OFFSET + MAGIC_BYTES));
  if (format === undefined) refuse("unknown-format");
  const name = nameOf(block, format === "ustar");
  const type = typeOf(block, name);
  if (textField(block, LINK_NAME, LINK_NAME[0] + LINK_NAME[1]).length > 0) {
    refuse("unexpected-link-name", { path: String(name) });
  }
  for (const field of IGNORED_NUMBERS) checkIgnoredNumber(block, field);
  return {
    type,
    name,
    sizeBytes: octal(block, SIZE) ?? refuse("bad-number", { path: String(name) }),
    mode: octal(block, MODE) ?? 0,
  };
}

function checkChecksum(block: Buffer): void {
  const [start, length] = CHECKSUM;
  // Blanks stand for the field itself while the sum is taken.
  let sum = length * 0x20;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    if (index < start || index >= start + length) sum += block[index] ?? 0;
  }
  // node-tar reads on past a field that nothing ends.
  const last = block[start + length - 1];
  const isEnded = last === 0 || last === 0x20;
  if (!isEnded || octal(block, CHECKSUM) !== sum) refuse("bad-checksum");
}

function nameOf(block: Buffer, withPrefix: boolean): Buffer {
  const name = textField(block, NAME, NAME[0] + NAME[1]);
  if (name.length === 0) refuse("bad-name-field");
  const isShort = block[PREFIX[0] + SHORT_PREFIX_BYTES - 1] === 0;
  const prefix = textField(
    block,
    PREFIX,
    PREFIX[0] + (withPrefix && isShort ? SHORT_PREFIX_BYTES : PREFIX[1]),
  );
  if (prefix.length === 0) return name;
  return withPrefix ? Buffer.concat([prefix, Buffer.from("/"), name]) : refuse("bad-name-field");
}

/**
 * The bytes before the first NUL. What follows must be zero, because node-tar drops only the rest
 * of the line after it.
 */
function textField(block: Buffer, [start, length]: Field, zerosUntil: number): Buffer {
  const nul = block.indexOf(0, start);
  const end = nul === -1 ? start + length : Math.min(nul, start + length);
  for (let index = end; index < zerosUntil; index += 1) {
    if (block[index] !== 0) refuse("bad-name-field");
  }
  return block.subarray(start, end);
}

function typeOf(block: Buffer, name: Buffer): EntryType {
  const flag = String.fromCharCode(block[TYPE_OFFSET] ?? 0);
  switch (flag) {
    case "0":
    case "\0":
      // The mark of a folder from the time before there was a type for it.
      return name.at(-1) === 0x2f ? "folder" : "file";
    case "5":
      return "folder";
    case "x":
      return "pax";
    case "g":
      return "pax-global";
    case "L":
      return "gnu-long-name";
    case "1":
    case "2":
    case "K":
      return refuse("link", { path: String(name) });
    case "3":
    case "4":
      return refuse("device", { path: String(name) });
    case "6":
      return refuse("fifo", { path: String(name) });
    case "S":
      return refuse("sparse", { path: String(name) });
    default:
      return refuse("unknown-type", { path: String(name), found: flag });
  }
}

/**
 * Blanks, octal digits, then blanks or NULs; undefined for a field with no digit. GNU's base-256
 * form of a size is refused, because it is needed from 8 GiB on only.
 */
function octal(block: Buffer, [start, length]: Field): number | undefined {
  const match = /^ *([0-7]*)[ \0]*$/.exec(block.toString("latin1", start, start + length));
  if (match === null) refuse("bad-number");
  return match[1] === "" ? undefined : Number.parseInt(match[1] ?? "", 8);
}

/**
 * Nobody here wants the value, but node-tar skips the whole header if the number is in base 256
 * and of no known sign or not a safe integer.
 */
function checkIgnoredNumber(block: Buffer, [start, length]: Field): void {
  const sign = block[start] ?? 0;
  if (sign < 0x80) return;
  const filler = sign === 0x80 ? 0 : 0xff;
  const isSafe = block.subarray(start + 1, start + length - 6).every((byte) => byte === filler);
  if ((sign !== 0x80 && sign !== 0xff) || !isSafe) refuse("bad-number");
}
