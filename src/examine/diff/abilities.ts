import type { CapabilityOccurrence } from "../../model/capability.ts";
import { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { Sources } from "../parse/sources.ts";
import { capabilitiesOf } from "../program/capabilities.ts";
import { type Program, readProgram } from "../program/program.ts";
import { programOf } from "../program/shared.ts";

/** A version of a package, whole. */
export interface Version {
  readonly manifest: Manifest;
  readonly files: FileTree;
  readonly sources: Sources;
}

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
  const [older, newer] = [before, after].map(({ manifest, files, sources }) =>
    programOf(manifest, files, sources),
  );
  if (older === undefined || newer === undefined) throw new Error("two versions have two programs");
  if (isWhole(older) && isWhole(newer)) return [abilitiesIn(older), abilitiesIn(newer)];
  return [ofWhatDiffers(before, older), ofWhatDiffers(after, newer)];
}

function abilitiesIn(program: Program): Abilities {
  return { occurrences: capabilitiesOf(program), unread: program.unread };
}

/** Files that could not be read by themselves leave the rest whole. */
function isWhole({ unread, files }: Program): boolean {
  return unread.every((why) => fileIn(why, files) !== undefined);
}

/** What leads there is known of the whole package even so. */
function ofWhatDiffers(version: ComparedVersion, whole: Program): Abilities {
  const { manifest, files, sources, differing } = version;
  const kept = new Set([...differing, "package.json", "binding.gyp"]);
  const { arena, entries } = files.data;
  const part = new FileTree({ arena, entries: entries.filter(({ path }) => kept.has(path)) });
  const program = readProgram(manifest, part, sources);
  const occurrences = capabilitiesOf(program).map((occurrence) => reached(occurrence, whole));
  return { occurrences, unread: program.unread };
}

function reached(occurrence: CapabilityOccurrence, whole: Program): CapabilityOccurrence {
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
