import { hash } from "node:crypto";
import { parseJson, type JsonObject } from "../model/canonical.ts";
import type { Digests } from "../model/digests.ts";
import { printable } from "../model/printable.ts";
import { damaged, type Connection, type Database } from "./database.ts";
import type { InstallationKey } from "./installation-key.ts";

/** What one registry gave us for one version. */
export interface Sighting {
  /** Base address, with a trailing slash. */
  readonly registry: string;
  readonly name: string;
  readonly version: string;
  readonly digests: Digests;
  /** Over paths, modes and contents of the unpacked files, lower-case hexadecimal. */
  readonly treeSha256: string;
  readonly maintainers: readonly string[] | undefined;
  readonly publisher: string | undefined;
  readonly publishedAtMs: number | undefined;
}

export interface SeenRow extends Sighting {
  readonly firstSeenAtMs: number;
}

export interface Remembered {
  /** "known": there was a row already, which stays as it was, whatever the new sighting says. */
  readonly state: "new" | "known";
  readonly row: SeenRow;
}

/**
 * First sightings, append-only. Each row is signed, and a signed head holds the number of rows and
 * a hash chain over them: altering, adding or removing rows is found with one pass of hashing and
 * one signature check. What cannot be found: an older copy of the whole file put back, or the file
 * deleted, because nothing outside the folder remembers how far it had come.
 */
export interface Seen {
  /** @throws Failure "store-altered", "store-unavailable" */
  remember(sighting: Sighting): Remembered;
  /** @throws Failure "store-altered", "store-unavailable" */
  firstSeen(registry: string, name: string, version: string): SeenRow | undefined;
  /** Every version of a package that was seen. @throws Failure "store-altered", "store-unavailable" */
  versionsOf(registry: string, name: string): readonly SeenRow[];
}

/** As stored. `facts` is JSON of {@link Facts}. */
type StoredRow = readonly [
  seq: number,
  registry: string,
  name: string,
  version: string,
  facts: string,
  signature: string,
];

type Facts = Omit<SeenRow, "registry" | "name" | "version">;

interface Head {
  readonly count: number;
  readonly hash: string;
}

const EMPTY_HEAD: Head = { count: 0, hash: "" };
const COLUMNS = "seq, registry, name, version, facts, signature";
const NAMES_SHOWN_MAX = 5;

/** For `openDatabase`: a store without any sighting has a signed head all the same. */
export function writeFirstHead(connection: Connection, key: InstallationKey): void {
  writeHead(connection, key, EMPTY_HEAD);
}

export function openSeen(database: Database, key: InstallationKey, clock: () => number): Seen {
  verifyAll(database, key);
  const { connection } = database;
  const find = connection.prepare(
    `SELECT ${COLUMNS} FROM seen WHERE registry = ? AND name = ? AND version = ?`,
  );
  find.setReturnArrays(true);
  const findAll = connection.prepare(
    `SELECT ${COLUMNS} FROM seen WHERE registry = ? AND name = ? ORDER BY seq`,
  );
  findAll.setReturnArrays(true);
  const insert = connection.prepare(`INSERT INTO seen (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);

  const firstSeen: Seen["firstSeen"] = (registry, name, version) => {
    const stored = database.guard(() => find.get(registry, name, version));
    return stored === undefined ? undefined : readRow(asRow(stored), key, database.path);
  };
  return {
    firstSeen,
    versionsOf: (registry, name) =>
      database
        .guard(() => findAll.all(registry, name))
        .map((stored) => readRow(asRow(stored), key, database.path)),
    remember: (sighting) =>
      database.write((): Remembered => {
        const known = firstSeen(sighting.registry, sighting.name, sighting.version);
        if (known !== undefined) return { state: "known", row: known };
        const row: SeenRow = { ...sighting, firstSeenAtMs: clock() };
        // Its signature is checked first: a head somebody wrote must not be signed onwards.
        const head = readHead(connection, key);
        if (head === undefined) throw damaged(database.path, "its signed summary was altered");
        const stored = storedRow(row, head.count + 1, key);
        insert.run(...stored);
        writeHead(connection, key, advance(head, JSON.stringify(stored)));
        return { state: "new", row };
      }),
  };
}

function storedRow(row: SeenRow, seq: number, key: InstallationKey): StoredRow {
  const { registry, name, version, ...rest } = row;
  const facts = JSON.stringify(rest);
  const signature = key.sign("seen 1", JSON.stringify([seq, registry, name, version, facts]));
  return [seq, registry, name, version, facts, signature];
}

function isSigned(stored: StoredRow, key: InstallationKey): boolean {
  return key.verify("seen 1", JSON.stringify(stored.slice(0, -1)), stored[5]);
}

function readRow(stored: StoredRow, key: InstallationKey, path: string): SeenRow {
  if (!isSigned(stored, key)) throw damaged(path, `the row of ${labelOf(stored)} was altered`);
  const [, registry, name, version, facts] = stored;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own signature covers it
  const { digests, treeSha256, firstSeenAtMs, ...rest } = parseJson(facts) as JsonObject & Facts;
  return {
    registry,
    name,
    version,
    digests,
    treeSha256,
    firstSeenAtMs,
    maintainers: rest.maintainers,
    publisher: rest.publisher,
    publishedAtMs: rest.publishedAtMs,
  };
}

function advance(head: Head, rowJson: string): Head {
  return { count: head.count + 1, hash: hash("sha256", `${head.hash}\n${rowJson}`, "hex") };
}

function headText(head: Head): string {
  return `${String(head.count)}\n${head.hash}`;
}

function writeHead(connection: Connection, key: InstallationKey, head: Head): void {
  connection
    .prepare("INSERT OR REPLACE INTO seen_head (id, count, hash, signature) VALUES (1, ?, ?, ?)")
    .run(head.count, head.hash, key.sign("seen-head 1", headText(head)));
}

/** Undefined when it is absent or not signed by this installation. */
function readHead(connection: Connection, key: InstallationKey): Head | undefined {
  const row = connection.prepare("SELECT count, hash, signature FROM seen_head WHERE id = 1").get();
  const { count, hash: hashed, signature } = row ?? {};
  if (typeof count !== "number" || typeof hashed !== "string") return undefined;
  const head = { count, hash: hashed };
  return typeof signature === "string" && key.verify("seen-head 1", headText(head), signature)
    ? head
    : undefined;
}

function verifyAll(database: Database, key: InstallationKey): void {
  const { connection, path } = database;
  database.read(() => {
    const head = readHead(connection, key);
    const found = head === undefined ? undefined : chainOf(connection);
    if (head !== undefined && found?.hash === head.hash && found.count === head.count) return;
    throw damaged(path, describeDamage(connection, key, head));
  });
}

/** Undefined when a row holds what we never write. */
function chainOf(connection: Connection): Head | undefined {
  // SQLite prints the row as JSON, byte for byte as JSON.stringify does: three times faster than
  // carrying the columns over one by one.
  const rows = connection.prepare(`SELECT json_array(${COLUMNS}) FROM seen ORDER BY seq`);
  rows.setReturnArrays(true);
  let head = EMPTY_HEAD;
  for (const row of rows.iterate()) {
    const json: unknown = Object.values(row)[0];
    if (typeof json !== "string") return undefined;
    head = advance(head, json);
  }
  return head;
}

function describeDamage(
  connection: Connection,
  key: InstallationKey,
  head: Head | undefined,
): string {
  const query = connection.prepare(`SELECT ${COLUMNS} FROM seen ORDER BY seq`);
  query.setReturnArrays(true);
  const rows = query.all().map(asRow);
  const altered = rows.filter((row) => !isSigned(row, key));
  const missing = (head?.count ?? rows.length) - (rows.length - altered.length);
  if (altered.length > 0) {
    const names = altered.slice(0, NAMES_SHOWN_MAX).map(labelOf).join(", ");
    const more = altered.length > NAMES_SHOWN_MAX ? " and others" : "";
    return `${rowCount(altered.length)} not signed by this installation (${names}${more})`;
  }
  if (missing > 0) return `${rowCount(missing)} missing`;
  return "its signed summary was altered";
}

function rowCount(count: number): string {
  return count === 1 ? "1 package row is" : `${String(count)} package rows are`;
}

function labelOf(stored: StoredRow): string {
  return printable(`${stored[2]}@${stored[3]}`, 100);
}

/** A value of another type than ours, in a file that somebody crafted, fails the signature. */
function asRow(row: unknown): StoredRow {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is STRICT and ours
  return row as StoredRow;
}
