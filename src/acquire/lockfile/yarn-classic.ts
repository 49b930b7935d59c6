import type { LockedPackage } from "../../model/lockfile.ts";
import { LockedPackages, refuseLockfile } from "./lockfile.ts";
import { readRequested, splitRequest } from "./requested.ts";

/** One entry of the lockfile of yarn 1. */
export interface YarnEntry {
  /** What asks for it, as it stands: `is-odd@^3.0.0`. At least one. */
  readonly patterns: readonly [string, ...string[]];
  readonly version: string;
  /** With the digest behind "#" that old versions of yarn write. */
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
}

/** yarn 1 writes this line, and yarn berry another format without it. */
export function isYarnLockV1(text: string): boolean {
  return /^# yarn lockfile v1[ \t\r]*$/m.test(text);
}

export function readYarnClassicLock(path: string, text: string): readonly LockedPackage[] {
  const found = new LockedPackages(path);
  for (const entry of readYarnEntries(path, text)) {
    const { name, source } = named(entry.patterns);
    for (const location of entry.patterns) {
      found.add({
        name,
        version: entry.version,
        source,
        integrity: entry.integrity,
        resolved: entry.resolved,
        location,
        dev: undefined,
        optional: undefined,
      });
    }
  }
  return found.list();
}

/** Every pattern asks for the same package; `alias@npm:name@^1.0.0` calls it by another name. */
function named([pattern]: YarnEntry["patterns"]): Pick<LockedPackage, "name" | "source"> {
  const request = splitRequest(pattern) ?? { name: pattern, rest: "" };
  const { source, aliasOf } = readRequested(request.rest);
  return { name: aliasOf ?? request.name, source };
}

/**
 * To the letter of what yarn 1 writes (`stringify.js`): a line of another form refuses the file,
 * because yarn could make a package of it that would go unnoticed here.
 * @throws Failure "bad-config"
 */
export function readYarnEntries(path: string, text: string): readonly YarnEntry[] {
  const entries: YarnEntry[] = [];
  let open: OpenEntry | undefined;
  let number = 0;
  for (const line of text.split(/\r?\n/)) {
    number += 1;
    if (line.length > LINE_LENGTH_MAX) refuseLockfile(path, "a line is too long", number);
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    if (!line.startsWith(" ")) {
      if (open !== undefined) entries.push(closed(path, open));
      open = { line: number, patterns: patternsIn(path, line, number), fields: new Map() };
      continue;
    }
    if (open === undefined) refuseLockfile(path, "a line stands below nothing", number);
    addLine(path, open, line, number);
  }
  if (open !== undefined) entries.push(closed(path, open));
  return entries;
}

interface OpenEntry {
  readonly line: number;
  readonly patterns: YarnEntry["patterns"];
  readonly fields: Map<string, string>;
}

const LINE_LENGTH_MAX = 256 * 1024;
const TOKEN = String.raw`("(?:[^"\\]|\\.)*"|[^\s",:][^\s",]*)`;
const EACH_TOKEN = new RegExp(TOKEN, "g");
const FIELD = new RegExp(`^ {2}${TOKEN} ${TOKEN}$`);
const SECTION = /^ {2}(?:dependencies|optionalDependencies):$/;
const NESTED = new RegExp(`^ {4}${TOKEN} ${TOKEN}$`);
const PATTERNS = new RegExp(`^${TOKEN}(?:, ${TOKEN})*:$`);

function patternsIn(path: string, line: string, number: number): YarnEntry["patterns"] {
  // The colon that ends the line would otherwise belong to a last pattern without quotes.
  const list = PATTERNS.test(line) ? line.slice(0, -1) : "";
  const tokens = [...list.matchAll(EACH_TOKEN)].map(([token]) => token);
  const [first, ...rest] = tokens.map((token) => unquoted(path, token, number));
  if (first === undefined) refuseLockfile(path, "a line is no list of patterns", number);
  return [first, ...rest];
}

function addLine(path: string, open: OpenEntry, line: string, number: number): void {
  if (SECTION.test(line) || NESTED.test(line)) return;
  const [, quotedName, quotedValue] = FIELD.exec(line) ?? [];
  if (quotedName === undefined || quotedValue === undefined) {
    refuseLockfile(path, "a line is of no known form", number);
  }
  const name = unquoted(path, quotedName, number);
  if (open.fields.has(name)) refuseLockfile(path, `"${name}" is there twice`, number);
  open.fields.set(name, unquoted(path, quotedValue, number));
}

/** Quoted texts are JSON's. */
function unquoted(path: string, token: string, line: number): string {
  if (!token.startsWith('"')) return token;
  try {
    return String(JSON.parse(token));
  } catch (error) {
    return refuseLockfile(path, "a quoted text is broken", line, error);
  }
}

function closed(path: string, { line, patterns, fields }: OpenEntry): YarnEntry {
  const version = fields.get("version");
  if (version === undefined) refuseLockfile(path, "an entry has no version", line);
  return {
    patterns,
    version,
    resolved: fields.get("resolved"),
    integrity: fields.get("integrity"),
  };
}
