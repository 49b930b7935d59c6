import { open, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Failure, messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import type { LockedPackage, Lockfile, LockfileFormat } from "../../model/lockfile.ts";
import { readBunLock } from "./bun-lock.ts";
import { LOCKFILE_BYTES_MAX, refuseLockfile } from "./lockfile.ts";
import { readNpmLock } from "./npm-lock.ts";
import { readPnpmLock } from "./pnpm-lock.ts";
import { readYarnBerryLock } from "./yarn-berry.ts";
import { isYarnLockV1, readYarnClassicLock } from "./yarn-classic.ts";

/** In the order in which one is chosen; npm prefers its own two in this order, too. */
const NAMES = [
  "npm-shrinkwrap.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
] as const;
type LockfileName = (typeof NAMES)[number];

export interface ChosenLockfile {
  readonly lockfile: Lockfile;
  /** Names of others in the same folder, which were not read. */
  readonly passedOver: readonly string[];
}

/** @throws Failure "usage" where the folder has none, "bad-config" for one that cannot be used */
export async function readLockfileIn(folder: string): Promise<ChosenLockfile> {
  const present: LockfileName[] = [];
  for (const name of NAMES) if (await isThere(join(folder, name))) present.push(name);
  const [chosen, ...passedOver] = present;
  if (chosen === undefined) throw await noLockfile(folder);
  return { lockfile: await readLockfile(join(folder, chosen)), passedOver };
}

/** @param path its name says which package manager wrote it */
export async function readLockfile(path: string): Promise<Lockfile> {
  return parseLockfile(path, await textOf(path));
}

/** @throws Failure "bad-config" naming the file, and the line where it is known */
export function parseLockfile(path: string, text: string): Lockfile {
  const format = formatOf(path, text);
  return { path, format, packages: READERS[format](path, text) };
}

const READERS: Readonly<
  Record<LockfileFormat, (path: string, text: string) => readonly LockedPackage[]>
> = {
  npm: readNpmLock,
  pnpm: readPnpmLock,
  "yarn-classic": readYarnClassicLock,
  "yarn-berry": readYarnBerryLock,
  bun: readBunLock,
};

function formatOf(path: string, text: string): LockfileFormat {
  const name = NAMES.find((known) => known === basename(path));
  if (name === undefined) refuseLockfile(path, `it has the name of none: ${NAMES.join(", ")}`);
  if (name === "yarn.lock") return isYarnLockV1(text) ? "yarn-classic" : "yarn-berry";
  return FORMAT_BY_NAME[name];
}

const FORMAT_BY_NAME: Readonly<Record<Exclude<LockfileName, "yarn.lock">, LockfileFormat>> = {
  "npm-shrinkwrap.json": "npm",
  "package-lock.json": "npm",
  "pnpm-lock.yaml": "pnpm",
  "bun.lock": "bun",
};

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

async function noLockfile(folder: string): Promise<Failure> {
  const binary = await isThere(join(folder, "bun.lockb"));
  const why = binary
    ? "has bun.lockb alone, which is binary: bun install --save-text-lockfile writes bun.lock"
    : `has no lockfile (${NAMES.join(", ")})`;
  return new Failure("usage", `${printable(folder)} ${why}.`, { path: folder });
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

async function textOf(path: string): Promise<string> {
  const bytes = await bytesOf(path);
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    return refuseLockfile(path, "it is not UTF-8", undefined, error);
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  let size: number;
  try {
    // A device or a pipe may never end, and opening one may wait for its other side.
    const stats = await stat(path);
    if (!stats.isFile()) return refuseLockfile(path, "it is no file");
    ({ size } = stats);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return refuseLockfile(path, messageOf(error), undefined, error);
  }
  if (size > LOCKFILE_BYTES_MAX) refuseLockfile(path, "it is larger than 64 MiB");
  return readAll(path, size);
}

async function readAll(path: string, size: number): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return refuseLockfile(path, messageOf(error), undefined, error);
  }
}
