import { createHash } from "node:crypto";
import type { FileTree } from "../../model/file-tree.ts";
import type { FileChanges } from "../../model/package-diff.ts";

/** By content alone. Of two files of the same bytes, the one that keeps its path is the same file. */
export function compareFiles(before: FileTree, after: FileTree): FileChanges {
  const changed = after.entries
    .filter(({ path }) => before.has(path) && !sameBytes(path, before, after))
    .map(({ path }) => path);
  const added = after.entries.map(({ path }) => path).filter((path) => !before.has(path));
  const removed = before.entries.map(({ path }) => path).filter((path) => !after.has(path));
  const gone = new Map(removed.map((path) => [digestOf(path, before), path]));
  const moved = added.flatMap((to) => {
    const digest = digestOf(to, after);
    const from = gone.get(digest);
    if (from === undefined) return [];
    gone.delete(digest);
    return [{ from, to }];
  });
  const isMoved = new Set(moved.flatMap(({ from, to }) => [`-${from}`, `+${to}`]));
  return {
    added: added.filter((path) => !isMoved.has(`+${path}`)),
    removed: removed.filter((path) => !isMoved.has(`-${path}`)),
    changed,
    moved,
  };
}

function sameBytes(path: string, before: FileTree, after: FileTree): boolean {
  const [old, now] = [before.get(path), after.get(path)];
  if (old === undefined || now === undefined || old.size !== now.size) return false;
  return Buffer.compare(before.bytes(old), after.bytes(now)) === 0;
}

function digestOf(path: string, tree: FileTree): string {
  const entry = tree.get(path);
  const bytes = entry === undefined ? new Uint8Array() : tree.bytes(entry);
  return createHash("sha256").update(bytes).digest("base64");
}
