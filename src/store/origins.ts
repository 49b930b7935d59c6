import { parseJson, type JsonObject } from "../model/canonical.ts";
import type { Origin, RememberedOrigin } from "../model/origin.ts";
import { openChain, type ChainedRow, type ChainedTable, type RowKey } from "./chain.ts";
import type { Database } from "./database.ts";
import type { InstallationKey } from "./installation-key.ts";

/** The verified origin of one version, as one registry gave it to us. */
export interface OriginSighting extends RowKey {
  readonly origin: Origin;
  /** Of the bytes that the provenance is about, lower-case hexadecimal. */
  readonly sha512: string;
}

export interface RememberedSighting {
  /** "known": there was an origin already, which stays as it was. */
  readonly state: "new" | "known";
  readonly origin: RememberedOrigin;
}

/**
 * Origins that were verified once, chained and signed. Where no policy says what to expect, they do:
 * also when the registry no longer serves what proved them.
 */
export interface Origins {
  /** @throws Failure "store-altered", "store-unavailable" */
  remember(sighting: OriginSighting): RememberedSighting;
  /** Of every version of a package, in the order seen. @throws Failure "store-altered", "store-unavailable" */
  of(registry: string, name: string): readonly RememberedOrigin[];
}

export const ORIGINS: ChainedTable = {
  name: "origins",
  rowPurpose: "origin 1",
  headPurpose: "origins-head 1",
  noun: "origin row",
};

type Facts = Omit<RememberedOrigin, "version">;

export function openOrigins(
  database: Database,
  key: InstallationKey,
  clock: () => number,
): Origins {
  const chain = openChain(database, key, ORIGINS);
  return {
    of: (registry, name) => chain.findAll(registry, name).map(rememberedOrigin),
    remember: ({ registry, name, version, origin, sha512 }) => {
      const { state, row } = chain.remember({ registry, name, version }, () => {
        const facts: Facts = { ...origin, sha512, seenAtMs: clock() };
        return JSON.stringify(facts);
      });
      return { state, origin: rememberedOrigin(row) };
    },
  };
}

function rememberedOrigin({ version, facts }: ChainedRow): RememberedOrigin {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own signature covers it
  const { sha512, seenAtMs, ...origin } = parseJson(facts) as JsonObject & Facts;
  return {
    version,
    sha512,
    seenAtMs,
    rank: origin.rank,
    repository: origin.repository,
    repositoryId: origin.repositoryId,
    ownerId: origin.ownerId,
    workflow: origin.workflow,
    signer: origin.signer,
    ref: origin.ref,
    runner: origin.runner,
    builder: origin.builder,
    issuer: origin.issuer,
  };
}
