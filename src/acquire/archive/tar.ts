import { checkBound, type ArchiveBounds } from "./bounds.ts";
import { checkPaxGlobal, parseGnuLongName, parsePax, type Extension } from "./extension.ts";
import { decodePath } from "./paths.ts";
import { refuse } from "./rules.ts";
import { BLOCK_BYTES, isZeroBlock, readHeader, type TarHeader } from "./tar-header.ts";

/** A regular file or a folder as the archive names it; the content lies in the archive. */
export interface TarEntry {
  readonly type: "file" | "folder";
  /** Without the slash that may end a folder's name; otherwise unchecked. */
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly executable: boolean;
}

/**
 * A writer cuts a name that does not fit, near 100 bytes; node-tar cuts at 99 UTF-16 units, and
 * not within a character.
 */
const CUT_NAME_BYTES_MIN = 96;

const NO_EXTENSION: Extension = { path: undefined, sizeBytes: undefined };

/** Files and folders in the order of the archive; everything after the last must be zeros. */
export function* readTar(archive: Buffer, bounds: ArchiveBounds): Generator<TarEntry> {
  let offset = 0;
  let headers = 0;
  let extension: Extension | undefined;
  while (!isAtEnd(archive, offset)) {
    headers += 1;
    checkBound("too-many-entries", "entries", bounds, headers);
    const header = readHeader(archive, offset);
    const body = offset + BLOCK_BYTES;
    const next = body + Math.ceil(header.sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
    checkBound("file-too-large", "fileBytes", bounds, header.sizeBytes);
    if (next > archive.length) refuse("truncated", { path: String(header.name) });
    if (header.type === "file" || header.type === "folder") {
      yield entryOf(header, header.type, extension ?? NO_EXTENSION, body);
      extension = undefined;
    } else {
      if (extension !== undefined) refuse("stacked-headers");
      checkBound("header-too-large", "extensionBytes", bounds, header.sizeBytes);
      extension = extensionOf(header, archive.subarray(body, body + header.sizeBytes));
    }
    offset = next;
  }
  if (extension !== undefined) refuse("header-without-entry");
  checkEnd(archive, offset, bounds);
}

/** pnpm ends at the first zero block, node-tar at the second; a whole block has to be there. */
function isAtEnd(archive: Buffer, offset: number): boolean {
  if (offset + BLOCK_BYTES > archive.length) refuse("truncated");
  return isZeroBlock(archive, offset);
}

function checkEnd(archive: Buffer, offset: number, bounds: ArchiveBounds): void {
  checkBound("trailing-data", "endPaddingBytes", bounds, archive.length - offset);
  if (archive.subarray(offset).some((byte) => byte !== 0)) refuse("trailing-data");
}

function extensionOf(header: TarHeader, body: Buffer): Extension | undefined {
  if (header.type === "pax") return parsePax(body);
  if (header.type === "gnu-long-name") return parseGnuLongName(body);
  checkPaxGlobal(body);
  return undefined;
}

function entryOf(
  header: TarHeader,
  type: TarEntry["type"],
  extension: Extension,
  offset: number,
): TarEntry {
  if (extension.path !== undefined) checkOverride(header.name, extension.path);
  const path = decodePath(extension.path ?? header.name);
  if (extension.sizeBytes !== undefined && extension.sizeBytes !== header.sizeBytes) {
    refuse("pax-size-mismatch", { path });
  }
  if (type === "folder" && header.sizeBytes > 0) refuse("folder-with-content", { path });
  return {
    type,
    path: type === "folder" && path.endsWith("/") ? path.slice(0, -1) : path,
    offset,
    sizeBytes: header.sizeBytes,
    executable: (header.mode & 0o111) !== 0,
  };
}

/**
 * A reader that misses the long name falls back to the short one; node-tar does, when a character
 * of the long name lies across two of its chunks. So the short one must be the same name, the
 * start of it cut for want of room, or a single part, which is no file in any package.
 */
function checkOverride(short: Buffer, long: Buffer): void {
  const isCut = short.length >= CUT_NAME_BYTES_MIN && long.subarray(0, short.length).equals(short);
  if (!isCut && !short.equals(long) && short.includes(0x2f)) {
    refuse("name-override-mismatch", { path: String(long), found: String(short) });
  }
}
