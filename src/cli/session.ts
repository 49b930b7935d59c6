import { availableParallelism, homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createExemptions } from "../acquire/exemptions.ts";
import type { NpmConfig } from "../acquire/npm-config.ts";
import { createNpmRegistry, networkFor } from "../acquire/npm-registry.ts";
import { readNpmConfig } from "../acquire/npmrc.ts";
import { createPackumentCache } from "../acquire/packument-cache.ts";
import type { Registry } from "../acquire/registry.ts";
import type { CheckDeps, OriginSources } from "../check.ts";
import { createExaminer, EXAMINE_WORKER } from "../examine/examine.ts";
import { SIGNALS } from "../examine/signals.ts";
import { parsePolicy, type PolicySource } from "../judge/policy.ts";
import { Failure } from "../model/failure.ts";
import type { PackageRef } from "../model/package-ref.ts";
import type { Policy } from "../model/policy.ts";
import { systemClock } from "../platform/clock.ts";
import { systemConfigFiles } from "../platform/config-files.ts";
import { systemFiles } from "../platform/files.ts";
import { Gauge } from "../platform/gauge.ts";
import { createWorkerPool } from "../platform/workers.ts";
import type { Trust } from "../provenance/trust-material/trust.ts";
import { openStore, type Store } from "../store/store.ts";
import type { GlobalOptions } from "./command.ts";
import type { Io } from "./io.ts";
import { pathsFrom, type Paths } from "./paths.ts";
import { keptByThisCode } from "./reading-code.ts";
import { createTrust, type TrustSetup } from "./trust.ts";

/** Everything a command that asks about packages works with, opened once. */
export interface Sources {
  readonly paths: Paths;
  readonly policy: Policy;
  readonly npmConfig: NpmConfig;
  readonly registry: Registry;
  readonly store: Store;
  readonly trust: Trust;
  readonly origins: OriginSources;
  close(): Promise<void>;
}

/** For a command that looks into them as well. */
export interface Session extends Sources {
  readonly check: CheckDeps;
}

/** Of archives in examination; one that is larger is examined alone. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

export interface SessionOptions {
  /** npm settings from a wrapped command line, such as `registry`. */
  readonly flags?: ReadonlyMap<string, string>;
  /** See `TrustSetup`. */
  readonly refreshTrust?: TrustSetup["refresh"];
  /** For a command that asks about hundreds of packages: it repeats itself once, and soon. */
  readonly isHurried?: boolean;
}

export async function openSession(
  globals: GlobalOptions,
  io: Io,
  options: SessionOptions = {},
): Promise<Session> {
  const sources = await openSources(globals, io, options);
  const { origins, policy, registry, store } = sources;
  const pool = createWorkerPool(EXAMINE_WORKER, availableParallelism());
  const examiner = createExaminer(pool, SIGNALS, keptByThisCode(store.answers));
  examiner.warm({ timeoutMs: policy.limits.signalTimeoutMs, memoryMb: policy.limits.memoryMb });
  const check: CheckDeps = {
    registry,
    examiner,
    policy,
    clock: systemClock,
    firstSeen: (ref) => firstSeen(ref, registry, store),
    origins,
    exemptionOf: createExemptions(registry, policy, systemClock),
    memory: new Gauge(UNPACKED_BYTES_MAX),
  };
  return {
    ...sources,
    check,
    close: async () => {
      await examiner.close();
      await sources.close();
    },
  };
}

export async function openSources(
  globals: GlobalOptions,
  io: Io,
  options: SessionOptions = {},
): Promise<Sources> {
  const paths = pathsFrom(io.env);
  const policy = readPolicy(globals, io, paths);
  const configured = npmConfigFor(io, options);
  const npmConfig = options.isHurried === true ? hurried(configured) : configured;
  const store = await openStore(paths.data, { clock: systemClock });
  const network = networkFor(npmConfig);
  const { offline } = globals;
  const refresh = options.refreshTrust ?? "before";
  const trust = createTrust({ policy, paths, network, offline, refresh });
  const registry = createNpmRegistry(npmConfig, {
    network,
    cache: createPackumentCache({
      folder: join(paths.cache, "packuments"),
      files: systemFiles,
      clock: systemClock,
    }),
    clock: systemClock,
    offline,
  });
  return {
    paths,
    policy,
    npmConfig,
    registry,
    store,
    trust,
    origins: {
      trustFor: (base) => trust.forRegistry(base),
      remembered: (name) => store.origins.of(registry.baseUrl(name), name),
    },
    close: async () => {
      await trust.settle();
      await registry.close();
      await store.close();
    },
  };
}

function npmConfigFor(io: Io, { flags = new Map() }: SessionOptions): NpmConfig {
  return readNpmConfig({
    cwd: io.cwd,
    env: io.env,
    home: io.env["HOME"] ?? homedir(),
    flags,
    files: systemConfigFiles,
    platform: process.platform,
  });
}

const HURRIED = { retries: 1, minDelayMs: 250, maxDelayMs: 1000, silenceMs: 5000 } as const;

function hurried(config: NpmConfig): NpmConfig {
  const { retries, minDelayMs, maxDelayMs, silenceMs } = HURRIED;
  return {
    ...config,
    retry: {
      retries: Math.min(config.retry.retries, retries),
      factor: config.retry.factor,
      minDelayMs: Math.min(config.retry.minDelayMs, minDelayMs),
      maxDelayMs: Math.min(config.retry.maxDelayMs, maxDelayMs),
    },
    fetchTimeoutMs: Math.min(config.fetchTimeoutMs, silenceMs),
  };
}

function firstSeen(
  ref: PackageRef,
  registry: Registry,
  store: Store,
): ReturnType<CheckDeps["firstSeen"]> {
  const row = store.seen.firstSeen(registry.baseUrl(ref.name), ref.name, ref.version);
  return row === undefined ? undefined : { sha512: row.digests.sha512, atMs: row.firstSeenAtMs };
}

/** `--policy` stands alone; otherwise the project's veln.toml over the user's own file. */
export function readPolicy(globals: GlobalOptions, io: Io, paths: Paths): Policy {
  const signalIds = SIGNALS.map((signal) => signal.id);
  return parsePolicy(policySources(globals, io, paths), { signalIds });
}

function policySources(globals: GlobalOptions, io: Io, paths: Paths): readonly PolicySource[] {
  if (globals.policyFile !== undefined) {
    const path = resolve(io.cwd, globals.policyFile);
    const source = sourceAt(path, "user");
    if (source === undefined) {
      throw new Failure("usage", `The policy file ${path} cannot be read.`, { path });
    }
    return [source];
  }
  const project = projectPolicyPath(io.cwd);
  return [
    sourceAt(paths.userConfig, "user"),
    project === undefined ? undefined : sourceAt(project, "project"),
  ].filter((source) => source !== undefined);
}

/** @throws Failure "bad-policy" for one that is there and cannot be read: it may forbid something */
function sourceAt(path: string, from: PolicySource["from"]): PolicySource | undefined {
  const text = systemConfigFiles.read(path);
  if (text !== undefined) return { path, text, from };
  if (systemConfigFiles.kindOf(path) === undefined) return undefined;
  throw new Failure("bad-policy", `The policy file ${path} cannot be read.`, { path });
}

/**
 * The nearest veln.toml of the project: up to the folder of its repository, or without one up to the
 * nearest package.json. Further up the folders may be anybody's, as /tmp is.
 */
function projectPolicyPath(cwd: string): string | undefined {
  const folders = [cwd];
  for (let folder = dirname(cwd); folder !== folders.at(-1); folder = dirname(folder)) {
    folders.push(folder);
  }
  const holding = (name: string): number =>
    folders.findIndex((folder) => systemConfigFiles.kindOf(join(folder, name)) !== undefined);
  const top = [holding(".git"), holding("package.json"), 0].find((index) => index !== -1) ?? 0;
  return folders
    .slice(0, top + 1)
    .map((folder) => join(folder, "veln.toml"))
    .find((path) => systemConfigFiles.kindOf(path) === "file");
}
