import { hash } from "node:crypto";
import { printable } from "../model/printable.ts";
import { damaged, type Connection, type Database } from "./database.ts";
import type { InstallationKey, Purpose } from "./installation-key.ts";

/**
 * A table of which nothing is ever changed or removed. Each row is signed, and a signed head holds
 * the number of rows and a hash chain over them: altering, adding or removing rows is found with one
 * pass of hashing and one signature check. What cannot be found: an older copy of the whole file put
 * back, or the file deleted, because nothing outside the folder remembers how far it had come.
 */
export interface Chain {
  /** @throws Failure "store-altered", "store-unavailable" */
  find(key: RowKey): ChainedRow | undefined;
  /** In the order in which they came. @throws Failure "store-altered", "store-unavailable" */
  findAll(registry: string, name: string): readonly ChainedRow[];
  /**
   * Leaves a row that is there already as it is.
   * @param facts JSON @throws Failure "store-altered", "store-unavailable"
   */
  remember(key: RowKey, facts: () => string): { state: "new" | "known"; row: ChainedRow };
}

export interface RowKey {
  /** Base address, with a trailing slash. */
  readonly registry: string;
  readonly name: string;
  readonly version: string;
}

export interface ChainedRow extends RowKey {
  readonly facts: string;
}

/** Names a table and its head, `<name>_head`, which have the same columns in every chain. */
export interface ChainedTable {
  readonly name: "seen" | "origins";
  readonly rowPurpose: Purpose;
  readonly headPurpose: Purpose;
  /** What a row is called in a sentence. */
  readonly noun: string;
}

/** As stored. */
type StoredRow = readonly [
  seq: number,
  registry: string,
  name: string,
  version: string,
  facts: string,
  signature: string,
];

interface Head {
  readonly count: number;
  readonly hash: string;
}

const EMPTY_HEAD: Head = { count: 0, hash: "" };
const COLUMNS = "seq, registry, name, version, facts, signature";
const NAMES_SHOWN_MAX = 5;

/** A table and the key that signs its rows, on one connection. */
interface SignedTable {
  readonly table: ChainedTable;
  readonly key: InstallationKey;
  readonly connection: Connection;
}

/** A table without any row has a signed head all the same. */
export function writeFirstHead(
  connection: Connection,
  key: InstallationKey,
  table: ChainedTable,
): void {
  writeHead({ table, key, connection }, EMPTY_HEAD);
}

/**
 * Signs the head of a table anew after checking all of it as an earlier Veln would have.
 * @throws Failure "store-altered"
 */
export function renewHead(
  connection: Connection,
  key: InstallationKey,
  tables: { readonly from: ChainedTable; readonly to: ChainedTable },
  path: string,
): void {
  const head = verified({ table: tables.from, key, connection }, path);
  writeHead({ table: tables.to, key, connection }, head);
}

/** @throws Failure "store-altered" when any row is not as this installation wrote it */
export function openChain(database: Database, key: InstallationKey, table: ChainedTable): Chain {
  const { connection, path } = database;
  const signed: SignedTable = { table, key, connection };
  database.read(() => verified(signed, path));
  const one = connection.prepare(
    `SELECT ${COLUMNS} FROM ${table.name} WHERE registry = ? AND name = ? AND version = ?`,
  );
  one.setReturnArrays(true);
  const all = connection.prepare(
    `SELECT ${COLUMNS} FROM ${table.name} WHERE registry = ? AND name = ? ORDER BY seq`,
  );
  all.setReturnArrays(true);
  const insert = connection.prepare(
    `INSERT INTO ${table.name} (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const find: Chain["find"] = ({ registry, name, version }) => {
    const stored = database.guard(() => one.get(registry, name, version));
    return stored === undefined ? undefined : readRow(asRow(stored), signed, path);
  };
  return {
    find,
    findAll: (registry, name) =>
      database
        .guard(() => all.all(registry, name))
        .map((stored) => readRow(asRow(stored), signed, path)),
    remember: (rowKey, facts) =>
      database.write(() => {
        const known = find(rowKey);
        if (known !== undefined) return { state: "known", row: known };
        const { registry, name, version } = rowKey;
        const row: ChainedRow = { registry, name, version, facts: facts() };
        // Its signature is checked first: a head somebody wrote must not be signed onwards.
        const head = readHead(signed);
        if (head === undefined) throw damaged(path, "its signed summary was altered");
        const stored = storedRow(row, head.count + 1, signed);
        insert.run(...stored);
        writeHead(signed, advance(head, JSON.stringify(stored)));
        return { state: "new", row };
      }),
  };
}

function storedRow(row: ChainedRow, seq: number, { key, table }: SignedTable): StoredRow {
  const { registry, name, version, facts } = row;
  const signed = JSON.stringify([seq, registry, name, version, facts]);
  return [seq, registry, name, version, facts, key.sign(table.rowPurpose, signed)];
}

function isSigned(stored: StoredRow, { key, table }: SignedTable): boolean {
  return key.verify(table.rowPurpose, JSON.stringify(stored.slice(0, -1)), stored[5]);
}

function readRow(stored: StoredRow, signed: SignedTable, path: string): ChainedRow {
  if (!isSigned(stored, signed)) throw damaged(path, `the row of ${labelOf(stored)} was altered`);
  const [, registry, name, version, facts] = stored;
  return { registry, name, version, facts };
}

function advance(head: Head, rowJson: string): Head {
  return { count: head.count + 1, hash: hash("sha256", `${head.hash}\n${rowJson}`, "hex") };
}

function headText(head: Head): string {
  return `${String(head.count)}\n${head.hash}`;
}

function writeHead({ connection, key, table }: SignedTable, head: Head): void {
  connection
    .prepare(
      `INSERT OR REPLACE INTO ${table.name}_head (id, count, hash, signature) VALUES (1, ?, ?, ?)`,
    )
    .run(head.count, head.hash, key.sign(table.headPurpose, headText(head)));
}

/** Undefined when it is absent or not signed by this installation. */
function readHead({ connection, key, table }: SignedTable): Head | undefined {
  const row = connection
    .prepare(`SELECT count, hash, signature FROM ${table.name}_head WHERE id = 1`)
    .get();
  const { count, hash: hashed, signature } = row ?? {};
  if (typeof count !== "number" || typeof hashed !== "string") return undefined;
  const head = { count, hash: hashed };
  return typeof signature === "string" && key.verify(table.headPurpose, headText(head), signature)
    ? head
    : undefined;
}

function verified(signed: SignedTable, path: string): Head {
  const head = readHead(signed);
  const found = head === undefined ? undefined : chainOf(signed);
  if (head !== undefined && found?.hash === head.hash && found.count === head.count) return head;
  throw damaged(path, describeDamage(signed, head));
}

/** Undefined when a row holds what we never write. */
function chainOf({ connection, table }: SignedTable): Head | undefined {
  // SQLite prints the row as JSON, byte for byte as JSON.stringify does: three times faster than
  // carrying the columns over one by one.
  const rows = connection.prepare(`SELECT json_array(${COLUMNS}) FROM ${table.name} ORDER BY seq`);
  rows.setReturnArrays(true);
  let head = EMPTY_HEAD;
  for (const row of rows.iterate()) {
    const json: unknown = Object.values(row)[0];
    if (typeof json !== "string") return undefined;
    head = advance(head, json);
  }
  return head;
}

function describeDamage(signed: SignedTable, head: Head | undefined): string {
  const { connection, table } = signed;
  const query = connection.prepare(`SELECT ${COLUMNS} FROM ${table.name} ORDER BY seq`);
  query.setReturnArrays(true);
  const rows = query.all().map(asRow);
  const altered = rows.filter((row) => !isSigned(row, signed));
  const missing = (head?.count ?? rows.length) - (rows.length - altered.length);
  if (altered.length > 0) {
    const names = altered.slice(0, NAMES_SHOWN_MAX).map(labelOf).join(", ");
    const more = altered.length > NAMES_SHOWN_MAX ? " and others" : "";
    return `${counted(altered.length, table)} not signed by this installation (${names}${more})`;
  }
  if (missing > 0) return `${counted(missing, table)} missing`;
  return "its signed summary was altered";
}

function counted(count: number, { noun }: ChainedTable): string {
  return count === 1 ? `1 ${noun} is` : `${String(count)} ${noun}s are`;
}

function labelOf(stored: StoredRow): string {
  return printable(`${stored[2]}@${stored[3]}`, 100);
}

/** A value of another type than ours, in a file that somebody crafted, fails the signature. */
function asRow(row: unknown): StoredRow {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is STRICT and ours
  return row as StoredRow;
}
