import type { CapabilityOccurrence } from "../../model/capability.ts";
import { FileTree } from "../../model/file-tree.ts";
import { capabilitiesOf } from "../program/capabilities.ts";
import { readProgram } from "../program/program.ts";
import { type Version, type Whole, wholeOf } from "./whole.ts";

export type { Version } from "./whole.ts";

export interface Abilities {
  readonly occurrences: readonly CapabilityOccurrence[];
  /** Why it may be able to do more: files that were not read, bounds that were hit. */
  readonly unread: readonly string[];
}

export interface ComparedVersion extends Version {
  /** Files that the other version has not, or has differently. */
  readonly differing: readonly string[];
}

/**
 * What the code of both can do, as wholes: what changed in one file decides what another one's calls
 * are aimed at. Where a package is larger than what is followed, only what differs is followed, in
 * both, because half of one and another half of the other cannot be compared.
 */
export function abilitiesOfBoth(
  before: ComparedVersion,
  after: ComparedVersion,
): readonly [could: Abilities, can: Abilities] {
  const [older, newer] = [wholeOf(before), wholeOf(after)];
  const areWhole = isFollowedWhole(older, before.files) && isFollowedWhole(newer, after.files);
  if (areWhole) return [abilitiesIn(older), abilitiesIn(newer)];
  return [ofWhatDiffers(before, older), ofWhatDiffers(after, newer)];
}

function abilitiesIn(whole: Whole): Abilities {
  return { occurrences: whole.occurrences(), unread: whole.unread };
}

/** Files that could not be read by themselves leave the rest whole. */
function isFollowedWhole({ unread }: Whole, files: FileTree): boolean {
  return unread.every((why) => fileIn(why, files) !== undefined);
}

/** What leads there is known of the whole package even so. */
function ofWhatDiffers(version: ComparedVersion, whole: Whole): Abilities {
  const { manifest, files, sources, differing } = version;
  const kept = new Set([...differing, "package.json", "binding.gyp"]);
  const { arena, entries } = files.data;
  if (entries.every(({ path }) => kept.has(path) || isIdle(path, files))) return abilitiesIn(whole);
  const part = new FileTree({ arena, entries: entries.filter(({ path }) => kept.has(path)) });
  const program = readProgram(manifest, part, sources);
  const occurrences = capabilitiesOf(program).map((occurrence) => reached(occurrence, whole));
  return { occurrences, unread: program.unread };
}

const NEVER_READ = /(?:\.(?:md|markdown|map|svg|png|jpe?g|gif|ico|woff2?)|(?:^|\/)licen[cs]e)$/i;
const IS_DECLARATION = /\.d\.[cm]?ts$/i;

/**
 * Whether a file says nothing of what the code can do, and no import would lead to another file but
 * for it: `./a` means `a.d.ts` before `a/index.js`.
 */
function isIdle(path: string, files: FileTree): boolean {
  if (NEVER_READ.test(path)) return true;
  if (!IS_DECLARATION.test(path)) return false;
  const stem = path.replace(IS_DECLARATION, "");
  const folder = stem.replace(/\/index$/, "");
  const later = [...LATER.map((ending) => stem + ending), `${folder}/package.json`];
  return !later.some((other) => files.has(other));
}

/** What an import may lead to if there is no declaration. */
const LATER: readonly string[] = [
  ".vue", ".css", ".wasm", "/index.js", "/index.cjs", "/index.mjs", "/index.json", "/index.node", "/index.ts",
  "/index.tsx", "/index.jsx", "/index.mts", "/index.cts",
]; // prettier-ignore

function reached(occurrence: CapabilityOccurrence, whole: Whole): CapabilityOccurrence {
  if (occurrence.capability === "install-execution") return occurrence;
  const { from, via } = whole.reachOf(occurrence.file);
  return { ...occurrence, reachedFrom: from, via };
}

/** The file that a sentence begins with. */
export function fileIn(why: string, files: Pick<FileTree, "has">): string | undefined {
  for (const { index } of why.slice(0, PATH_LENGTH_MAX).matchAll(/[ :]/g)) {
    const path = why.slice(0, index);
    if (files.has(path)) return path;
  }
  return undefined;
}

const PATH_LENGTH_MAX = 300;

const SEARCHES_MAX = 200;
const WORD_LENGTH_MIN = 3;

/** Beyond so many searches nothing counts as mentioned: what cannot be excused is told. */
export function mentionsIn(files: FileTree): (text: string) => boolean {
  const known = new Map<string, boolean>();
  const isMentioned = (word: string): boolean => {
    const answer = known.get(word);
    if (answer !== undefined) return answer;
    if (known.size >= SEARCHES_MAX) return false;
    const found = files.entries.some((entry) => {
      const { buffer, byteOffset, length } = files.bytes(entry);
      return Buffer.from(buffer, byteOffset, length).includes(word);
    });
    known.set(word, found);
    return found;
  };
  return (text) =>
    text
      .split(/[…‹›~\s/\\:]+/)
      .filter((word) => word.length >= WORD_LENGTH_MIN)
      .every(isMentioned);
}
