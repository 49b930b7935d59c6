import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import type { Verdict } from "../../src/model/verdict.ts";
import type { Connect } from "../../src/store/database.ts";
import type { OriginSighting } from "../../src/store/origins.ts";
import { openStore, type StoreOptions } from "../../src/store/store.ts";
import type { Sighting } from "../../src/store/seen.ts";

export const NOW_MS = Date.UTC(2026, 0, 15, 12);

export const OPTIONS: StoreOptions = { clock: () => NOW_MS };

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "veln-store-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function sighting(
  name: string,
  version = "1.0.0",
  registry = "https://a.invalid/",
): Sighting {
  return {
    registry,
    name,
    version,
    digests: {
      sha512: hash("sha512", `${name}${version}`, "hex"),
      sha256: hash("sha256", `${name}${version}`, "hex"),
      sha1: hash("sha1", `${name}${version}`, "hex"),
    },
    treeSha256: hash("sha256", name, "hex"),
    maintainers: ["ann", "bob"],
    publisher: "ann",
    publishedAtMs: NOW_MS - 86_400_000,
  };
}

export function originSighting(
  name: string,
  version = "1.0.0",
  registry = "https://a.invalid/",
): OriginSighting {
  return {
    registry,
    name,
    version,
    sha512: hash("sha512", `${name}${version}`, "hex"),
    origin: {
      rank: "provenance",
      repository: `https://github.com/ann/${name}`,
      repositoryId: "11",
      ownerId: "22",
      workflow: ".github/workflows/release.yml",
      signer: `https://github.com/ann/${name}/.github/workflows/release.yml@refs/heads/main`,
      ref: "refs/heads/main",
      runner: "hosted",
      builder: "https://github.com/actions/runner/github-hosted",
      issuer: "https://token.actions.githubusercontent.com",
    },
  };
}

/** A store with two rows for each name, a first sighting and an origin, closed again. */
export async function folderWith(...names: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  const store = await openStore(folder, OPTIONS);
  for (const name of names) {
    store.seen.remember(sighting(name));
    store.origins.remember(originSighting(name));
  }
  await store.close();
  return folder;
}

export function verdictOn(name: string, sha512: string): Verdict {
  return {
    ref: { ecosystem: "npm", name, version: "1.0.0" },
    artifact: {
      digests: { sha512, sha256: "2".repeat(64), sha1: "1".repeat(40) },
      sizeBytes: 9,
      fileCount: 2,
    },
    policyDigest: "p",
    signalsDigest: "s",
    decision: "allow",
    score: 90,
    coverage: 0.5,
    ledger: [],
    reasons: [],
    findings: [],
    unknown: [],
    provenance: undefined,
    retryAtMs: undefined,
  };
}

export interface SoundStore {
  readonly rows: number;
  readonly origins: number;
  readonly unfinished: readonly string[];
}

/** What must hold after whatever went wrong: the store opens, all rows verify, nothing lies about. */
export async function soundStore(folder: string): Promise<SoundStore> {
  // Opening verifies heads and chains; reading verifies each row's own signature.
  const store = await openStore(folder, { clock: () => NOW_MS });
  const database = new DatabaseSync(join(folder, "store.sqlite"), { readOnly: true });
  const rows = keysOf(database, "seen");
  const origins = keysOf(database, "origins");
  const integrity = database.prepare("PRAGMA integrity_check").get();
  database.close();
  for (const [registry, name, version] of rows) {
    if (store.seen.firstSeen(registry, name, version) === undefined) {
      throw new Error(`the row of ${name} cannot be found`);
    }
  }
  for (const [registry, name, version] of origins) {
    if (!store.origins.of(registry, name).some((origin) => origin.version === version)) {
      throw new Error(`the origin of ${name} cannot be found`);
    }
  }
  await store.close();
  if (integrity?.["integrity_check"] !== "ok") throw new Error("the database is damaged");
  return { rows: rows.length, origins: origins.length, unfinished: unfinishedIn(folder) };
}

function keysOf(
  database: DatabaseSync,
  table: "seen" | "origins",
): readonly (readonly [registry: string, name: string, version: string])[] {
  const rows = database.prepare(`SELECT registry, name, version FROM ${table}`).all();
  const head = database.prepare(`SELECT count FROM ${table}_head`).get();
  if (head?.["count"] !== rows.length) throw new Error(`the head of ${table} counts other rows`);
  return rows.map((row) => [String(row["registry"]), String(row["name"]), String(row["version"])]);
}

export function unfinishedIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".tmp"),
  );
}

export function readAll(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

/** A connection on which the n-th step that matches goes wrong, once. */
export function faultyConnect(
  matches: RegExp,
  how: "failed" | "happened",
  at = 1,
  errcode = 13,
): Connect {
  let calls = 0;
  const guard = <Value>(sql: string, run: () => Value): Value => {
    if (!matches.test(sql) || ++calls !== at) return run();
    if (how === "happened") run();
    throw Object.assign(new Error(`injected: ${sql}`), { code: "ERR_SQLITE_ERROR", errcode });
  };
  return (path) => {
    const database = new DatabaseSync(path, { timeout: 5000 });
    const exec = database.exec.bind(database);
    const prepare = database.prepare.bind(database);
    database.exec = (sql) => {
      guard(sql, () => {
        exec(sql);
      });
    };
    database.prepare = (sql) => {
      const statement = prepare(sql);
      for (const step of ["run", "get"] as const) {
        const original = statement[step].bind(statement) as (...values: unknown[]) => unknown;
        Object.assign(statement, {
          [step]: (...values: unknown[]) => guard(sql, () => original(...values)),
        });
      }
      return statement;
    };
    return database;
  };
}
