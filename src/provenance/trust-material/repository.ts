import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetFile, Updater } from "tuf-js";
import { Failure, isFailure, messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";

/**
 * A TUF repository (The Update Framework, specification 1.0) that publishes a trust root and the
 * keys of a registry, and the root of trust that all it says is verified from.
 */
export interface Repository {
  /** Without a slash at the end. */
  readonly mirror: string;
  /** A `root.json` that is trusted as it is. */
  readonly root: Buffer;
  /** Such as `registry.example/keys.json`. */
  readonly keysTarget: string;
}

/** What a repository holds for us, verified. */
export interface Contents {
  readonly trustRoot: Buffer;
  /** Undefined when the repository has none for this registry. */
  readonly keys: Buffer | undefined;
  /** The end of what its signatures promise; ms since 1970. */
  readonly expiresAtMs: number;
}

/** By path under the mirror's address: `17.root.json`, `timestamp.json`, `targets/…`. */
export type RepositoryFiles = ReadonlyMap<string, Buffer>;

/**
 * Gets one file; undefined when there is none.
 * @throws Failure
 */
export type Fetch = (path: string, bytesMax: number) => Promise<Buffer | undefined>;

/** Contents and the files that prove them, which is what a cache has to keep. */
export interface Proven {
  readonly contents: Contents;
  readonly files: RepositoryFiles;
}

const TRUST_ROOT_TARGET = "trusted_root.json";
const FILE_BYTES_MAX = 1024 * 1024;
const BOUNDS = {
  maxRootRotations: 64,
  maxDelegations: 8,
  rootMaxLength: 512 * 1024,
  timestampMaxLength: 16 * 1024,
  snapshotMaxLength: FILE_BYTES_MAX,
  targetsMaxLength: FILE_BYTES_MAX,
};

/**
 * Verifies kept files from the root of trust on, as of a moment at which nothing may have expired.
 * @throws Failure "upstream-broken" when they do not prove anything
 */
export async function proveFiles(
  repository: Repository,
  files: RepositoryFiles,
  atMs: number,
): Promise<Proven> {
  const used = new Map<string, Buffer>();
  const fetch = recording(from(files), used);
  const contents = await inScratch(repository, (scratch) =>
    update(repository, scratch, fetch, atMs),
  );
  return { contents, files: used };
}

/** Files that were kept, and when they were fresh. */
export interface Before {
  readonly files: RepositoryFiles;
  readonly atMs: number;
}

/** What a mirror says now. What it said before, as far as that is known, it cannot take back. */
export async function refreshFiles(
  repository: Repository,
  before: Before | undefined,
  fetch: Fetch,
  nowMs: number,
): Promise<Proven> {
  const known = before === undefined ? undefined : await provenOrNothing(repository, before);
  const downloaded = new Map<string, Buffer>();
  await inScratch(repository, async (scratch) => {
    if (known !== undefined) await update(repository, scratch, from(known.files), known.atMs);
    await update(repository, scratch, recording(fetch, downloaded), nowMs);
  });
  // Proving it all once more yields the files that are still needed, and that they will suffice.
  return proveFiles(repository, new Map([...(known?.files ?? []), ...downloaded]), nowMs);
}

/** Files that prove nothing must not stand in the way of newer ones. */
async function provenOrNothing(
  repository: Repository,
  { files, atMs }: Before,
): Promise<Before | undefined> {
  try {
    return { files: (await proveFiles(repository, files, atMs)).files, atMs };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return undefined;
  }
}

function from(files: RepositoryFiles): Fetch {
  return async (path) => Promise.resolve(files.get(path));
}

function recording(fetch: Fetch, record: Map<string, Buffer>): Fetch {
  return async (path, bytesMax) => {
    const bytes = await fetch(path, bytesMax);
    if (bytes !== undefined) record.set(path, bytes);
    return bytes;
  };
}

/** tuf-js keeps its state in files that it replaces in place: they are never the ones we keep. */
async function inScratch<Value>(
  repository: Repository,
  run: (scratch: string) => Promise<Value>,
): Promise<Value> {
  const scratch = await mkdtemp(join(tmpdir(), "veln-trust-"));
  try {
    await writeFile(join(scratch, "root.json"), repository.root);
    return await run(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function update(
  repository: Repository,
  scratch: string,
  fetch: Fetch,
  nowMs: number,
): Promise<Contents> {
  const { mirror, keysTarget } = repository;
  const trouble: { first?: Failure } = {};
  try {
    const { Updater } = await import("tuf-js");
    const updater = new Updater({
      metadataDir: scratch,
      metadataBaseUrl: mirror,
      targetBaseUrl: `${mirror}/targets`,
      targetDir: scratch,
      fetcher: await fetcherFor(mirror, scratch, fetch, trouble),
      config: BOUNDS,
    });
    // It takes the time from the system, and what is kept has to be verified as of when it was fresh.
    updater["trustedSet"]["referenceTime"] = new Date(nowMs);
    await updater.refresh();
    const trustRoot = await targetOf(updater, scratch, TRUST_ROOT_TARGET);
    if (trustRoot === undefined) throw noTrustRoot(mirror);
    const keys = await targetOf(updater, scratch, keysTarget);
    return { trustRoot, keys, expiresAtMs: expiryOf(updater) };
  } catch (error) {
    if (isFailure(error)) throw error;
    // tuf-js passes on the text of what a fetch threw, and throws errors of every class at metadata.
    throw trouble.first ?? unverified(mirror, error);
  }
}

function noTrustRoot(mirror: string): Failure {
  const host = printable(new URL(mirror).host);
  return new Failure("upstream-broken", `${host} publishes no ${TRUST_ROOT_TARGET}.`, {
    url: mirror,
  });
}

const REASON_LENGTH_MAX = 200;

function unverified(mirror: string, error: unknown): Failure {
  const host = printable(new URL(mirror).host);
  const why = printable(messageOf(error).replace(/\.$/, ""), REASON_LENGTH_MAX);
  return new Failure(
    "upstream-broken",
    `What ${host} publishes does not verify: ${why}.`,
    { url: mirror },
    error,
  );
}

async function targetOf(
  updater: Updater,
  scratch: string,
  name: string,
): Promise<Buffer | undefined> {
  const target: TargetFile | undefined = await updater.getTargetInfo(name);
  if (target === undefined) return undefined;
  return readFile(await updater.downloadTarget(target, join(scratch, "target")));
}

function expiryOf(updater: Updater): number {
  const { root, timestamp, snapshot, targets } = updater["trustedSet"];
  const dates = [root, timestamp, snapshot, targets].map((role) => role?.signed.expires);
  return Math.min(...dates.map((date) => Date.parse(date ?? "")));
}

type Fetcher = NonNullable<ConstructorParameters<typeof Updater>[0]["fetcher"]>;

/** @param trouble is told the first failure, of which tuf-js hands on no more than a text */
async function fetcherFor(
  mirror: string,
  scratch: string,
  fetch: Fetch,
  trouble: { first?: Failure },
): Promise<Fetcher> {
  // Its class says to tuf-js that there is no newer root.
  const { DownloadHTTPError } = await import("tuf-js/dist/error.js");
  const downloadBytes = async (url: string, bytesMax: number): Promise<Buffer> => {
    if (!url.startsWith(`${mirror}/`)) throw new DownloadHTTPError("It is elsewhere", 404);
    const path = url.slice(mirror.length + 1);
    try {
      const bytes = await fetch(path, Math.min(bytesMax, FILE_BYTES_MAX));
      if (bytes !== undefined) return bytes;
    } catch (error) {
      if (isFailure(error)) trouble.first ??= error;
      throw error;
    }
    throw new DownloadHTTPError(`There is no ${path}`, 404);
  };
  return {
    downloadBytes,
    downloadFile: async (url, bytesMax, handler) => {
      const file = join(scratch, "download");
      await writeFile(file, await downloadBytes(url, bytesMax));
      return handler(file);
    },
  };
}
