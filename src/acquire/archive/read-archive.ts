import { Failure } from "../../model/failure.ts";
import { FileTree, type FileEntry } from "../../model/file-tree.ts";
import { DEFAULT_ARCHIVE_BOUNDS, type ArchiveBounds } from "./bounds.ts";
import { gunzip } from "./gunzip.ts";
import { parsePath, Places } from "./paths.ts";
import { refuse } from "./rules.ts";
import { readTar, type TarEntry } from "./tar.ts";

/**
 * Reads an npm tarball (one gzip member around one tar archive, all files below one folder) into a
 * tree, or refuses it by the name of a rule (`ARCHIVE_RULES`). Contents are not copied: the tree's
 * entries point into the inflated archive.
 *
 * @throws Failure "bad-archive" with the rule in `detail.rule`; "cancelled"
 */
export async function readArchive(
  bytes: Uint8Array,
  bounds: ArchiveBounds = DEFAULT_ARCHIVE_BOUNDS,
  signal?: AbortSignal,
): Promise<FileTree> {
  if (signal?.aborted === true) throw new Failure("cancelled", "Reading the tarball was stopped.");
  const arena = await gunzip(bytes, bounds, signal);
  return new FileTree({ arena, entries: listFiles(arena, bounds) });
}

function listFiles(arena: Uint8Array, bounds: ArchiveBounds): readonly FileEntry[] {
  const archive = Buffer.from(arena.buffer, arena.byteOffset, arena.length);
  const files = new Map<string, FileEntry>();
  const places = new Places(bounds);
  let root: string | undefined;
  for (const entry of readTar(archive, bounds)) {
    const [top, ...segments] = parsePath(entry.path, bounds);
    if (entry.type === "file" && segments.length === 0) {
      refuse("outside-root-folder", { path: entry.path });
    }
    root ??= top;
    if (top !== root) refuse("several-roots", { path: entry.path });
    if (entry.type === "folder") {
      places.takeFolder(segments);
      continue;
    }
    const file = fileOf(entry, segments);
    if (!places.takeFile(segments)) checkRepetition(archive, files.get(file.path), file);
    files.set(file.path, file);
  }
  if (!files.has("package.json")) refuse("no-manifest");
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function fileOf(entry: TarEntry, segments: readonly string[]): FileEntry {
  const { offset, sizeBytes: size, executable } = entry;
  return { path: segments.join("/"), offset, size, executable };
}

/**
 * npm 8 to 10 packed the main file twice when the manifest had "./" before it. The first wins with
 * some clients and the last with others, so both must be the same.
 */
function checkRepetition(archive: Buffer, first: FileEntry | undefined, again: FileEntry): void {
  const contentOf = (file: FileEntry): Buffer =>
    archive.subarray(file.offset, file.offset + file.size);
  const isSame =
    first?.executable === again.executable && contentOf(first).equals(contentOf(again));
  if (!isSame) refuse("duplicate-path", { path: again.path });
}
