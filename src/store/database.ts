import { DatabaseSync } from "node:sqlite";
import { Failure, isFailure, messageOf } from "../model/failure.ts";

/** The part of a SQLite connection that the store uses; tests put faults behind it. */
export type Connection = Pick<DatabaseSync, "exec" | "prepare" | "close" | "isTransaction">;
export type Connect = (path: string) => Connection;

/** Another Veln process holds the write lock for well under a millisecond at a time. */
const BUSY_TIMEOUT_MS = 5000;

export const connectSqlite: Connect = (path) =>
  new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: false });

/** Written into the file's `user_version`. Rises when {@link SCHEMA} changes. */
const SCHEMA_VERSION = 2;

const SCHEMA_1 = [
  `CREATE TABLE seen (seq INTEGER PRIMARY KEY, registry TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, facts TEXT NOT NULL, signature TEXT NOT NULL, UNIQUE (registry, name, version)) STRICT`,
  `CREATE TABLE seen_head (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, hash TEXT NOT NULL, signature TEXT NOT NULL) STRICT`,
  `CREATE TABLE verdicts (registry TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, sha512 TEXT NOT NULL, policy_digest TEXT NOT NULL, signals_digest TEXT NOT NULL, verdict TEXT NOT NULL, judged_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, signature TEXT NOT NULL, PRIMARY KEY (registry, name, version, sha512, policy_digest, signals_digest)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX verdicts_by_expiry ON verdicts (expires_at_ms)`,
] as const;

const ADDED_IN_2 = [
  `CREATE TABLE origins (seq INTEGER PRIMARY KEY, registry TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, facts TEXT NOT NULL, signature TEXT NOT NULL, UNIQUE (registry, name, version)) STRICT`,
  `CREATE TABLE origins_head (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, hash TEXT NOT NULL, signature TEXT NOT NULL) STRICT`,
] as const;

/** Compared with the file's own text at every start: an added trigger could undo what we write. */
const SCHEMA = [...SCHEMA_1, ...ADDED_IN_2];

/** What is written in one piece with the tables, so that there is no state with only one of them. */
export interface FirstRows {
  /** Into the tables of a new file. */
  readonly ofNewFile: (connection: Connection) => void;
  /** Into a file that has the tables of schema version 1 and rows in them, and now the new ones too. */
  readonly since1: (connection: Connection) => void;
}

/** One file, its connection, and the translation of what SQLite says into {@link Failure}. */
export interface Database {
  readonly path: string;
  readonly connection: Connection;
  /** Every use of the connection goes through here. */
  guard<Value>(use: () => Value): Value;
  /** All of `use` or nothing; `BEGIN IMMEDIATE`, so that what it reads is still true when it writes. */
  write<Value>(use: () => Value): Value;
  /** One snapshot for several reads. */
  read<Value>(use: () => Value): Value;
  close(): void;
}

export function openDatabase(path: string, connect: Connect, firstRows: FirstRows): Database {
  const connection = guarded(path, () => connect(path));
  const database: Database = {
    path,
    connection,
    guard: (use) => guarded(path, use),
    write: (use) => guarded(path, () => transaction(connection, "BEGIN IMMEDIATE", use)),
    read: (use) => guarded(path, () => transaction(connection, "BEGIN", use)),
    close: () => {
      guarded(path, () => {
        connection.close();
      });
    },
  };
  try {
    prepareFile(database, firstRows);
  } catch (error) {
    closeQuietly(connection);
    throw error;
  }
  return database;
}

function prepareFile(database: Database, firstRows: FirstRows): void {
  const { connection, path } = database;
  database.guard(() => {
    // A power cut may cost the newest sightings, never the order of them; a crash of Veln costs
    // nothing. Full syncing would cost milliseconds for every package of an install.
    connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  });
  if (versionOf(database) < SCHEMA_VERSION) {
    database.write(() => {
      bringUpToDate(database, firstRows);
    });
  }
  const version = versionOf(database);
  if (version > SCHEMA_VERSION) {
    throw new Failure(
      "store-unavailable",
      `${path} was written by a newer Veln; use that one, or name another data folder.`,
      { path, found: version, wanted: SCHEMA_VERSION },
    );
  }
  if (!hasSchema(database, SCHEMA)) throw damaged(path, FOREIGN_TABLES);
}

const FOREIGN_TABLES = "its tables are not the ones Veln made";

/** Another process may have been faster; the caller holds the write lock. */
function bringUpToDate(database: Database, firstRows: FirstRows): void {
  const { connection, path } = database;
  const version = versionOf(database);
  if (version === 0) {
    for (const statement of SCHEMA) connection.exec(statement);
    firstRows.ofNewFile(connection);
  } else if (version === 1) {
    if (!hasSchema(database, SCHEMA_1)) throw damaged(path, FOREIGN_TABLES);
    for (const statement of ADDED_IN_2) connection.exec(statement);
    firstRows.since1(connection);
  } else {
    return;
  }
  connection.exec(`PRAGMA user_version = ${String(SCHEMA_VERSION)}`);
}

function versionOf(database: Database): number {
  return database.guard(() => {
    const version = database.connection.prepare("PRAGMA user_version").get()?.["user_version"];
    return typeof version === "number" ? version : 0;
  });
}

function hasSchema(database: Database, schema: readonly string[]): boolean {
  const found = database.guard(() =>
    database.connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all(),
  );
  const statements = new Set(found.map((row) => row["sql"]));
  return found.length === schema.length && schema.every((statement) => statements.has(statement));
}

export function damaged(path: string, what: string, cause?: unknown): Failure {
  return new Failure(
    "store-altered",
    `The integrity store cannot be trusted: ${what}. Find out who wrote to ${path}, then move it away to start afresh.`,
    { path },
    cause,
  );
}

function transaction<Value>(connection: Connection, begin: string, use: () => Value): Value {
  try {
    connection.exec(begin);
    const value = use();
    connection.exec("COMMIT");
    return value;
  } catch (error) {
    if (connection.isTransaction) rollBackQuietly(connection);
    throw error;
  }
}

/** The first error is the one to tell; SQLite rolls back by itself when the connection goes. */
function rollBackQuietly(connection: Connection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    return;
  }
}

function closeQuietly(connection: Connection): void {
  try {
    connection.close();
  } catch {
    return;
  }
}

/** https://www.sqlite.org/rescode.html, primary codes. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_FULL = 13;

function guarded<Value>(path: string, use: () => Value): Value {
  try {
    return use();
  } catch (error) {
    if (isFailure(error)) throw error;
    const code = primaryCodeOf(error);
    if (code === undefined) throw error;
    if (isDamage(error)) {
      throw damaged(path, "its file is damaged or no SQLite database", error);
    }
    const why = code === SQLITE_FULL ? "the disk is full" : messageOf(error);
    throw new Failure(
      "store-unavailable",
      `The integrity store ${path} cannot be used: ${why}.`,
      { path },
      error,
    );
  }
}

export function isSqliteError(error: unknown): boolean {
  return primaryCodeOf(error) !== undefined;
}

/** Whether a file is damaged or no database. */
export function isDamage(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

function primaryCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
