import type { CapabilityOccurrence } from "../../model/capability.ts";
import type { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { Sources } from "../parse/sources.ts";
import { capabilitiesOf } from "../program/capabilities.ts";
import type { FileReach, Program } from "../program/program.ts";
import { programOf } from "../program/shared.ts";

/** A version of a package, whole. */
export interface Version {
  readonly manifest: Manifest;
  readonly files: FileTree;
  readonly sources: Sources;
}

/** What came of following all code of a version, as far as it is followed. */
export interface Whole {
  /** Everything it can do. */
  occurrences(): readonly CapabilityOccurrence[];
  /** Why it may be able to do more: files that were not read, bounds that were hit. */
  readonly unread: readonly string[];
  reachOf(path: string): FileReach;
}

/** By the sources that they were read from. */
const WHOLES = new WeakMap<Sources, Whole>();

/** Read once for all that share the sources. */
export function wholeOf({ manifest, files, sources }: Version): Whole {
  const known = WHOLES.get(sources);
  if (known !== undefined) return known;
  const whole = following(programOf(manifest, files, sources));
  WHOLES.set(sources, whole);
  return whole;
}

function following(program: Program): Whole {
  let occurrences: readonly CapabilityOccurrence[] | undefined;
  return {
    occurrences: () => (occurrences ??= capabilitiesOf(program)),
    unread: program.unread,
    reachOf: (path) => program.reachOf(path),
  };
}

/** Some 20 MB: an occurrence is a few hundred characters. */
const WEIGHT_MAX = 20_000;

/**
 * What came of versions that will likely be asked about again, when a thread has no room for what was
 * read of them: following the code of a large package takes seconds.
 */
export class RecentWholes {
  readonly #kept = new Map<string, Kept>();

  /** @param hash of the tree; equal for equal trees */
  keep(hash: string, { entries }: FileTree, sources: Sources): void {
    const whole = WHOLES.get(sources);
    if (whole === undefined) return;
    const kept = withoutProgram(whole, entries);
    this.#kept.set(hash, kept);
    let sum = 0;
    for (const { weight } of this.#kept.values()) sum += weight;
    for (const [oldest, { weight }] of this.#kept) {
      if (sum <= WEIGHT_MAX) return;
      this.#kept.delete(oldest);
      sum -= weight;
    }
  }

  /** Spares the code of these sources being followed, if it was before. */
  recall(hash: string, sources: Sources): void {
    const kept = this.#kept.get(hash);
    if (kept !== undefined) WHOLES.set(sources, kept.whole);
  }

  forget(hash: string): void {
    this.#kept.delete(hash);
  }
}

interface Kept {
  readonly whole: Whole;
  readonly weight: number;
}

const UNREACHED: FileReach = { from: "nothing", via: [] };

function withoutProgram(whole: Whole, entries: FileTree["entries"]): Kept {
  const occurrences = whole.occurrences();
  const reach = new Map(
    entries
      .map(({ path }) => [path, whole.reachOf(path)] as const)
      .filter(([, { from }]) => from !== "nothing"),
  );
  return {
    whole: {
      occurrences: () => occurrences,
      unread: whole.unread,
      reachOf: (path) => reach.get(path) ?? UNREACHED,
    },
    weight: 1 + occurrences.length + reach.size,
  };
}
