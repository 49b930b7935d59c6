import { promisify } from "node:util";
import {
  brotliDecompress,
  gunzip,
  gzip,
  inflate,
  type InputType,
  type ZlibOptions,
} from "node:zlib";
import { Failure, messageOf } from "../model/failure.ts";
import type { NetworkAnswer } from "../platform/network.ts";

/** Large enough that a document of 10 MB needs few trips to the thread pool. */
const INFLATE_CHUNK_BYTES = 256 * 1024;

export type ContentCoding = "identity" | "gzip" | "br" | "deflate";

/** One value of a header; the first where a server sent it twice. */
export function headerOf(answer: Pick<NetworkAnswer, "headers">, name: string): string | undefined {
  const value = Object.hasOwn(answer.headers, name) ? answer.headers[name] : undefined;
  return typeof value === "string" || value === undefined ? value : value[0];
}

/** @throws Failure "upstream-broken" for a coding that was not asked for */
export function codingOf(answer: NetworkAnswer, url: URL): ContentCoding {
  const coding = (headerOf(answer, "content-encoding") ?? "identity").trim().toLowerCase();
  const known = coding === "" ? "identity" : coding === "x-gzip" ? "gzip" : coding;
  if (known === "identity" || known === "gzip" || known === "br" || known === "deflate") {
    return known;
  }
  throw new Failure("upstream-broken", `${url.host} answered in a coding that was not asked for.`, {
    url: url.href,
  });
}

/** The announced length, or undefined where none or nonsense was announced. */
export function announcedLength(answer: NetworkAnswer): number | undefined {
  const text = headerOf(answer, "content-length");
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export interface Bound {
  readonly name: string;
  readonly bytes: number;
}

export function tooLarge(url: URL, bound: Bound, found: number): Failure {
  return new Failure("too-large", `The answer from ${url.host} is larger than Veln accepts.`, {
    url: url.href,
    limit: bound.name,
    found,
    wanted: bound.bytes,
  });
}

export function wrongLength(url: URL, found: number, wanted: number): Failure {
  return new Failure(
    "upstream-broken",
    `${url.host} announced ${String(wanted)} bytes and sent ${String(found)}.`,
    { url: url.href, found, wanted },
  );
}

type Progress = (receivedBytes: number) => void;

/** The whole body, undecoded. @throws Failure "too-large", "upstream-broken" */
export async function readBytes(
  answer: NetworkAnswer,
  url: URL,
  bound: Bound,
  onProgress?: Progress,
): Promise<Uint8Array> {
  const announced = announcedLength(answer);
  if (announced !== undefined && announced > bound.bytes) {
    await answer.discard();
    throw tooLarge(url, bound, announced);
  }
  return announced === undefined
    ? readUnannounced(answer, url, bound, onProgress)
    : readAnnounced(answer, url, announced, onProgress);
}

async function readAnnounced(
  answer: NetworkAnswer,
  url: URL,
  announced: number,
  onProgress: Progress | undefined,
): Promise<Uint8Array> {
  // Pages that are never written to cost nothing, so a false announcement does not either. Filled
  // whole or not returned at all.
  const bytes = Buffer.allocUnsafeSlow(announced);
  let size = 0;
  for await (const piece of answer.body) {
    if (size + piece.length > announced) throw wrongLength(url, size + piece.length, announced);
    bytes.set(piece, size);
    size += piece.length;
    onProgress?.(size);
  }
  if (size !== announced) throw wrongLength(url, size, announced);
  return bytes;
}

async function readUnannounced(
  answer: NetworkAnswer,
  url: URL,
  bound: Bound,
  onProgress: Progress | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > bound.bytes) throw tooLarge(url, bound, size);
    pieces.push(piece);
    onProgress?.(size);
  }
  return Buffer.concat(pieces, size);
}

const inflaters = {
  gzip: promisify<InputType, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<InputType, ZlibOptions, Buffer>(inflate),
  br: promisify<InputType, ZlibOptions, Buffer>(brotliDecompress),
};

/** Decodes off this thread and gives up as soon as the bound is passed. */
export async function decode(
  bytes: Uint8Array,
  coding: ContentCoding,
  url: URL,
  bound: Bound,
): Promise<Uint8Array> {
  if (coding === "identity") {
    if (bytes.length > bound.bytes) throw tooLarge(url, bound, bytes.length);
    return bytes;
  }
  try {
    return await inflaters[coding](bytes, {
      maxOutputLength: bound.bytes,
      chunkSize: INFLATE_CHUNK_BYTES,
    });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(url, bound, bound.bytes + 1);
    throw new Failure(
      "upstream-broken",
      `The answer from ${url.host} cannot be decompressed: ${messageOf(error)}.`,
      { url: url.href },
      error,
    );
  }
}

/** For keeping, not for sending: fast, off this thread. */
export function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return promisify<InputType, ZlibOptions, Buffer>(gzip)(bytes, {
    level: 1,
    chunkSize: INFLATE_CHUNK_BYTES,
  });
}
