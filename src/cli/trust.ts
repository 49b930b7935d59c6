import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Policy } from "../model/policy.ts";
import { systemClock } from "../platform/clock.ts";
import { systemConfigFiles } from "../platform/config-files.ts";
import { systemFiles } from "../platform/files.ts";
import type { Network } from "../platform/network.ts";
import type { Paths } from "./paths.ts";
import type { Trust } from "../provenance/trust-material/trust.ts";

export interface TrustSetup {
  readonly policy: Policy;
  readonly paths: Paths;
  readonly network: Network;
  readonly offline: boolean;
  /**
   * "before": a refresh that is due is waited for. "meanwhile": what is here serves at once, and the
   * refresh serves the next command, because no install should wait for a mirror that may be out of
   * reach.
   */
  readonly refresh: "before" | "meanwhile";
}

export interface SessionTrust extends Trust {
  /** Gives a refresh that is under way a moment to end: a short install would cut off every one. */
  settle(): Promise<void>;
}

const SETTLE_MS = 1000;

/** Loaded when something is to be verified, which for many a registry is never. */
export function createTrust(setup: TrustSetup): SessionTrust {
  const waiting = opened(setup, true);
  if (setup.refresh === "before") {
    return {
      forRegistry: async (registry) => (await waiting()).forRegistry(registry),
      settle: () => Promise.resolve(),
    };
  }
  const present = opened(setup, false);
  const refreshes: Promise<void>[] = [];
  return {
    forRegistry: async (registry) => {
      if (!setup.offline) refreshes.push(refresh(waiting, registry));
      return (await present()).forRegistry(registry);
    },
    settle: async () => {
      if (refreshes.length === 0) return;
      const over = new AbortController();
      const moment = setTimeout(SETTLE_MS, undefined, { signal: over.signal }).catch(
        () => undefined,
      );
      await Promise.race([Promise.all(refreshes), moment]);
      over.abort();
    },
  };
}

/** Once an hour at most, and told by the commands that wait for it. */
async function refresh(waiting: () => Promise<Trust>, registry: string): Promise<void> {
  try {
    await (await waiting()).forRegistry(registry);
  } catch {
    // What is wrong with it is wrong without the network too, and was said there.
  }
}

function opened(setup: TrustSetup, waits: boolean): () => Promise<Trust> {
  const { network, offline, paths, policy } = setup;
  let trust: Promise<Trust> | undefined;
  return () => (trust ??= open());

  async function open(): Promise<Trust> {
    const { openTrust } = await import("../provenance/trust-material/trust.ts");
    return openTrust({
      registries: policy.provenance.registries,
      configFiles: systemConfigFiles,
      files: systemFiles,
      folder: join(paths.cache, "trust"),
      network,
      clock: systemClock,
      offline,
      waits,
    });
  }
}
