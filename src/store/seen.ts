import { parseJson, type JsonObject } from "../model/canonical.ts";
import type { Digests } from "../model/digests.ts";
import { openChain, type ChainedRow, type ChainedTable, type RowKey } from "./chain.ts";
import type { Database } from "./database.ts";
import type { InstallationKey } from "./installation-key.ts";

/** What one registry gave us for one version. */
export interface Sighting extends RowKey {
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

/** First sightings, chained and signed. */
export interface Seen {
  /** @throws Failure "store-altered", "store-unavailable" */
  remember(sighting: Sighting): Remembered;
  /** @throws Failure "store-altered", "store-unavailable" */
  firstSeen(registry: string, name: string, version: string): SeenRow | undefined;
  /** Every version of a package that was seen. @throws Failure "store-altered", "store-unavailable" */
  versionsOf(registry: string, name: string): readonly SeenRow[];
}

export const SEEN: ChainedTable = {
  name: "seen",
  rowPurpose: "seen 1",
  headPurpose: "seen-head 2",
  noun: "package row",
};

/**
 * How schema version 1 signed its head. Another purpose since then: a file that had origins must not
 * pass for one that never had any.
 */
export const SEEN_IN_1: ChainedTable = { ...SEEN, headPurpose: "seen-head 1" };

type Facts = Omit<SeenRow, keyof RowKey>;

export function openSeen(database: Database, key: InstallationKey, clock: () => number): Seen {
  const chain = openChain(database, key, SEEN);
  return {
    firstSeen: (registry, name, version) => {
      const row = chain.find({ registry, name, version });
      return row === undefined ? undefined : seenRow(row);
    },
    versionsOf: (registry, name) => chain.findAll(registry, name).map(seenRow),
    remember: (sighting) => {
      const { registry, name, version, ...rest } = sighting;
      const key = { registry, name, version };
      const { state, row } = chain.remember(key, () => {
        const facts: Facts = { ...rest, firstSeenAtMs: clock() };
        return JSON.stringify(facts);
      });
      return { state, row: seenRow(row) };
    },
  };
}

function seenRow({ registry, name, version, facts }: ChainedRow): SeenRow {
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
