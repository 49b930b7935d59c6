import { constants, crc32, createInflateRaw, inflateRawSync, type InflateRaw } from "node:zlib";
import { Failure } from "../../model/failure.ts";
import { checkBound, type ArchiveBounds } from "./bounds.ts";
import { refuse } from "./rules.ts";

/** RFC 1952, section 2.3. */
const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** tar's usual record, 20 blocks. */
const RECORD_BYTES = 10_240;
const METHOD_DEFLATE = 8;
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** FEXTRA, FNAME and FCOMMENT together; honest packers write none, or one file name. */
const OPTIONAL_FIELDS_BYTES_MAX = 1024;

/** A deflate stream cannot do better: one bit for a match of 258 bytes, with one bit of distance. */
const DEFLATE_RATIO_MAX = 1032;

/** Below this, one blocking call costs less than the round trips to the thread pool. */
const SYNC_PACKED_BYTES_MAX = 32 * 1024;
const SYNC_INFLATED_BYTES_MAX = 256 * 1024;
const CHUNK_BYTES = 256 * 1024;

interface GzipMember {
  readonly deflated: Uint8Array;
  readonly crc32: number;
  readonly inflatedBytes: number;
}

/**
 * The unpacked size that a gzip file claims in its last four bytes (RFC 1952, ISIZE). Only good for
 * reserving memory: whoever wrote the file chose it, and {@link gunzip} holds them to it.
 */
export function claimedSize(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

/**
 * Inflates a file of exactly one gzip member into new memory of exactly its size. That size
 * is the packer's claim, so it is checked against every bound before memory is taken, and against
 * what really comes out.
 */
export async function gunzip(
  bytes: Uint8Array,
  bounds: ArchiveBounds,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) refuse("not-gzip");
  const exact = isPadded(bytes) ? await trimPadding(bytes, bounds, signal) : bytes;
  const member = parseMember(exact);
  checkInflatedSize(member.inflatedBytes, exact.length, bounds);
  if (member.inflatedBytes > member.deflated.length * DEFLATE_RATIO_MAX) {
    refuse("gzip-size-mismatch");
  }
  const arena = new Uint8Array(member.inflatedBytes);
  const isSmall =
    member.deflated.length <= SYNC_PACKED_BYTES_MAX &&
    member.inflatedBytes <= SYNC_INFLATED_BYTES_MAX;
  const inflated = isSmall
    ? inflateAtOnce(member, arena)
    : await inflateInto(arena, member, signal);
  if (inflated.readBytes < member.deflated.length) refuseTrailing(member, inflated.readBytes);
  if (inflated.writtenBytes !== arena.length) refuse("gzip-size-mismatch");
  if (inflated.crc32 !== member.crc32) refuse("gzip-checksum");
  return arena;
}

/**
 * A trailer of zeros would be that of an empty file, which no tarball is. Padding too short to show
 * itself so still fills up a record.
 */
function isPadded(bytes: Uint8Array): boolean {
  const isZero = bytes.subarray(-TRAILER_BYTES).every((byte) => byte === 0);
  return isZero || bytes.length % RECORD_BYTES === 0;
}

/**
 * BSD tar on old Macs filled the compressed file up to its record size. Where the trailer lies can
 * then be told only by inflating once more.
 */
async function trimPadding(
  bytes: Uint8Array,
  bounds: ArchiveBounds,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const start = headerBytes(bytes);
  let writtenBytes = 0;
  const readBytes = await inflateInChunks(bytes.subarray(start), signal, (chunk) => {
    writtenBytes += chunk.length;
    checkInflatedSize(writtenBytes, bytes.length, bounds);
  });
  const end = start + readBytes + TRAILER_BYTES;
  const padding = bytes.subarray(end);
  if (padding.length >= RECORD_BYTES || padding.some((byte) => byte !== 0)) {
    refuse("gzip-trailing-data");
  }
  return bytes.subarray(0, end);
}

function parseMember(bytes: Uint8Array): GzipMember {
  if (bytes.length < FIXED_HEADER_BYTES + TRAILER_BYTES) refuse("truncated");
  const start = headerBytes(bytes);
  const end = bytes.length - TRAILER_BYTES;
  if (start > end) refuse("truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    deflated: bytes.subarray(start, end),
    crc32: view.getUint32(end, true),
    inflatedBytes: view.getUint32(end + 4, true),
  };
}

function headerBytes(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  if (bytes[2] !== METHOD_DEFLATE || (flags & FLAG.reserved) !== 0) refuse("gzip-header");
  let offset = FIXED_HEADER_BYTES;
  if ((flags & FLAG.extra) !== 0) {
    offset += 2 + (bytes[offset] ?? 0) + (bytes[offset + 1] ?? 0) * 256;
  }
  if ((flags & FLAG.name) !== 0) offset = afterText(bytes, offset);
  if ((flags & FLAG.comment) !== 0) offset = afterText(bytes, offset);
  if (offset > FIXED_HEADER_BYTES + OPTIONAL_FIELDS_BYTES_MAX) refuse("gzip-header");
  if ((flags & FLAG.headerCrc) !== 0) {
    const stated = (bytes[offset] ?? 0) + (bytes[offset + 1] ?? 0) * 256;
    if ((crc32(bytes.subarray(0, offset)) & 0xffff) !== stated) refuse("gzip-header");
    offset += 2;
  }
  return offset;
}

function afterText(bytes: Uint8Array, start: number): number {
  const end = Math.min(bytes.length, start + OPTIONAL_FIELDS_BYTES_MAX);
  for (let offset = start; offset < end; offset += 1) {
    if (bytes[offset] === 0) return offset + 1;
  }
  return refuse("gzip-header");
}

function checkInflatedSize(
  inflatedBytes: number,
  packedBytes: number,
  bounds: ArchiveBounds,
): void {
  checkBound("archive-too-large", "inflatedBytes", bounds, inflatedBytes);
  if (inflatedBytes > bounds.ratioFreeBytes) {
    checkBound("compression-ratio", "ratio", bounds, Math.ceil(inflatedBytes / packedBytes));
  }
}

interface Inflated {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly crc32: number;
}

function inflateAtOnce(member: GzipMember, arena: Uint8Array): Inflated {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `info` makes of the result; @types/node leaves it out
    const { buffer, engine } = inflateRawSync(member.deflated, {
      info: true,
      chunkSize: Math.max(member.inflatedBytes, constants.Z_MIN_CHUNK),
      maxOutputLength: Math.max(member.inflatedBytes, 1),
    }) as unknown as { readonly buffer: Buffer; readonly engine: InflateRaw };
    if (buffer.length <= arena.length) arena.set(buffer);
    return { readBytes: engine.bytesWritten, writtenBytes: buffer.length, crc32: crc32(buffer) };
  } catch (error) {
    return refuseInflating(error);
  }
}

async function inflateInto(
  arena: Uint8Array,
  member: GzipMember,
  signal: AbortSignal | undefined,
): Promise<Inflated> {
  let writtenBytes = 0;
  let checksum = 0;
  const readBytes = await inflateInChunks(member.deflated, signal, (chunk) => {
    if (writtenBytes + chunk.length > arena.length) refuse("gzip-size-mismatch");
    arena.set(chunk, writtenBytes);
    checksum = crc32(chunk, checksum);
    writtenBytes += chunk.length;
  });
  return { readBytes, writtenBytes, crc32: checksum };
}

/** Runs in the thread pool; what `take` throws ends it. Returns how many bytes the stream has. */
async function inflateInChunks(
  deflated: Uint8Array,
  signal: AbortSignal | undefined,
  take: (chunk: Uint8Array) => void,
): Promise<number> {
  const engine = createInflateRaw({ chunkSize: CHUNK_BYTES });
  engine.end(deflated);
  try {
    for await (const chunk of engine) {
      if (signal?.aborted === true) {
        throw new Failure("cancelled", "Reading the tarball was stopped.");
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zlib streams yield buffers
      take(chunk as Buffer);
    }
  } catch (error) {
    refuseInflating(error);
  }
  return engine.bytesWritten;
}

function refuseInflating(error: unknown): never {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_DATA_ERROR" || code === "Z_NEED_DICT") refuse("gzip-corrupt");
  if (code === "Z_BUF_ERROR") refuse("truncated");
  if (code === "ERR_BUFFER_TOO_LARGE") refuse("gzip-size-mismatch");
  throw error;
}

function refuseTrailing(member: GzipMember, readBytes: number): never {
  const next = member.deflated.subarray(readBytes + TRAILER_BYTES);
  const isMember = next[0] === 0x1f && next[1] === 0x8b;
  return refuse(isMember ? "gzip-multiple-members" : "gzip-trailing-data");
}
