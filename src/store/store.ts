import { join } from "node:path";
import { Failure, isFailure, messageOf } from "../model/failure.ts";
import type { Clock } from "../platform/clock.ts";
import { systemFiles, type Files } from "../platform/files.ts";
import { renewHead, writeFirstHead } from "./chain.ts";
import { connectSqlite, openDatabase, type Connect, type FirstRows } from "./database.ts";
import { openInstallationKey, type InstallationKey } from "./installation-key.ts";
import { openOrigins, ORIGINS, type Origins } from "./origins.ts";
import { openSeen, SEEN, SEEN_IN_1, type Seen } from "./seen.ts";
import { openAnswers, type Answers } from "./answers.ts";
import { openTarballs, TARBALLS_BYTES_MAX, type Tarballs } from "./tarballs.ts";
import { openVerdicts, type Verdicts } from "./verdicts.ts";

/** What this installation remembers. Several processes may have the same folder open. */
export interface Store {
  readonly seen: Seen;
  readonly origins: Origins;
  readonly verdicts: Verdicts;
  readonly tarballs: Tarballs;
  readonly answers: Answers;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly clock: Clock;
  readonly files?: Files;
  readonly connect?: Connect;
  readonly tarballsBytesMax?: number;
  readonly answersMax?: number;
}

const DATABASE_FILE = "store.sqlite";
const TARBALLS_FOLDER = "tarballs";
const ANSWERS_FILE = "answers.sqlite";

/**
 * Opens the store, making it on first use, and checks that every first sighting and every
 * origin in it is as this installation wrote it.
 *
 * @throws Failure "store-altered", "store-unavailable"
 */
export async function openStore(folder: string, options: StoreOptions): Promise<Store> {
  const { clock, files = systemFiles, connect = connectSqlite } = options;
  const key = await keyOf(folder, files, clock());
  const path = join(folder, DATABASE_FILE);
  const database = openDatabase(path, connect, firstRows(path, key));
  const bytesMax = options.tarballsBytesMax ?? TARBALLS_BYTES_MAX;
  const tarballs = openTarballs(join(folder, TARBALLS_FOLDER), files, clock, bytesMax);
  const { answersMax } = options;
  const bounds = answersMax === undefined ? {} : { rowsMax: answersMax };
  const answers = openAnswers(join(folder, ANSWERS_FILE), key, {
    files,
    connect,
    clock,
    ...bounds,
  });
  try {
    return {
      seen: openSeen(database, key, clock),
      origins: openOrigins(database, key, clock),
      verdicts: openVerdicts(database, key, clock),
      tarballs,
      answers,
      close: async () => {
        await tarballs.trim();
        await answers.close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function firstRows(path: string, key: InstallationKey): FirstRows {
  return {
    ofNewFile: (connection) => {
      writeFirstHead(connection, key, SEEN);
      writeFirstHead(connection, key, ORIGINS);
    },
    since1: (connection) => {
      renewHead(connection, key, { from: SEEN_IN_1, to: SEEN }, path);
      writeFirstHead(connection, key, ORIGINS);
    },
  };
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
