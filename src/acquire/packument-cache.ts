import type { Clock } from "../platform/clock.ts";
import type { Files } from "../platform/files.ts";
import type { ContentCoding } from "./body.ts";
import { createPackumentDisk, type PackumentDisk } from "./packument-disk.ts";
import { createSizedLru } from "./sized-lru.ts";
import type { Packument } from "./packument.ts";

/** A registry's answer about one package, kept as compressed as it came. */
export interface KeptPackument {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** Until then the registry need not be asked again; 0 when it always has to. */
  readonly freshUntilMs: number;
  readonly coding: ContentCoding;
  readonly bytes: Uint8Array;
}

export interface Parsed {
  readonly packument: Packument;
  /** Length of the JSON text: a measure of the memory that the parsed document takes. */
  readonly jsonBytes: number;
}

/**
 * What registries said, kept in three forms: parsed documents (few, they are large), compressed
 * bytes in memory, compressed bytes on disk. Losing any of it costs a request, nothing else, so
 * errors of the disk are silence here.
 */
export interface PackumentCache {
  get(key: string): Promise<KeptPackument | undefined>;
  put(key: string, kept: KeptPackument, options: { readonly onDisk: boolean }): void;
  remove(key: string): void;
  /** The parsed form of exactly this answer, if it is still here. */
  parsed(key: string, kept: KeptPackument): Packument | undefined;
  keepParsed(key: string, kept: KeptPackument, parsed: Parsed): void;
  /** Resolves when everything has reached the disk. */
  close(): Promise<void>;
}

export interface PackumentCacheOptions {
  /** Undefined: memory only. */
  readonly folder: string | undefined;
  readonly files: Files;
  readonly clock: Clock;
  readonly memoryBytesMax?: number;
  readonly parsedJsonBytesMax?: number;
  readonly diskBytesMax?: number;
}

const MEMORY_BYTES_MAX = 24 * 1024 * 1024;
const PARSED_JSON_BYTES_MAX = 24 * 1024 * 1024;
const DISK_BYTES_MAX = 512 * 1024 * 1024;

export function createPackumentCache(options: PackumentCacheOptions): PackumentCache {
  const compressed = createSizedLru<KeptPackument>(options.memoryBytesMax ?? MEMORY_BYTES_MAX);
  const documents = createSizedLru<Parsed & { readonly kept: KeptPackument }>(
    options.parsedJsonBytesMax ?? PARSED_JSON_BYTES_MAX,
  );
  const disk: PackumentDisk | undefined =
    options.folder === undefined
      ? undefined
      : createPackumentDisk({
          folder: options.folder,
          files: options.files,
          clock: options.clock,
          bytesMax: options.diskBytesMax ?? DISK_BYTES_MAX,
        });
  return {
    get: async (key) => {
      const known = compressed.get(key);
      if (known !== undefined || disk === undefined) return known;
      const read = await disk.read(key);
      if (read !== undefined) compressed.set(key, read, read.bytes.length);
      return read;
    },
    put: (key, kept, { onDisk }) => {
      const refreshed = compressed.get(key)?.bytes === kept.bytes;
      compressed.set(key, kept, kept.bytes.length);
      if (onDisk && !refreshed) disk?.write(key, kept);
    },
    remove: (key) => {
      compressed.delete(key);
      documents.delete(key);
      disk?.remove(key);
    },
    parsed: (key, kept) => {
      const document = documents.get(key);
      return document?.kept.bytes === kept.bytes ? document.packument : undefined;
    },
    keepParsed: (key, kept, parsed) => {
      documents.set(key, { ...parsed, kept }, parsed.jsonBytes);
    },
    close: async () => disk?.settled(),
  };
}
