import { Failure } from "../model/failure.ts";
import { label } from "../model/package-ref.ts";
import type { Clock } from "../platform/clock.ts";
import { systemFiles } from "../platform/files.ts";
import { createNetwork, type Network } from "../platform/network.ts";
import { failureOf } from "../platform/network-failure.ts";
import type { Asker } from "./asking.ts";
import { obtainAttestations } from "./attestations-request.ts";
import { forward } from "./forwarding.ts";
import { registryFor, type NpmConfig } from "./npm-config.ts";
import { createPackumentCache, type PackumentCache } from "./packument-cache.ts";
import { createPackumentFetch } from "./packument-request.ts";
import type { Registry } from "./registry.ts";
import { fetchTarball } from "./tarball-request.ts";

export interface NpmRegistryOptions {
  readonly network: Network;
  /** Undefined: what was asked for is remembered as long as this registry is open. */
  readonly cache: PackumentCache | undefined;
  readonly clock: Clock;
  readonly offline: boolean;
  readonly random?: () => number;
}

/** Closing it closes the network and waits for the cache. */
export function createNpmRegistry(config: NpmConfig, options: NpmRegistryOptions): Registry {
  const { network, clock, offline } = options;
  const cache =
    options.cache ?? createPackumentCache({ folder: undefined, files: systemFiles, clock });
  const asker: Asker = { config, network, random: options.random ?? Math.random };
  const packument = createPackumentFetch({ asker, cache, clock, offline });
  return {
    packument: (name, options = {}) => orCancelled(packument(name, options), options.signal),
    tarball: async (release, options = {}) => {
      if (offline) throw offlineFailure(label(release.ref));
      return fetchTarball(asker, release, options);
    },
    attestations: (ref, options = {}) =>
      obtainAttestations({ asker, cache, clock, offline }, ref, options),
    forward: async (request) => {
      if (offline) throw offlineFailure(request.path);
      return forward(asker, request);
    },
    baseUrl: (name) => registryFor(config, name),
    close: async () => {
      await network.close();
      await cache.close();
    },
  };

  function orCancelled<Value>(
    result: Promise<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Value> {
    return result.catch((error: unknown) => {
      throw signal?.aborted === true ? failureOf(error, new URL(config.registry), signal) : error;
    });
  }
}

/** The network that a configuration asks for. */
export function networkFor(config: NpmConfig): Network {
  return createNetwork({
    tls: config.tls,
    proxy: config.proxy,
    connectionsPerOrigin: config.maxSockets,
    silenceMs: config.fetchTimeoutMs,
  });
}

function offlineFailure(what: string): Failure {
  return new Failure("offline", `${what} has to be asked for, and Veln is offline.`);
}
