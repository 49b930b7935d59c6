import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readLockfileIn, type ChosenLockfile } from "../acquire/lockfile/read-lockfile.ts";
import { auditPage, auditReport } from "../act/report/audit.ts";
import { readDuration } from "../judge/policy-values.ts";
import {
  faultsOf,
  type Audit,
  type AuditedPackage,
  type AuditFault,
  type UsedTrust,
} from "../model/audit.ts";
import { Failure } from "../model/failure.ts";
import type { LockedPackage } from "../model/lockfile.ts";
import type { AuditRules } from "../model/policy.ts";
import { systemClock } from "../platform/clock.ts";
import type { TrustMaterial } from "../provenance/trust-material/material.ts";
import { localPlaces } from "./audit/artifact.ts";
import { auditPackage, wasMisread, type AuditDeps } from "./audit/audit-package.ts";
import { askedInVain } from "./audit/patience.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { EXIT } from "./exit.ts";
import { layoutFor, type Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { openSources, type Sources } from "./session.ts";

const USAGE = `Usage: veln provenance audit [--require signed|verified] [--timeout 2m] [--json] [--offline] [DIR]

Where every package of a project comes from, by its lockfile, installed or not: the registry's
signature, its publish attestation and the provenance, whether they are about the bytes that the
lockfile wants, and about those in Veln's store, npm's cache and node_modules; what the policy expects;
and whether earlier versions were proven better. One package's trouble is that package's alone.

  DIR                  the project; the folder you are in when left out
  --require signed     fail for what the registry did not sign, and for what could not be asked
  --require verified   fail for everything whose provenance is not verified
  --timeout 2m         for the whole audit; what is left then is unknown

What it fails for is otherwise said by the policy ([provenance.audit] fail_on).

Exit status: 0 nothing that it fails for, 1 something, 69 something could not be asked and the policy
does not accept that.
`;

const OPTIONS = {
  ...GLOBAL_OPTIONS,
  require: { type: "string" },
  timeout: { type: "string" },
} as const;

const REQUIRED: Readonly<Record<string, readonly AuditFault[]>> = {
  signed: ["failed", "unsigned", "unknown"],
  verified: ["failed", "unsigned", "unknown", "absent", "outside"],
};

const AUDITED_AT_ONCE_MAX = 16;

export const auditCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    const globals = mergeGlobals(before, values);
    if (positionals.length > 1) {
      throw new Failure("usage", "Say one folder: veln provenance audit DIR.");
    }
    const folder = resolve(io.cwd, positionals[0] ?? ".");
    const overrides = overridesFrom(values);
    const chosen = await readLockfileIn(folder);
    const sources = await openSources(settled(globals, io), { ...io, cwd: folder }, HURRIED);
    try {
      const rules = { ...sources.policy.provenance.audit, ...overrides };
      const audit = await auditLockfile(chosen, folder, { sources, globals, io, rules });
      const code = exitOf(audit.packages, rules);
      if (globals.json || !globals.quiet || code !== EXIT.fine) show(audit, globals, io);
      return code;
    } finally {
      await sources.close();
    }
  },
};

const HURRIED = { isHurried: true } as const;

/** Policy and npm configuration are the project's; a file on the command line is the caller's. */
function settled(globals: GlobalOptions, io: Io): GlobalOptions {
  const { policyFile } = globals;
  return policyFile === undefined
    ? globals
    : { ...globals, policyFile: resolve(io.cwd, policyFile) };
}

function overridesFrom(values: {
  readonly require?: string | undefined;
  readonly timeout?: string | undefined;
}): Partial<AuditRules> {
  const { require: required, timeout } = values;
  const failOn =
    required !== undefined && Object.hasOwn(REQUIRED, required) ? REQUIRED[required] : undefined;
  if (required !== undefined && failOn === undefined) {
    throw new Failure("usage", "--require takes signed or verified.");
  }
  const timeoutMs = timeout === undefined ? undefined : readDuration(timeout);
  if (timeout !== undefined && (timeoutMs === undefined || timeoutMs === 0)) {
    throw new Failure("usage", "--timeout takes a duration such as 30s or 5m.");
  }
  return {
    ...(failOn === undefined ? {} : { failOn }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

interface Auditing {
  readonly sources: Sources;
  readonly globals: GlobalOptions;
  readonly io: Io;
  readonly rules: AuditRules;
}

async function auditLockfile(
  { lockfile, passedOver }: ChosenLockfile,
  folder: string,
  auditing: Auditing,
): Promise<Audit> {
  const startedAtMs = performance.now();
  const { io, sources } = auditing;
  const { origins, policy, registry, store } = sources;
  const trust = new Map<string, TrustMaterial>();
  const deps: AuditDeps = {
    policy,
    registry: askedInVain(registry),
    origins: {
      ...origins,
      trustFor: async (base) => {
        const material = await origins.trustFor(base);
        trust.set(base, material);
        return material;
      },
    },
    signing: new Set(),
    places: await localPlaces({
      folder,
      format: lockfile.format,
      tarballs: store.tarballs,
      npmCache: io.env["npm_config_cache"] ?? join(io.env["HOME"] ?? homedir(), ".npm"),
    }),
  };
  const packages = await auditAll(lockfile.packages, deps, auditing);
  return {
    lockfile,
    passedOver,
    packages,
    trust: [...trust].map(usedTrust),
    elapsedMs: Math.round(performance.now() - startedAtMs),
  };
}

function usedTrust([registry, { origin }]: readonly [string, TrustMaterial]): UsedTrust {
  return { registry, kind: origin.kind, asOfMs: origin.asOfMs, note: origin.note };
}

async function auditAll(
  locked: readonly LockedPackage[],
  deps: AuditDeps,
  { globals, io, rules }: Auditing,
): Promise<readonly AuditedPackage[]> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(OUT_OF_TIME), rules.timeoutMs);
  const progress = new Progress(io.stderr, systemClock);
  if (!globals.quiet) progress.start();
  for (const _ of locked) progress.note({ kind: "asked", what: "packument" });
  const found: AuditedPackage[] = [];
  const audit = async (index: number, item: LockedPackage): Promise<void> => {
    found[index] = await auditPackage(item, deps, stop.signal);
  };
  try {
    await eachOf(locked, async (index, item) => {
      await audit(index, item);
      progress.note({ kind: "answered", what: "packument" });
      progress.examined(item.name);
    });
    const again = found.map((item) => (wasMisread(item, deps) ? item.locked : undefined));
    await eachOf(again, (index, item) =>
      item === undefined ? Promise.resolve() : audit(index, item),
    );
  } finally {
    clearTimeout(timer);
    stop.abort(OUT_OF_TIME);
    progress.stop();
  }
  return found;
}

async function eachOf<Item>(
  items: readonly Item[],
  run: (index: number, item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) await run(index, item);
  };
  await Promise.all(Array.from({ length: AUDITED_AT_ONCE_MAX }, work));
}

const OUT_OF_TIME = new Failure("timed-out", "The audit had no time left (--timeout).");

function show(audit: Audit, globals: GlobalOptions, io: Io): void {
  if (globals.json) {
    io.stdout.write(`${JSON.stringify(auditReport(audit))}\n`);
    return;
  }
  io.stdout.write(auditPage(audit, layoutFor(io.stdout, io.env, globals.noColor)));
}

function exitOf(packages: readonly AuditedPackage[], { failOn }: AuditRules): number {
  const faults = new Set(packages.flatMap(faultsOf).filter((fault) => failOn.includes(fault)));
  if ([...faults].some((fault) => fault !== "unknown")) return EXIT.blocked;
  return faults.has("unknown") ? EXIT.unavailable : EXIT.fine;
}
