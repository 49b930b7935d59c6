import { canonicalJson, parseJson } from "../model/canonical.ts";
import { printable } from "../model/printable.ts";
import type { Verdict } from "../model/verdict.ts";
import { damaged, type Database } from "./database.ts";
import type { InstallationKey } from "./installation-key.ts";

/** A verdict holds for these bytes under this name, judged by this policy with these signals. */
export interface VerdictKey extends VerdictQuestion {
  readonly sha512: string;
}

export interface VerdictQuestion {
  readonly registry: string;
  readonly name: string;
  readonly version: string;
  readonly policyDigest: string;
  readonly signalsDigest: string;
}

export interface KeptVerdict {
  readonly sha512: string;
  readonly verdict: Verdict;
  readonly judgedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * Verdicts that need not be worked out again. Signed, because whoever can write the file could
 * plant an approval; not chained, because a row that is missing only costs another examination.
 */
export interface Verdicts {
  /** Replaces an older one under the same key. @throws Failure "store-unavailable" */
  keep(key: VerdictKey, verdict: Verdict, expiresAtMs: number): void;
  /** Undefined when there is none or it has expired. @throws Failure "store-altered", "store-unavailable" */
  find(key: VerdictKey): KeptVerdict | undefined;
  /** The newest for any bytes: what a registry's name and version last turned out to be. */
  findByRef(question: VerdictQuestion): KeptVerdict | undefined;
}

/** Expired rows go in small lots, so that no install waits for the clean-up of another. */
const PRUNED_AT_ONCE_MAX = 200;
const PRUNE_EVERY = 100;

const COLUMNS =
  "registry, name, version, sha512, policy_digest, signals_digest, verdict, judged_at_ms, expires_at_ms";
const BY_REF =
  "registry = ? AND name = ? AND version = ? AND policy_digest = ? AND signals_digest = ? AND expires_at_ms > ?";

type StoredVerdict = readonly [
  registry: string,
  name: string,
  version: string,
  sha512: string,
  policyDigest: string,
  signalsDigest: string,
  verdict: string,
  judgedAtMs: number,
  expiresAtMs: number,
];

export function openVerdicts(
  database: Database,
  key: InstallationKey,
  clock: () => number,
): Verdicts {
  const { connection, path } = database;
  const insert = connection.prepare(
    `INSERT OR REPLACE INTO verdicts (${COLUMNS}, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byKey = connection.prepare(
    `SELECT ${COLUMNS}, signature FROM verdicts WHERE ${BY_REF} AND sha512 = ?`,
  );
  const byRef = connection.prepare(
    `SELECT ${COLUMNS}, signature FROM verdicts WHERE ${BY_REF} ORDER BY judged_at_ms DESC LIMIT 1`,
  );
  const prune = connection.prepare(
    `DELETE FROM verdicts WHERE (registry, name, version, sha512, policy_digest, signals_digest) IN (SELECT registry, name, version, sha512, policy_digest, signals_digest FROM verdicts WHERE expires_at_ms <= ? LIMIT ${String(PRUNED_AT_ONCE_MAX)})`,
  );
  byKey.setReturnArrays(true);
  byRef.setReturnArrays(true);
  let kept = 0;

  const termsOf = (
    question: VerdictQuestion,
  ): readonly [string, string, string, string, string] => [
    question.registry,
    question.name,
    question.version,
    question.policyDigest,
    question.signalsDigest,
  ];
  return {
    keep: (where, verdict, expiresAtMs) => {
      const stored: StoredVerdict = [
        where.registry,
        where.name,
        where.version,
        where.sha512,
        where.policyDigest,
        where.signalsDigest,
        JSON.stringify(verdict),
        clock(),
        expiresAtMs,
      ];
      database.write(() => {
        if (kept++ % PRUNE_EVERY === 0) prune.run(clock());
        insert.run(...stored, key.sign("verdict 1", canonicalJson(stored)));
      });
    },
    find: (where) => {
      const row = database.guard(() => byKey.get(...termsOf(where), clock(), where.sha512));
      return row === undefined ? undefined : readVerdict(row, key, path);
    },
    findByRef: (question) => {
      const row = database.guard(() => byRef.get(...termsOf(question), clock()));
      return row === undefined ? undefined : readVerdict(row, key, path);
    },
  };
}

function readVerdict(row: unknown, key: InstallationKey, path: string): KeptVerdict {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table is STRICT and ours
  const values = row as readonly (string | number)[];
  const [stored, signature] = [values.slice(0, -1), values.at(-1)];
  if (!key.verify("verdict 1", canonicalJson(stored), String(signature))) {
    throw damaged(
      path,
      `the kept verdict on ${printable(`${String(stored[1])}@${String(stored[2])}`, 100)} was altered`,
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own signature covers it
  const [, , , sha512, , , verdict, judgedAtMs, expiresAtMs] = stored as unknown as StoredVerdict;
  return {
    sha512,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- we wrote it from a Verdict
    verdict: parseJson(verdict) as unknown as Verdict,
    judgedAtMs,
    expiresAtMs,
  };
}
