import { randomBytes } from "node:crypto";
import type { Dirent } from "node:fs";
import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  utimes,
} from "node:fs/promises";
import { join } from "node:path";
import { systemCodeOf } from "./system-error.ts";

/** Files that appear whole or not at all, for the stores that several Veln processes share. */
export interface Files {
  /** Undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** Writes or replaces. The folder is created; on an error nothing is left and nothing replaced. */
  write(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<void>;
  /** Like `write`, but an existing file wins: false, and the bytes are dropped. */
  create(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<boolean>;
  /** It is no error when the file is gone already. */
  remove(path: string): Promise<void>;
  /** Regular files and folders directly inside; none when the folder does not exist. */
  list(folder: string): Promise<readonly ListedFile[]>;
  /** Sets the modification time; it is no error when the file is gone. */
  touch(path: string, atMs: number): Promise<void>;
  /** With its parents, readable by this user alone. */
  makeFolder(path: string): Promise<void>;
}

export interface WriteOptions {
  /** Survives a power cut, not only a crash of this process. */
  readonly durable?: boolean;
}

export interface ListedFile {
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** What a crash between writing and renaming leaves behind; {@link sweepUnfinished} removes it. */
const UNFINISHED = /\.[0-9a-f]{16}\.tmp$/;
/** Younger ones may belong to another process that is still writing. */
const UNFINISHED_AGE_MAX_MS = 60 * 60 * 1000;

/** The single steps of which {@link Files} is made, so that a test can let each of them fail. */
export interface Disk {
  readonly readFile: (path: string) => Promise<Buffer>;
  /** Creates a file for this user alone; an existing one is an error. */
  readonly writeNew: (path: string, bytes: Uint8Array, sync: boolean) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly link: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  readonly readdir: (folder: string) => Promise<readonly Dirent[]>;
  readonly stat: (path: string) => Promise<{ readonly size: number; readonly mtimeMs: number }>;
  readonly utimes: (path: string, atMs: number) => Promise<void>;
  readonly mkdir: (folder: string) => Promise<void>;
}

export const systemDisk: Disk = {
  readFile: (path) => readFile(path),
  writeNew: async (path, bytes, sync) => {
    const handle = await open(path, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
  },
  rename,
  link,
  unlink,
  readdir: (folder) => readdir(folder, { withFileTypes: true }),
  stat,
  utimes: (path, atMs) => utimes(path, atMs / 1000, atMs / 1000),
  mkdir: async (folder) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  },
};

export const systemFiles: Files = filesOn(systemDisk);

export function filesOn(disk: Disk): Files {
  return {
    read: (path) => unlessAbsent(disk.readFile(path)),
    write: (path, bytes, options) =>
      viaUnfinished(disk, path, bytes, options, (unfinished) => disk.rename(unfinished, path)),
    create: async (path, bytes, options) => {
      try {
        await viaUnfinished(disk, path, bytes, options, async (unfinished) => {
          await disk.link(unfinished, path);
          await disk.unlink(unfinished);
        });
        return true;
      } catch (error) {
        if (systemCodeOf(error) === "EEXIST") return false;
        throw error;
      }
    },
    remove: async (path) => {
      await unlessAbsent(disk.unlink(path));
    },
    list: (folder) => listOf(disk, folder),
    touch: async (path, atMs) => {
      await unlessAbsent(disk.utimes(path, atMs));
    },
    makeFolder: (path) => disk.mkdir(path),
  };
}

/** Removes what crashed processes left in a folder, once nobody can be writing it any more. */
export async function sweepUnfinished(files: Files, folder: string, nowMs: number): Promise<void> {
  for (const file of await files.list(folder)) {
    const stale = nowMs - file.modifiedAtMs > UNFINISHED_AGE_MAX_MS;
    if (stale && isUnfinished(file)) await files.remove(file.path);
  }
}

export function isUnfinished(file: ListedFile): boolean {
  return file.kind === "file" && UNFINISHED.test(file.path);
}

async function viaUnfinished(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  options: WriteOptions | undefined,
  finish: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  const durable = options?.durable ?? false;
  try {
    await orWithFolder(disk, join(path, ".."), () => disk.writeNew(unfinished, bytes, durable));
    await finish(unfinished);
  } catch (error) {
    // What cannot be removed now is swept later; the first error is the one to tell.
    await disk.unlink(unfinished).catch(() => undefined);
    throw error;
  }
}

/** Folders are there but for the first time, and asking first costs as much as writing. */
async function orWithFolder(disk: Disk, folder: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
    await disk.mkdir(folder);
    await write();
  }
}

async function listOf(disk: Disk, folder: string): Promise<readonly ListedFile[]> {
  const entries = (await unlessAbsent(disk.readdir(folder))) ?? [];
  const listed = await Promise.all(
    entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map(async (entry): Promise<ListedFile | undefined> => {
        const path = join(folder, entry.name);
        const stats = await unlessAbsent(disk.stat(path));
        if (stats === undefined) return undefined;
        return {
          path,
          kind: entry.isFile() ? "file" : "folder",
          sizeBytes: stats.size,
          modifiedAtMs: stats.mtimeMs,
        };
      }),
  );
  return listed.filter((file) => file !== undefined);
}

async function unlessAbsent<Value>(pending: Promise<Value>): Promise<Value | undefined> {
  try {
    return await pending;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
