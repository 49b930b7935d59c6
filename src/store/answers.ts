import { parseJson } from "../model/canonical.ts";
import type { SignalResult } from "../model/examination.ts";
import type { Files } from "../platform/files.ts";
import { type Connect, type Connection, isDamage, isSqliteError } from "./database.ts";
import type { InstallationKey } from "./installation-key.ts";

/**
 * What was found out about files, under a key that holds all it depends on. Only a cache, in a file of
 * its own: whatever goes wrong with it costs reading the files again and nothing else. Rows are
 * signed, because whoever can write the file (a CI's cache, a backup) could plant an all-clear;
 * one that this installation did not sign is none.
 */
export interface Answers {
  find(key: string): KeptAnswer | undefined;
  /** Replaces an older one under the same key. */
  keep(key: string, answer: KeptAnswer): void;
  close(): Promise<void>;
}

/** "ask": without the files of the version before there is no answer. */
type KeptAnswer = SignalResult | "ask";

export interface AnswersOptions {
  readonly files: Files;
  readonly connect: Connect;
  readonly clock: () => number;
  readonly rowsMax?: number;
}

/** Some 10 MB, for most answers are one word. */
const ROWS_MAX = 20_000;
const AGE_MAX_MS = 60 * 24 * 60 * 60 * 1000;
/** The findings of one signal are bounded; longer ones are worked out again. */
const ANSWER_LENGTH_MAX = 64 * 1024;
/** Rows beyond the bounds go in small lots, so that no install waits for the clean-up. */
const PRUNED_AT_ONCE_MAX = 200;
const PRUNE_EVERY = 100;

const TABLE = `CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL, kept_at_ms INTEGER NOT NULL, signature TEXT NOT NULL) STRICT, WITHOUT ROWID`;
const INDEX = `CREATE INDEX IF NOT EXISTS answers_by_age ON answers (kept_at_ms)`;

export function openAnswers(
  path: string,
  key: InstallationKey,
  { files, connect, clock, rowsMax = ROWS_MAX }: AnswersOptions,
): Answers {
  let table: Table | undefined;
  let state: "usable" | "out of order" | "damaged" = "usable";
  let kept = 0;

  /** The file is opened by the first who needs it, and by nobody after the first trouble. */
  function using<Value>(use: (table: Table) => Value): Value | undefined {
    if (state !== "usable") return undefined;
    try {
      table ??= openTable(connect(path));
      return use(table);
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      state = isDamage(error) ? "damaged" : "out of order";
      return undefined;
    }
  }

  return {
    find: (sought) =>
      using(({ find }) => {
        const row = find.get(sought, clock() - AGE_MAX_MS);
        return row === undefined ? undefined : answerIn(row, sought, key);
      }),
    keep: (under, answer) => {
      const text = JSON.stringify(answer);
      if (text.length > ANSWER_LENGTH_MAX) return;
      using(({ insert, prune }) => {
        const nowMs = clock();
        if (kept++ % PRUNE_EVERY === 0) prune.run(nowMs - AGE_MAX_MS, rowsMax);
        insert.run(under, text, nowMs, key.sign("answer 1", signedText(under, text, nowMs)));
      });
    },
    close: async () => {
      const isDamaged = state === "damaged";
      state = "out of order";
      closeQuietly(table?.connection);
      if (isDamaged) await removeQuietly(path, files);
    },
  };
}

interface Table {
  readonly connection: Connection;
  readonly find: Statement;
  readonly insert: Statement;
  readonly prune: Statement;
}

type Statement = ReturnType<Connection["prepare"]>;

function openTable(connection: Connection): Table {
  try {
    // Bytes that a power cut mangled fail their signature when they are read.
    connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    connection.exec(TABLE);
    connection.exec(INDEX);
    return {
      connection,
      find: connection.prepare(
        "SELECT answer, kept_at_ms, signature FROM answers WHERE key = ? AND kept_at_ms > ?",
      ),
      insert: connection.prepare(
        "INSERT OR REPLACE INTO answers (key, answer, kept_at_ms, signature) VALUES (?, ?, ?, ?)",
      ),
      prune: connection.prepare(
        `DELETE FROM answers WHERE key IN (SELECT key FROM answers WHERE kept_at_ms <= ? OR (SELECT count(*) FROM answers) > ? ORDER BY kept_at_ms LIMIT ${String(PRUNED_AT_ONCE_MAX)})`,
      ),
    };
  } catch (error) {
    closeQuietly(connection);
    throw error;
  }
}

function signedText(under: string, text: string, keptAtMs: number): string {
  return `${under}\n${String(keptAtMs)}\n${text}`;
}

function answerIn(
  row: Record<string, unknown>,
  sought: string,
  key: InstallationKey,
): KeptAnswer | undefined {
  const [text, keptAtMs] = [String(row["answer"]), Number(row["kept_at_ms"])];
  const isOurs = key.verify(
    "answer 1",
    signedText(sought, text, keptAtMs),
    String(row["signature"]),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own signature covers it
  return isOurs ? (parseJson(text) as unknown as KeptAnswer) : undefined;
}

function closeQuietly(connection: Connection | undefined): void {
  try {
    connection?.close();
  } catch {
    return;
  }
}

async function removeQuietly(path: string, files: Files): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      await files.remove(`${path}${suffix}`);
    } catch {
      return;
    }
  }
}
