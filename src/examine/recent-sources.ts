import type { FileTree } from "../model/file-tree.ts";
import { codeBytesOf } from "./parse/code-size.ts";
import type { Sources } from "./parse/sources.ts";

/** What has been read of a tree weighs some fifty times as much, and a thread's memory is small. */
const CODE_BYTES_MAX = 1024 * 1024;
const TREE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * What a thread has read of packages that it will likely be asked about again: those whose signals
 * asked for the previous version's files.
 */
export class RecentSources {
  readonly #kept = new Map<string, Kept>();

  /** @param hash of the tree; equal for equal trees */
  of(hash: string): Sources | undefined {
    return this.#kept.get(hash)?.sources;
  }

  /** Those kept first go first when there are too many. */
  keep(hash: string, tree: FileTree, sources: Sources): void {
    const codeBytes = codeBytesOf(tree);
    if (tree.data.arena.length > TREE_BYTES_MAX || codeBytes > CODE_BYTES_MAX) return;
    this.#kept.set(hash, { sources, codeBytes });
    let sum = 0;
    for (const kept of this.#kept.values()) sum += kept.codeBytes;
    for (const [oldest, kept] of this.#kept) {
      if (sum <= CODE_BYTES_MAX) return;
      this.#kept.delete(oldest);
      sum -= kept.codeBytes;
    }
  }

  forget(hash: string): void {
    this.#kept.delete(hash);
  }
}

interface Kept {
  readonly sources: Sources;
  readonly codeBytes: number;
}
