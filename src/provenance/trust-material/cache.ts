import { hash } from "node:crypto";
import { join } from "node:path";
import { isJsonObject, parseJson, type Json, type JsonObject } from "../../model/canonical.ts";
import { messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import type { Files } from "../../platform/files.ts";
import { systemCodeOf } from "../../platform/system-error.ts";
import { exactBase64 } from "../base64.ts";
import type { Repository, RepositoryFiles } from "./repository.ts";

/**
 * What was refreshed last, as one file that is replaced whole, so that no two of its parts are of
 * different refreshes. Nothing in it is believed: whoever uses it verifies the files again.
 */
export interface Kept {
  readonly refreshedAtMs: number;
  readonly expiresAtMs: number;
  /** {@link digestOf} the material that this Veln came with at the time. */
  readonly shippedDigest: string;
  /** {@link digestOf} the refreshed material. */
  readonly digest: string;
  readonly files: RepositoryFiles;
}

/** Expected: a disk may be full, and a file half-written, restored or anybody's. */
export type KeptAnswer =
  | { readonly state: "kept"; readonly kept: Kept }
  | { readonly state: "none" }
  | { readonly state: "unusable"; readonly why: string };

export interface FailedAttempt {
  readonly atMs: number;
  /** One sentence; printable. */
  readonly why: string;
}

export interface TrustCache {
  kept(nowMs: number): Promise<KeptAnswer>;
  /** @returns why it could not be kept, if it could not */
  keep(kept: Kept): Promise<string | undefined>;
  failedAttempt(nowMs: number): Promise<FailedAttempt | undefined>;
  rememberFailure(attempt: FailedAttempt): Promise<void>;
}

/** Two registries may use one mirror, each with keys of its own there. */
export function openTrustCache(files: Files, folder: string, repository: Repository): TrustCache {
  const { mirror, keysTarget } = repository;
  const own = join(folder, `${hostOf(mirror)}-${digestOf([mirror, keysTarget]).slice(0, 16)}`);
  const path = join(own, "refreshed.json");
  const attemptPath = join(own, "failed.json");
  return {
    kept: async (nowMs) => {
      try {
        const text = await readBounded(files, own, path);
        return text === undefined ? { state: "none" } : readKept(text, repository, nowMs);
      } catch (error) {
        return { state: "unusable", why: diskTrouble(error) };
      }
    },
    keep: async (kept) => {
      try {
        await files.write(path, Buffer.from(printKept(kept, repository)));
        return undefined;
      } catch (error) {
        return diskTrouble(error);
      }
    },
    failedAttempt: async (nowMs) => {
      try {
        return readAttempt(await readBounded(files, own, attemptPath), nowMs);
      } catch (error) {
        diskTrouble(error);
        return undefined;
      }
    },
    rememberFailure: async (attempt) => {
      try {
        await files.write(attemptPath, Buffer.from(JSON.stringify(attempt)));
      } catch (error) {
        diskTrouble(error);
      }
    },
  };
}

/** Over the parts and where each ends. */
export function digestOf(parts: readonly (string | Uint8Array | undefined)[]): string {
  const digests = parts.map((part) => (part === undefined ? "" : hash("sha256", part)));
  return hash("sha256", digests.join("\n"));
}

function hostOf(mirror: string): string {
  return encodeURIComponent(new URL(mirror).host).slice(0, 100);
}

/** @throws what is no error of the operating system's */
function diskTrouble(error: unknown): string {
  if (systemCodeOf(error) === undefined) throw error;
  return `${printable(messageOf(error)).replace(/\.$/, "")}.`;
}

const FORMAT = 1;
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
const FILES_MAX = 256;
const WHY_LENGTH_MAX = 400;

/** Undefined for what is no regular file; a pipe would never end. */
async function readBounded(
  files: Files,
  folder: string,
  path: string,
): Promise<string | undefined> {
  const listed = (await files.list(folder)).find((file) => file.path === path);
  if (listed?.kind !== "file") return undefined;
  // What is too long is no JSON either.
  if (listed.sizeBytes > KEPT_BYTES_MAX) return "";
  return (await files.read(path))?.toString("utf8");
}

function printKept(kept: Kept, { mirror }: Repository): string {
  const files = [...kept.files].map(([name, bytes]) => [name, bytes.toString("base64")]);
  return JSON.stringify({ format: FORMAT, mirror, ...kept, files: Object.fromEntries(files) });
}

const UNUSABLE = { state: "unusable", why: "it is damaged." } as const;

function readKept(text: string, repository: Repository, nowMs: number): KeptAnswer {
  const json = objectIn(text);
  if (json?.["format"] !== FORMAT) return UNUSABLE;
  if (json["mirror"] !== repository.mirror) {
    return { state: "unusable", why: "it is of another mirror." };
  }
  const { refreshedAtMs, expiresAtMs, shippedDigest, digest } = json;
  const files = filesIn(json["files"]);
  if (
    files === undefined ||
    typeof refreshedAtMs !== "number" ||
    typeof expiresAtMs !== "number" ||
    typeof shippedDigest !== "string" ||
    typeof digest !== "string"
  ) {
    return UNUSABLE;
  }
  if (refreshedAtMs > nowMs) return { state: "unusable", why: "it is dated in the future." };
  return { state: "kept", kept: { refreshedAtMs, expiresAtMs, shippedDigest, digest, files } };
}

function readAttempt(text: string | undefined, nowMs: number): FailedAttempt | undefined {
  const json = text === undefined ? undefined : objectIn(text);
  const { atMs, why } = json ?? {};
  if (typeof atMs !== "number" || typeof why !== "string" || atMs > nowMs) return undefined;
  return { atMs, why: printable(why, WHY_LENGTH_MAX) };
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const json = parseJson(text);
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function filesIn(json: Json | undefined): RepositoryFiles | undefined {
  if (!isJsonObject(json)) return undefined;
  const files = new Map<string, Buffer>();
  for (const [name, text] of Object.entries(json)) {
    const bytes = typeof text === "string" ? exactBase64(text) : undefined;
    if (bytes === undefined || files.size === FILES_MAX) return undefined;
    files.set(name, bytes);
  }
  return files;
}
