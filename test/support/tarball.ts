import { crc32, deflateRawSync } from "node:zlib";

/**
 * Writes npm tarballs for tests: honest ones as packers do ({@link packageTarball}), and hostile
 * ones entry by entry, with a hand on every byte ({@link tarball}).
 */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  /** The type flag; "0" when left out. */
  readonly type?: string;
  readonly mode?: number;
  readonly prefix?: string;
  readonly linkName?: string;
  /** The size the header states; that of `content` when left out. */
  readonly statedSize?: number;
  /** Changes the block before its checksum is taken. */
  readonly alter?: (block: Buffer) => void;
  /** Changes the block after. */
  readonly damage?: (block: Buffer) => void;
}

export interface PackageFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly executable?: boolean;
}

const BLOCK_BYTES = 512;
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

export const END_OF_ARCHIVE: Uint8Array = Buffer.alloc(2 * BLOCK_BYTES);

export function packageTarball(files: readonly PackageFile[]): Uint8Array {
  return tarball(files.flatMap((file) => packedFile(file)));
}

/** A file below "package/", with a pax header where npm writes one. */
export function packedFile(file: PackageFile): readonly RawEntry[] {
  const name = `package/${file.path}`;
  const bytes = Buffer.from(name);
  const fits = bytes.length <= 100 && bytes.length === name.length;
  const entry = { content: file.content, mode: file.executable === true ? 0o755 : 0o644 };
  return fits
    ? [{ ...entry, name }]
    : [paxHeader([["path", name]]), { ...entry, name: bytes.subarray(0, 100) }];
}

export function tarball(
  entries: readonly RawEntry[],
  end: Uint8Array = END_OF_ARCHIVE,
): Uint8Array {
  return gzip(tar(entries, end));
}

export function tar(entries: readonly RawEntry[], end: Uint8Array = END_OF_ARCHIVE): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), end]);
}

/** What RFC 1952 has around the data; each part can be replaced. */
export interface GzipParts {
  readonly header?: Uint8Array;
  readonly deflated?: Uint8Array;
  readonly crc32?: number;
  readonly inflatedBytes?: number;
  readonly after?: Uint8Array;
}

export function gzip(content: Uint8Array, parts: GzipParts = {}): Uint8Array {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(parts.crc32 ?? crc32(content), 0);
  trailer.writeUInt32LE(parts.inflatedBytes ?? content.length, 4);
  return Buffer.concat([
    parts.header ?? GZIP_HEADER,
    parts.deflated ?? deflateRawSync(content),
    trailer,
    parts.after ?? Buffer.alloc(0),
  ]);
}

export function paxHeader(
  records: readonly (readonly [key: string, value: string])[],
  type: "x" | "g" = "x",
): RawEntry {
  return {
    name: "PaxHeader/x",
    type,
    content: records.map(([key, value]) => paxRecord(key, value)).join(""),
  };
}

/** POSIX: the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${String(length)} ${key}=${value}\n`;
}

export function gnuLongName(name: string): RawEntry {
  return { name: "././@LongLink", type: "L", content: `${name}\0` };
}

function entryBlocks(entry: RawEntry): readonly Buffer[] {
  const content = Buffer.from(entry.content ?? "");
  const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  return [headerBlock(entry, content.length), content, padding];
}

function headerBlock(entry: RawEntry, contentBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  Buffer.from(entry.name).copy(block, 0, 0, 100);
  writeOctal(block, 100, 8, entry.mode ?? 0o644);
  writeOctal(block, 108, 8, 0);
  writeOctal(block, 116, 8, 0);
  writeOctal(block, 124, 12, entry.statedSize ?? contentBytes);
  writeOctal(block, 136, 12, 499_162_500);
  block.write(entry.type ?? "0", 156, 1, "latin1");
  block.write(entry.linkName ?? "", 157, 100);
  block.write("ustar\u000000", 257, "latin1");
  block.write(entry.prefix ?? "", 345, 155);
  entry.alter?.(block);
  block.fill(0x20, 148, 156);
  writeOctal(
    block,
    148,
    7,
    block.reduce((sum, byte) => sum + byte, 0),
  );
  entry.damage?.(block);
  return block;
}

function writeOctal(block: Buffer, offset: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, length, "latin1");
}
