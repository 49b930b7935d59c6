import { refuse } from "./rules.ts";

/** What an extended header says about the next entry, as far as anybody acts on it. */
export interface Extension {
  readonly path: Buffer | undefined;
  readonly sizeBytes: number | undefined;
}

/**
 * Keys that change neither an entry's name nor its contents nor its type, for any client. "path"
 * and "size" are read; every other key is refused.
 */
const HARMLESS_KEYS = new Set([
  "atime",
  "comment",
  "ctime",
  "dev",
  "gid",
  "gname",
  "ino",
  "mtime",
  "nlink",
  "uid",
  "uname",
]);
const VENDOR_KEY_STARTS = ["SCHILY.", "LIBARCHIVE.", "NODETAR."];
/** Change an entry's type or where its bytes lie. */
const HARMFUL_VENDOR_KEYS = new Set(["SCHILY.filetype", "SCHILY.offset"]);

/** POSIX.1-2017 pax, "pax Extended Header": records of `length key=value LF`. */
export function parsePax(body: Buffer): Extension {
  const records = parseRecords(body);
  const path = records.get("path");
  const size = records.get("size");
  if (path?.length === 0) refuse("pax-malformed");
  return { path, sizeBytes: size === undefined ? undefined : parseSize(size) };
}

/** Written by `git archive` with the commit as a comment. */
export function checkPaxGlobal(body: Buffer): void {
  const records = parseRecords(body);
  if (records.has("path") || records.has("size")) refuse("pax-global-override");
}

/** GNU tar's "L" entry: the name, usually with a NUL after it. */
export function parseGnuLongName(body: Buffer): Extension {
  const nul = body.indexOf(0);
  const path = nul === -1 ? body : body.subarray(0, nul);
  if (path.length === 0 || body.length - path.length > 1) refuse("bad-name-field");
  return { path, sizeBytes: undefined };
}

function parseRecords(body: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  let offset = 0;
  while (offset < body.length) {
    const end = offset + recordBytes(body, offset);
    if (end > body.length || body[end - 1] !== 0x0a) refuse("pax-malformed");
    const blank = body.indexOf(0x20, offset);
    const equals = body.indexOf(0x3d, blank);
    if (equals === -1 || equals >= end) refuse("pax-malformed");
    const key = body.toString("latin1", blank + 1, equals);
    const value = body.subarray(equals + 1, end - 1);
    checkKey(key);
    // node-tar splits at line ends first and cuts values at a NUL.
    if (value.includes(0x0a) || value.includes(0)) refuse("pax-malformed");
    if (records.has(key)) refuse("pax-duplicate-key", { found: key });
    records.set(key, value);
    offset = end;
  }
  if (records.size === 0) refuse("pax-malformed");
  return records;
}

function recordBytes(body: Buffer, offset: number): number {
  const digits = /^([1-9][0-9]{0,6}) /.exec(body.toString("latin1", offset, offset + 8))?.[1];
  return digits === undefined ? refuse("pax-malformed") : Number(digits);
}

function checkKey(key: string): void {
  if (key === "linkpath") refuse("link");
  if (key.startsWith("GNU.sparse.") || key === "SCHILY.realsize") refuse("sparse");
  if (key === "path" || key === "size" || HARMLESS_KEYS.has(key)) return;
  const isVendors = VENDOR_KEY_STARTS.some((start) => key.startsWith(start));
  if (!isVendors || HARMFUL_VENDOR_KEYS.has(key) || /[\0\n]/.test(key)) {
    refuse("pax-key", { found: key });
  }
}

function parseSize(value: Buffer): number {
  const text = value.toString("latin1");
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : refuse("bad-number");
}
