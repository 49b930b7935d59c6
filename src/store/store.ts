import { join } from "node:path";
import { Failure, isFailure, messageOf } from "../model/failure.ts";
import type { Clock } from "../platform/clock.ts";
import { systemFiles, type Files } from "../platform/files.ts";
import { connectSqlite, openDatabase, type Connect } from "./database.ts";
import { openInstallationKey, type InstallationKey } from "./installation-key.ts";
import { openSeen, writeFirstHead, type Seen } from "./seen.ts";
import { openTarballs, TARBALLS_BYTES_MAX, type Tarballs } from "./tarballs.ts";
import { openVerdicts, type Verdicts } from "./verdicts.ts";

/** What this installation remembers. Several processes may have the same folder open. */
export interface Store {
  readonly seen: Seen;
  readonly verdicts: Verdicts;
  readonly tarballs: Tarballs;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly clock: Clock;
  readonly files?: Files;
  readonly connect?: Connect;
  readonly tarballsBytesMax?: number;
}

const DATABASE_FILE = "store.sqlite";
const TARBALLS_FOLDER = "tarballs";

/**
 * Opens the store, making it on first use, and checks that every first sighting in it is as this
 * installation wrote it.
 *
 * @throws Failure "store-altered", "store-unavailable"
 */
export async function openStore(folder: string, options: StoreOptions): Promise<Store> {
  const { clock, files = systemFiles, connect = connectSqlite } = options;
  const key = await keyOf(folder, files, clock());
  const database = openDatabase(join(folder, DATABASE_FILE), connect, (connection) => {
    writeFirstHead(connection, key);
  });
  const bytesMax = options.tarballsBytesMax ?? TARBALLS_BYTES_MAX;
  const tarballs = openTarballs(join(folder, TARBALLS_FOLDER), files, clock, bytesMax);
  try {
    return {
      seen: openSeen(database, key, clock),
      verdicts: openVerdicts(database, key, clock),
      tarballs,
      close: async () => {
        await tarballs.trim();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function keyOf(folder: string, files: Files, nowMs: number): Promise<InstallationKey> {
  try {
    await files.makeFolder(folder);
    return await openInstallationKey(folder, files, nowMs);
  } catch (error) {
    if (isFailure(error)) throw error;
    throw new Failure(
      "store-unavailable",
      `The integrity store in ${folder} cannot be used: ${messageOf(error)}.`,
      { path: folder },
      error,
    );
  }
}
