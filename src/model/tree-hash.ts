import { createHash } from "node:crypto";
import type { FileTree } from "./file-tree.ts";

/** A tree is read-only, and several ask for its hash. */
const HASHES = new WeakMap<FileTree, string>();

/**
 * SHA-256, lower-case hexadecimal, of what a client would write to the disk. Two tarballs with the
 * same tree have the same hash, whatever their compression, order, dates and owners.
 *
 * The hashed listing has one record a file, sorted by path by UTF-16 code units: the path in UTF-8,
 * NUL, "x" or "-" for executable or not, the size in decimal, NUL, the SHA-256 of the contents as
 * 64 hexadecimal digits, LF. No path has a NUL, so no two trees share a listing.
 */
export function treeHash(tree: FileTree): string {
  const known = HASHES.get(tree);
  if (known !== undefined) return known;
  const hash = hashOf(tree);
  HASHES.set(tree, hash);
  return hash;
}

function hashOf(tree: FileTree): string {
  const listing = createHash("sha256");
  for (const entry of tree.entries) {
    const content = createHash("sha256").update(tree.bytes(entry)).digest("hex");
    const mode = entry.executable ? "x" : "-";
    listing.update(`${entry.path}\0${mode}${String(entry.size)}\0${content}\n`);
  }
  return listing.digest("hex");
}
