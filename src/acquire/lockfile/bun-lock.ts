import { isJsonObject, type Json } from "../../model/canonical.ts";
import type { LockedPackage } from "../../model/lockfile.ts";
import { parseLockJson } from "./lock-json.ts";
import { LockedPackages, refuseLockfile } from "./lockfile.ts";
import { readRequested, splitRequest } from "./requested.ts";

/** bun.lock, the text form, versions 0 to 2. */
export function readBunLock(path: string, text: string): readonly LockedPackage[] {
  const lock = parseLockJson(path, withoutComments(text));
  const { lockfileVersion, packages = {} } = lock;
  if (typeof lockfileVersion !== "number" || ![0, 1, 2].includes(lockfileVersion)) {
    refuseLockfile(path, "its lockfileVersion is none of 0, 1 and 2");
  }
  if (!isJsonObject(packages)) return refuseLockfile(path, 'its "packages" are no table');
  const found = new LockedPackages(path);
  for (const [key, entry] of Object.entries(packages)) addEntry(path, key, entry, found);
  return found.list();
}

/** `["name@1.0.0", "address of its registry, if not the usual", {…}, "sha512-…"]` */
function addEntry(path: string, key: string, entry: Json, found: LockedPackages): void {
  const [id, second] = Array.isArray(entry) ? entry : [];
  const request = typeof id === "string" ? splitRequest(id) : undefined;
  if (request === undefined || !Array.isArray(entry)) {
    return refuseLockfile(path, `its entry for "${key}" does not begin with a name and version`);
  }
  const { name, rest } = request;
  const { source } = readRequested(rest);
  const isRegistry = source === "registry";
  const last = entry.at(-1);
  const address = typeof second === "string" && second !== "" ? second : undefined;
  found.add({
    name,
    version: isRegistry ? rest : "",
    source,
    integrity: typeof last === "string" && /^sha\d+-/.test(last) ? last : undefined,
    resolved: isRegistry ? address : rest,
    location: key,
    dev: undefined,
    optional: undefined,
  });
}

const [SPACE, QUOTE, COMMA, SLASH, STAR, BACKSLASH] = Buffer.from(' ",/*\\');
const CLOSING = new Set(Buffer.from("]}"));
const BLANK = new Set(Buffer.from(" \t\r\n"));

/** JSONC: comments and the comma after a last element become blanks; lines keep their numbers. */
function withoutComments(text: string): string {
  const bytes = Buffer.from(text);
  let comma: number | undefined;
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at] ?? 0;
    const end = endOfToken(bytes, at);
    const isComment = code === SLASH && end > at + 1;
    if (isComment) blankOut(bytes, at, end);
    if (CLOSING.has(code) && comma !== undefined) blankOut(bytes, comma, comma + 1);
    if (code === COMMA) comma = at;
    else if (!isComment && !BLANK.has(code)) comma = undefined;
    at = end;
  }
  return bytes.toString();
}

function blankOut(bytes: Buffer, from: number, until: number): void {
  for (let at = from; at < until; at += 1) {
    if (!BLANK.has(bytes[at] ?? 0)) bytes[at] = SPACE ?? 0;
  }
}

function endOfToken(bytes: Buffer, at: number): number {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === QUOTE) return endOfString(bytes, at);
  if (first === SLASH && second === SLASH) return endAfter(bytes, "\n", at);
  if (first === SLASH && second === STAR) return endAfter(bytes, "*/", at + 2);
  return at + 1;
}

/** What has no end reaches to the end of the text; the JSON parser refuses what it then sees. */
function endAfter(bytes: Buffer, end: string, from: number): number {
  const at = bytes.indexOf(end, from);
  return at === -1 ? bytes.length : at + end.length;
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}
