import { createHash } from "node:crypto";
import { join } from "node:path";
import { isJsonObject, parseJson, type JsonObject } from "../model/canonical.ts";
import type { Clock } from "../platform/clock.ts";
import { isUnfinished, sweepUnfinished, type Files, type ListedFile } from "../platform/files.ts";
import type { ContentCoding } from "./body.ts";
import type { KeptPackument } from "./packument-cache.ts";

/** The packument cache's folder: one file an answer, named by the digest of its key. */
export interface PackumentDisk {
  /** Undefined for what is absent, damaged, altered or about another key. */
  read(key: string): Promise<KeptPackument | undefined>;
  /** In the background; a full disk loses the entry and nothing else. */
  write(key: string, kept: KeptPackument): void;
  remove(key: string): void;
  settled(): Promise<void>;
}

export interface PackumentDiskOptions {
  readonly folder: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly bytesMax: number;
}

/** Raised when the layout changes; older files then read as absent. */
const LAYOUT = 1;
const ENTRY_BYTES_MAX = 128 * 1024 * 1024;
/** Eviction goes this far below the bound, so that it does not run for every write. */
const EVICTED_TO = 0.8;
const CODINGS: readonly ContentCoding[] = ["identity", "gzip", "br", "deflate"];

export function createPackumentDisk(options: PackumentDiskOptions): PackumentDisk {
  const { files, folder } = options;
  const pathOf = (key: string): string => join(folder, sha256(key));
  let work = Promise.resolve();
  let totalBytes: number | undefined;
  const enqueue = (task: () => Promise<void>): void => {
    work = work.then(task).catch(() => undefined);
  };
  return {
    read: async (key) => {
      try {
        const bytes = await files.read(pathOf(key));
        return bytes === undefined ? undefined : unpack(key, bytes);
      } catch {
        return undefined;
      }
    },
    write: (key, kept) => {
      enqueue(async () => {
        const bytes = pack(key, kept);
        if (bytes.length > ENTRY_BYTES_MAX) return;
        totalBytes ??= await measure(options);
        await files.write(pathOf(key), bytes);
        totalBytes += bytes.length;
        if (totalBytes > options.bytesMax) totalBytes = await evict(options);
      });
    },
    remove: (key) => {
      enqueue(() => files.remove(pathOf(key)));
    },
    settled: () => work,
  };
}

async function measure({ files, folder, clock }: PackumentDiskOptions): Promise<number> {
  await sweepUnfinished(files, folder, clock());
  return sum(await files.list(folder));
}

async function evict({ files, folder, bytesMax }: PackumentDiskOptions): Promise<number> {
  const kept = (await files.list(folder)).filter((file) => !isUnfinished(file));
  const oldestFirst = kept.toSorted((a, b) => a.modifiedAtMs - b.modifiedAtMs);
  let total = sum(oldestFirst);
  for (const file of oldestFirst) {
    if (total <= bytesMax * EVICTED_TO) break;
    if (file.kind !== "file") continue;
    await files.remove(file.path);
    total -= file.sizeBytes;
  }
  return total;
}

function sum(listed: readonly ListedFile[]): number {
  return listed.reduce((total, file) => total + file.sizeBytes, 0);
}

/** Digest of the rest, newline, JSON head, newline, body. */
function pack(key: string, kept: KeptPackument): Buffer {
  const head = JSON.stringify({
    layout: LAYOUT,
    key,
    etag: kept.etag ?? null,
    lastModified: kept.lastModified ?? null,
    freshUntilMs: kept.freshUntilMs,
    coding: kept.coding,
  });
  const rest = Buffer.concat([Buffer.from(`${head}\n`), kept.bytes]);
  return Buffer.concat([Buffer.from(`${sha256(rest)}\n`), rest]);
}

function unpack(key: string, bytes: Buffer): KeptPackument | undefined {
  const digestEnd = bytes.indexOf("\n");
  const headEnd = bytes.indexOf("\n", digestEnd + 1);
  if (bytes.length > ENTRY_BYTES_MAX || digestEnd === -1 || headEnd === -1) return undefined;
  const rest = bytes.subarray(digestEnd + 1);
  if (bytes.toString("latin1", 0, digestEnd) !== sha256(rest)) return undefined;
  const head = parseJson(bytes.toString("utf8", digestEnd + 1, headEnd));
  if (!isJsonObject(head) || head["layout"] !== LAYOUT || head["key"] !== key) return undefined;
  return keptOf(head, bytes.subarray(headEnd + 1));
}

function keptOf(head: JsonObject, bytes: Uint8Array): KeptPackument | undefined {
  const { etag, lastModified, freshUntilMs } = head;
  const coding = CODINGS.find((known) => known === head["coding"]);
  if (coding === undefined || typeof freshUntilMs !== "number") return undefined;
  return {
    etag: typeof etag === "string" ? etag : undefined,
    lastModified: typeof lastModified === "string" ? lastModified : undefined,
    freshUntilMs,
    coding,
    bytes,
  };
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
