import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  startGate,
  type Admission,
  type GateDeps,
  type GateEvent,
  type GateOptions,
} from "../act/gate/gate.ts";
import { SIGNALS } from "../examine/signals.ts";
import { signalsDigest } from "../judge/verdict.ts";
import { youngVersions } from "../model/cooling.ts";
import { label, npmRef, type PackageRef } from "../model/package-ref.ts";
import { systemConfigFiles } from "../platform/config-files.ts";
import { Gauge } from "../platform/gauge.ts";
import type { Packument } from "../acquire/packument.ts";
import { createAdmission, type Outcome } from "./admission.ts";
import { createKnownVerdicts } from "./known-verdicts.ts";
import { rulesDigest } from "./rules-digest.ts";
import type { Session } from "./session.ts";

/** A gate in front of a session's registries, and what happened at it. */
export interface OpenGate {
  readonly url: string;
  readonly token: string;
  readonly outcomes: readonly Outcome[];
  /** Names of the packages that were let in so far. */
  readonly installed: ReadonlySet<string>;
  /** Changes with every change of the rules that verdicts rest on. */
  readonly verdictKey: string;
  readonly log: GateLog;
  /** As the gate itself decides, for packages that a client does not ask the gate for. */
  readonly admit: (ref: PackageRef) => Promise<Admission>;
  close(): Promise<void>;
}

/** What is worth telling at the end. */
export interface GateLog {
  /** `name@version` → when it settles, for versions left out while they cool. */
  readonly cooling: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  readonly unrecognised: readonly string[];
  /** What scripts of packages wanted done with the person's account. */
  readonly inYourName: ReadonlySet<string>;
  /** Hosts that the package manager wanted to reach without the gate. */
  readonly pastTheGate: ReadonlySet<string>;
}

export interface GateSetup {
  readonly port?: number;
  readonly host?: string;
  readonly knowsClients: boolean;
  readonly withToken: boolean;
  readonly servesScripts?: boolean;
  readonly askedExactly?: ReadonlySet<string>;
  readonly onEvent?: (event: GateEvent) => void;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Versions in work at once: enough to keep the network busy, few enough to keep memory small. */
const VERSIONS_AT_ONCE_MAX = 16;
/** Failures kept for the summary; a registry that is down produces one for every package. */
const NOTES_MAX = 20;

export async function openGate(session: Session, setup: GateSetup): Promise<OpenGate> {
  const { registry, policy, store, check } = session;
  const outcomes: Outcome[] = [];
  const installed = new Set<string>();
  const log = {
    cooling: new Map<string, number>(),
    failures: [] as string[],
    unrecognised: [] as string[],
    inYourName: new Set<string>(),
    pastTheGate: new Set<string>(),
  };
  const signals = signalsDigest(SIGNALS.map(({ id, version }) => ({ signal: id, version })));
  const rules = rulesDigest(policy, systemConfigFiles);
  const known = createKnownVerdicts({
    store,
    registry,
    policy,
    rulesDigest: rules,
    signalsDigest: signals,
    clock: check.clock,
  });
  const over = new AbortController();
  const admissions = untilIdle(
    createAdmission({
      check,
      signal: over.signal,
      known,
      slots: new Gauge(VERSIONS_AT_ONCE_MAX),
      onOutcome: (outcome) => {
        outcomes.push(outcome);
        noteInstalled(outcome, installed);
        setup.onOutcome?.(outcome);
      },
    }),
  );
  const deps: GateDeps = {
    registry,
    admit: admissions.admit,
    youngVersions: async (packument) => {
      known.noteClaims(packument.name, (version) => packument.release(version)?.integrity);
      return withoutExempt(packument, session);
    },
    minVersionAgeMs: policy.cooling.minVersionAgeMs,
    nowMs: check.clock,
    onEvent: (event) => {
      note(event, log);
      setup.onEvent?.(event);
    },
  };
  const token = randomBytes(24).toString("base64url");
  const gate = await startGate(deps, gateOptions(setup, token));
  return {
    url: gate.url,
    token,
    outcomes,
    installed,
    verdictKey: `${rules}-${signals}`,
    log,
    admit: deps.admit,
    close: async () => {
      await gate.close();
      over.abort();
      await admissions.idle();
    },
  };
}

function noteInstalled({ verdict: { decision, ref } }: Outcome, installed: Set<string>): void {
  if (decision === "allow" || decision === "warn") installed.add(ref.name);
}

function gateOptions(setup: GateSetup, token: string): GateOptions {
  const { knowsClients, port, host, withToken, servesScripts, askedExactly } = setup;
  return {
    knowsClients,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(withToken ? { token } : {}),
    ...(servesScripts === undefined ? {} : { servesScripts }),
    ...(askedExactly === undefined ? {} : { askedExactly }),
  };
}

/**
 * A client that fails goes without waiting for what it asked. Downloads it left behind are given up;
 * the store must stay open until the examinations have written down what they found.
 */
function untilIdle(admit: GateDeps["admit"]): {
  readonly admit: GateDeps["admit"];
  readonly idle: () => Promise<unknown>;
} {
  const running = new Set<Promise<Admission>>();
  return {
    admit: (ref) => {
      const admission = admit(ref).finally(() => running.delete(admission));
      running.add(admission);
      return admission;
    },
    idle: () => Promise.allSettled(running),
  };
}

async function withoutExempt(
  packument: Packument,
  session: Session,
): Promise<ReadonlyMap<string, number>> {
  const { check, policy } = session;
  const young = youngVersions(packument.history(), policy.cooling.minVersionAgeMs, check.clock());
  const cooling = new Map<string, number>();
  for (const [version, settledAtMs] of young) {
    const exemption = await check.exemptionOf(npmRef(packument.name, version));
    if (exemption === undefined) cooling.set(version, settledAtMs);
  }
  return cooling;
}

function note(
  event: GateEvent,
  log: {
    cooling: Map<string, number>;
    failures: string[];
    unrecognised: string[];
    inYourName: Set<string>;
    pastTheGate: Set<string>;
  },
): void {
  if (event.kind === "cooling") log.cooling.set(label(event.ref), event.settledAtMs);
  if (event.kind === "failed" && log.failures.length < NOTES_MAX) log.failures.push(event.sentence);
  if (event.kind === "unrecognised" && log.unrecognised.length < NOTES_MAX) {
    log.unrecognised.push(event.target);
  }
  if (event.kind === "in-your-name" && log.inYourName.size < NOTES_MAX) {
    log.inYourName.add(event.target);
  }
  if (event.kind === "past-the-gate" && log.pastTheGate.size < NOTES_MAX) {
    log.pastTheGate.add(event.host);
  }
}

/** A folder that lives as long as `work`. */
export async function withRunFolder<Result>(
  parent: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const folder = await mkdtemp(join(parent, "run-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** Folders of runs that were killed before they could tidy up. */
async function removeAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent);
  for (const name of names.filter((item) => item.startsWith("run-"))) {
    const path = join(parent, name);
    const modified = await stat(path).catch(() => undefined);
    if (modified !== undefined && modified.mtimeMs + ABANDONED_AFTER_MS < Date.now()) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
