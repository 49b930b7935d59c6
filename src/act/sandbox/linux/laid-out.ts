import { randomBytes } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Failure, messageOf } from "../../../model/failure.ts";
import { isJsonObject, parseJson } from "../../../model/canonical.ts";
import { systemCodeOf } from "../../../platform/system-error.ts";

/**
 * What rooms need on disk while they last, written down in Veln's own folder before it is made: what a
 * Veln that was killed left behind is taken away by the next one. Two rooms in one project share their
 * placeholders, and the last of them removes these, since a mount goes with the folder it stands on.
 */

export interface LaidOut {
  /** Removes what is still as it was made, and nobody else's. */
  takeAway(): void;
}

interface Entry {
  /** The process and when it started, because numbers of processes come again. */
  readonly pid: number;
  readonly startedAt: string;
  /** Empty folders, which end in a slash, and empty files; parents first. */
  readonly placeholders: readonly string[];
  /** A folder inside Veln's own, removed with all it holds. */
  readonly home: string | undefined;
}

const ENTRY = /^[0-9a-f]{16}\.json$/;

/** @throws Failure when a placeholder cannot be made; nothing is left then */
export function layOut(
  folder: string,
  placeholders: readonly string[],
  home: string | undefined,
): LaidOut {
  const journal = join(folder, "laid-out");
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  const path = join(journal, `${randomBytes(8).toString("hex")}.json`);
  const entry: Entry = {
    pid: process.pid,
    startedAt: startOf(process.pid) ?? "",
    placeholders,
    home,
  };
  writeFileSync(path, JSON.stringify(entry), { mode: 0o600 });
  const laidOut = { takeAway: () => takeEntryAway(journal, path, entry) };
  try {
    for (const place of placeholders) makePlaceholder(place);
    if (home !== undefined) mkdirSync(home, { mode: 0o700 });
  } catch (error) {
    laidOut.takeAway();
    const why = `The sandbox cannot hold a guarded path in its place: ${messageOf(error)}.`;
    throw new Failure("bad-config", why, {}, error);
  }
  return laidOut;
}

/** Placeholders of other rooms, without their slashes: there, and yet to be held by whoever needs them. */
export function placeholdersOfOthers(folder: string): ReadonlySet<string> {
  const entries = livingEntries(join(folder, "laid-out"));
  return new Set(
    entries.flatMap(({ placeholders }) => placeholders).map((place) => place.replace(/\/$/, "")),
  );
}

/** Takes away what rooms have left whose Veln is no more. */
export function sweepLaidOut(folder: string): void {
  const journal = join(folder, "laid-out");
  for (const path of entryPaths(journal)) {
    const entry = readEntry(path);
    if (entry !== undefined && !isAlive(entry)) takeEntryAway(journal, path, entry);
  }
}

function makePlaceholder(place: string): void {
  try {
    if (place.endsWith("/")) mkdirSync(place, { mode: 0o755 });
    else writeFileSync(place, "", { flag: "wx", mode: 0o644 });
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  }
}

function takeEntryAway(journal: string, path: string, entry: Entry): void {
  // First the entry: whoever looks from here on knows that it holds on to nothing.
  rmSync(path, { force: true });
  const stillUsed = new Set(livingEntries(journal).flatMap(({ placeholders }) => placeholders));
  removeEmpty(entry.placeholders.filter((place) => !stillUsed.has(place)));
  if (entry.home !== undefined && dirname(entry.home) === dirname(journal)) {
    rmSync(entry.home, { recursive: true, force: true });
  }
}

/** What somebody filled since stays. */
function removeEmpty(placeholders: readonly string[]): void {
  for (const place of placeholders.toReversed()) {
    try {
      if (place.endsWith("/")) rmdirSync(place);
      else if (lstatSync(place).size === 0) unlinkSync(place);
    } catch {
      continue;
    }
  }
}

function livingEntries(journal: string): readonly Entry[] {
  return entryPaths(journal)
    .map(readEntry)
    .filter((entry) => entry !== undefined)
    .filter(isAlive);
}

function entryPaths(journal: string): readonly string[] {
  try {
    return readdirSync(journal)
      .filter((name) => ENTRY.test(name))
      .map((name) => join(journal, name));
  } catch {
    return [];
  }
}

/** Written by Veln into a folder that is its user's alone; one that is half written is none. */
function readEntry(path: string): Entry | undefined {
  try {
    const raw = parseJson(readFileSync(path, "utf8"));
    if (!isJsonObject(raw)) return undefined;
    const { pid, startedAt, placeholders, home } = raw;
    if (typeof pid !== "number" || typeof startedAt !== "string") return undefined;
    return {
      pid,
      startedAt,
      placeholders: Array.isArray(placeholders) ? placeholders.filter(isText) : [],
      home: isText(home) ? home : undefined,
    };
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isAlive({ pid, startedAt }: Entry): boolean {
  return startOf(pid) === startedAt;
}

/** The 22nd field of proc_pid_stat(5), counted behind the name, which may hold anything. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
