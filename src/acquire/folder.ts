import type { Dirent } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { FileTree, type FileEntry } from "../model/file-tree.ts";
import { printable } from "../model/printable.ts";
import { DEFAULT_ARCHIVE_BOUNDS, type ArchiveBounds } from "./archive/bounds.ts";

/** Never part of a package that is packed. */
const LEFT_OUT = new Set(["node_modules", ".git"]);

export interface FolderReading {
  readonly tree: FileTree;
  /** Links, sockets, devices and pipes, which are not followed or opened; sorted. */
  readonly skipped: readonly string[];
}

/**
 * A folder as a tree: every regular file below it, except in `node_modules` and `.git`. That is
 * more than `npm pack` would take, because what is packed is the folder's own choice.
 *
 * @throws Failure "not-found", "too-large" with the bound in `limit`, "cancelled"
 */
export async function readFolder(
  folder: string,
  bounds: ArchiveBounds = DEFAULT_ARCHIVE_BOUNDS,
  signal?: AbortSignal,
): Promise<FolderReading> {
  const listing = await listFolder(folder, bounds, signal);
  const paths = [...listing.files].sort();
  const parts: { path: string; bytes: Buffer; executable: boolean }[] = [];
  let sizeBytes = 0;
  for (const path of paths) {
    stopIfCancelled(signal);
    const part = await readPart(folder, path, Math.min(bounds.fileBytes, bounds.inflatedBytes));
    sizeBytes += part.bytes.length;
    checkLimit("inflatedBytes", bounds, sizeBytes, path);
    parts.push({ path, ...part });
  }
  return { tree: treeOf(parts, sizeBytes), skipped: [...listing.skipped].sort() };
}

async function listFolder(
  folder: string,
  bounds: ArchiveBounds,
  signal: AbortSignal | undefined,
): Promise<{ readonly files: readonly string[]; readonly skipped: readonly string[] }> {
  const files: string[] = [];
  const skipped: string[] = [];
  const waiting = [""];
  let seen = 0;
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
    stopIfCancelled(signal);
    for (const child of await childrenOf(folder, parent)) {
      if (LEFT_OUT.has(child.name)) continue;
      const path = parent === "" ? child.name : `${parent}/${child.name}`;
      seen += 1;
      checkLimit("entries", bounds, seen, path);
      checkLimit("depth", bounds, path.split("/").length, path);
      if (child.isDirectory()) waiting.push(path);
      else if (child.isFile()) files.push(path);
      else skipped.push(path);
    }
  }
  return { files, skipped };
}

async function childrenOf(folder: string, path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(join(folder, path), { withFileTypes: true });
  } catch (error) {
    throw unreadable(path === "" ? folder : path, error);
  }
}

async function readPart(
  folder: string,
  path: string,
  limitBytes: number,
): Promise<{ readonly bytes: Buffer; readonly executable: boolean }> {
  try {
    await using file = await open(join(folder, path), "r");
    const { size, mode } = await file.stat();
    if (size > limitBytes) throw tooLarge("fileBytes", limitBytes, size, path);
    return { bytes: await file.readFile(), executable: (mode & 0o111) !== 0 };
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(path, error);
  }
}

function treeOf(
  parts: readonly { path: string; bytes: Buffer; executable: boolean }[],
  sizeBytes: number,
): FileTree {
  const arena = new Uint8Array(sizeBytes);
  const entries: FileEntry[] = [];
  let offset = 0;
  for (const { path, bytes, executable } of parts) {
    arena.set(bytes, offset);
    entries.push({ path, offset, size: bytes.length, executable });
    offset += bytes.length;
  }
  return new FileTree({ arena, entries });
}

function checkLimit(
  limit: "inflatedBytes" | "entries" | "depth",
  bounds: ArchiveBounds,
  found: number,
  path: string,
): void {
  if (found > bounds[limit]) throw tooLarge(limit, bounds[limit], found, path);
}

function tooLarge(limit: string, wanted: number, found: number, path: string): Failure {
  const name = printable(path);
  return new Failure(
    "too-large",
    `The folder is larger than allowed at ${name}: ${limit} is ${String(found)}, at most ${String(wanted)}.`,
    { limit, wanted, found, path: name },
  );
}

function unreadable(path: string, error: unknown): Failure {
  const name = printable(path);
  return new Failure("not-found", `${name} cannot be read.`, { path: name }, error);
}

function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Failure("cancelled", "Reading the folder was stopped.");
}
