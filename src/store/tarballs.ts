import { createHash } from "node:crypto";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { messageOf } from "../model/failure.ts";
import { isUnfinished, sweepUnfinished, type Files, type ListedFile } from "../platform/files.ts";

/**
 * Tarballs that were allowed once, filed under their own digest. Only a cache: whatever goes wrong
 * costs a download and nothing else, so writes are not synced (bytes that a power cut mangled fail
 * the digest when they are read) and no trouble with the disk is ever an error.
 */
export interface Tarballs {
  put(bytes: Uint8Array, sha512: string): Promise<PutResult>;
  /** Undefined when absent, unreadable or not the bytes that were put; those are removed. */
  get(sha512: string): Promise<Buffer | undefined>;
  /** Down to the size limit, longest unused first; nothing to do when nothing was put. */
  trim(): Promise<void>;
}

export type PutResult =
  | { readonly stored: true }
  | { readonly stored: false; readonly why: string };

export const TARBALLS_BYTES_MAX = 2 * 1024 ** 3;

/** The folder may exceed its limit by this much for each process that is writing to it. */
const TRIM_EVERY_BYTES = 64 * 1024 ** 2;
/** Trimmed a little below the limit, so that the next package does not cause the next trim. */
const TRIMMED_TO = 0.9;
/** A digest over more than this lets other work go first in between. */
const HASHED_AT_ONCE_BYTES = 4 * 1024 ** 2;

export function openTarballs(
  folder: string,
  files: Files,
  clock: () => number,
  bytesMax: number,
): Tarballs {
  let addedBytes = 0;
  const pathOf = (sha512: string): string => {
    if (!/^[0-9a-f]{128}$/.test(sha512)) throw new TypeError("not a sha512 in hexadecimal");
    return join(folder, sha512.slice(0, 2), sha512.slice(2));
  };
  const trim = async (): Promise<void> => {
    if (addedBytes === 0) return;
    addedBytes = 0;
    try {
      await trimTo(folder, files, clock(), bytesMax);
    } catch {
      return;
    }
  };
  return {
    trim,
    put: async (bytes, sha512) => {
      const path = pathOf(sha512);
      try {
        await files.write(path, bytes);
      } catch (error) {
        return { stored: false, why: messageOf(error) };
      }
      addedBytes += bytes.length;
      if (addedBytes > TRIM_EVERY_BYTES) await trim();
      return { stored: true };
    },
    get: async (sha512) => {
      const path = pathOf(sha512);
      try {
        const bytes = await files.read(path);
        if (bytes === undefined) return undefined;
        if ((await sha512Of(bytes)) !== sha512) {
          await files.remove(path);
          return undefined;
        }
        await files.touch(path, clock()).catch(() => undefined);
        return bytes;
      } catch {
        return undefined;
      }
    },
  };
}

async function sha512Of(bytes: Uint8Array): Promise<string> {
  const hashing = createHash("sha512");
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE_BYTES) {
    if (at > 0) await setImmediate();
    hashing.update(bytes.subarray(at, at + HASHED_AT_ONCE_BYTES));
  }
  return hashing.digest("hex");
}

async function trimTo(folder: string, files: Files, nowMs: number, max: number): Promise<void> {
  const kept: ListedFile[] = [];
  for (const shard of await files.list(folder)) {
    if (shard.kind === "file") continue;
    await sweepUnfinished(files, shard.path, nowMs);
    const listed = await files.list(shard.path);
    kept.push(...listed.filter((file) => file.kind === "file" && !isUnfinished(file)));
  }
  let total = kept.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (total <= max) return;
  kept.sort((a, b) => a.modifiedAtMs - b.modifiedAtMs || (a.path < b.path ? -1 : 1));
  for (const file of kept) {
    if (total <= max * TRIMMED_TO) return;
    await files.remove(file.path);
    total -= file.sizeBytes;
  }
}
