import { afterEach, beforeEach } from "vitest";
import { createNpmRegistry, networkFor } from "../../src/acquire/npm-registry.ts";
import { readNpmConfig } from "../../src/acquire/npmrc.ts";
import type { NpmConfig } from "../../src/acquire/npm-config.ts";
import { createPackumentCache, type PackumentCache } from "../../src/acquire/packument-cache.ts";
import { Packument } from "../../src/acquire/packument.ts";
import type { Registry } from "../../src/acquire/registry.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Release } from "../../src/model/release.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { startOrigin, type Origin } from "./origin.ts";

/** The registry that the configuration names, at `/npm/`, and a server that it does not name. */
export let origin: Origin;
export let other: Origin;
let nowMs: number;
let cache: PackumentCache;
const open: Registry[] = [];

/** Fresh servers, a fresh cache and a set clock for every test of the file that calls this. */
export function useUpstreams(): void {
  beforeEach(async () => {
    [origin, other] = [await startOrigin(), await startOrigin()];
    nowMs = 1_700_000_000_000;
    cache = createPackumentCache({ folder: undefined, files: systemFiles, clock: () => nowMs });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((registry) => registry.close()));
    await Promise.all([origin.close(), other.close()]);
  });
}

export function advanceClock(ms: number): void {
  nowMs += ms;
}

function configOf(flags: Record<string, string> = {}): NpmConfig {
  const fast = {
    "fetch-retry-mintimeout": "1",
    "fetch-retry-maxtimeout": "2",
    "fetch-timeout": "3000",
  };
  return readNpmConfig({
    cwd: "/",
    env: {},
    home: "/",
    flags: new Map(Object.entries({ registry: `${origin.url}/npm`, ...fast, ...flags })),
    files: { read: () => undefined, kindOf: () => undefined, realPath: () => undefined },
    platform: "linux",
  });
}

/** @param own instead of the one that all registries of a test share */
export function registryOf(
  flags: Record<string, string> = {},
  offline = false,
  own = cache,
): Registry {
  const config = configOf(flags);
  const registry = createNpmRegistry(config, {
    network: networkFor(config),
    cache: own,
    clock: () => nowMs,
    offline,
    random: () => 0,
  });
  open.push(registry);
  return registry;
}

/** A token for the registry, as a flag. */
export function token(): Record<string, string> {
  return { [`//${new URL(origin.url).host}/npm/:_authToken`]: "T" };
}

export function document(name: string, tarball = "https://files.invalid/x.tgz"): string {
  return JSON.stringify({
    name,
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": { name, version: "1.0.0", dist: { tarball } } },
  });
}

export function releaseOf(tarball: string): Release {
  const release = Packument.parse("a", document("a", tarball)).release("1.0.0");
  if (release === undefined) throw new Error("the fixture is broken");
  return release;
}

export async function failureOf(result: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await result };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { limit, rule, status, retryAfterSeconds } = error.detail;
    return JSON.parse(JSON.stringify({ code: error.code, limit, rule, status, retryAfterSeconds }));
  }
}

export const authorizations = (from: Origin): unknown =>
  from.requests.map(({ path, headers }) => [path, headers.authorization ?? "-"]);
