import { DEFAULT_ARCHIVE_BOUNDS, type ArchiveBounds } from "../../src/acquire/archive/bounds.ts";
import { readArchive } from "../../src/acquire/archive/read-archive.ts";
import type { ArchiveRule } from "../../src/acquire/archive/rules.ts";
import { isFailure } from "../../src/model/failure.ts";
import { tarball, type RawEntry } from "./tarball.ts";

/** What a rule is about: archives that break it, and the nearest ones that do not. */
export interface RuleCase {
  readonly refused: readonly Uint8Array[];
  /** Archives with the files they hold beside package.json. */
  readonly read: readonly (readonly [archive: Uint8Array, ...others: string[]])[];
}

export const SMALL: ArchiveBounds = {
  inflatedBytes: 64 * 1024,
  ratio: 50,
  ratioFreeBytes: 16 * 1024,
  fileBytes: 8 * 1024,
  entries: 8,
  depth: 6,
  pathBytes: 300,
  segmentBytes: 120,
  extensionBytes: 512,
  endPaddingBytes: 4096,
};

export const MANIFEST: RawEntry = { name: "package/package.json", content: "{}" };
export const HONEST: Uint8Array = tarball([MANIFEST]);

export function withFile(name: string | Uint8Array, more: Partial<RawEntry> = {}): Uint8Array {
  return tarball([MANIFEST, { name, content: "x", ...more }]);
}

export function withFiles(...names: readonly string[]): Uint8Array {
  return tarball([MANIFEST, ...names.map((name) => ({ name, content: name }))]);
}

export function zeros(length: number): Buffer {
  return Buffer.alloc(length);
}

/** Alters a header block: one byte for each character. */
export function write(offset: number, text: string): (block: Buffer) => void {
  return (block) => {
    block.write(text, offset, "latin1");
  };
}

/** The paths of the tree, or the rule that refused it; anything else is thrown. */
export async function outcome(
  bytes: Uint8Array,
  bounds: ArchiveBounds = DEFAULT_ARCHIVE_BOUNDS,
): Promise<ArchiveRule | readonly string[]> {
  try {
    const tree = await readArchive(bytes, bounds);
    return tree.entries.map((entry) => entry.path);
  } catch (error) {
    if (!isFailure(error, "bad-archive")) throw error;
    return error.detail.rule as ArchiveRule;
  }
}

interface Played {
  readonly refused: readonly (ArchiveRule | readonly string[])[];
  readonly read: readonly (ArchiveRule | readonly string[])[];
}

export async function playRule({ refused, read }: RuleCase): Promise<Played> {
  if (refused.length === 0 || read.length === 0) throw new Error("a rule needs both sides");
  return {
    refused: await Promise.all(refused.map((bytes) => outcome(bytes, SMALL))),
    read: await Promise.all(read.map(([bytes]) => outcome(bytes, SMALL))),
  };
}

export function wantedOf(rule: string, { refused, read }: RuleCase): object {
  return {
    refused: refused.map(() => rule),
    read: read.map(([, ...others]) => others.concat("package.json").sort()),
  };
}
