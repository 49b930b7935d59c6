import type { AuditFault } from "./audit.ts";
import type { Expectation } from "./expectation.ts";
import type { Severity } from "./finding.ts";

export const DECISIONS = ["allow", "warn", "hold", "block"] as const;
/** In order of severity, for "worst of". */
export type Decision = (typeof DECISIONS)[number];

export function worstOf(decisions: Iterable<Decision>): Decision {
  let worst = 0;
  for (const decision of decisions) worst = Math.max(worst, DECISIONS.indexOf(decision));
  return DECISIONS[worst] ?? "block";
}

/** Parsed whole or refused whole. `judge/policy.ts` reads it from TOML and documents every key. */
export interface Policy {
  readonly cooling: CoolingPolicy;
  readonly thresholds: { readonly allow: number; readonly hold: number; readonly warn: number };
  readonly weights: Weights;
  /** Decision → decision it is raised to, for teams that do not want warnings to install. */
  readonly raiseWarnTo: "warn" | "hold" | "block";
  readonly signals: ReadonlyMap<string, SignalRule>;
  readonly exceptions: readonly PolicyException[];
  /** Package patterns that are refused whatever the evidence says. */
  readonly denied: readonly DenyRule[];
  readonly dependencies: {
    /** Whether git, http and file dependencies may be installed at all. */
    readonly git: "refuse" | "allow";
    readonly remote: "refuse" | "allow";
  };
  readonly limits: {
    readonly signalTimeoutMs: number;
    /** For each signal that reads the code as a whole, by itself. */
    readonly codeTimeoutMs: number;
    readonly memoryMb: number;
    /** What it costs when a signal crashes on a package or runs into one of these limits. */
    readonly onExceeded: Decision;
  };
  readonly provenance: {
    /** What is expected of packages' origins; all that name a package must hold. */
    readonly expect: readonly Expectation[];
    /** Trust of its own for each; every other registry is verified with the public-good material. */
    readonly registries: readonly RegistryTrust[];
    readonly audit: AuditRules;
  };
  /** How long a verdict is reused without asking the registry again. */
  readonly verdictReuseMs: number;
  readonly sandbox: SandboxPolicy;
}

export const SANDBOX_MODES = ["require", "prefer", "off"] as const;
/** What is done where nothing can isolate a command: refuse it, run it all the same; or never isolate. */
export type SandboxMode = (typeof SANDBOX_MODES)[number];

/** What install scripts may do beyond the project and the caches; no verdict depends on it. */
export interface SandboxPolicy {
  readonly mode: SandboxMode;
  /** Absolute, below the home folder (`~/`) or below the project (`./`, `../`). */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Names of variables; a star at the end stands for any rest. */
  readonly environment: readonly string[];
  readonly hosts: readonly HostRule[];
  /** Paths of the project that start code later and may be written all the same. */
  readonly unguarded: readonly string[];
  readonly limits: SandboxLimits;
}

/** A place that install scripts may download from. */
export interface HostRule {
  /** In lower case; `*.` in front stands for any name below. */
  readonly host: string;
  readonly port: number;
  /** A name, or a scope as `@scope/*`; undefined for the scripts of every package. */
  readonly package: string | undefined;
}

export interface SandboxLimits {
  readonly processesMax: number;
  readonly memoryMb: number;
  readonly fileMb: number;
  readonly diskMb: number;
  readonly timeoutMs: number;
}

/** For `veln provenance audit`; no verdict depends on it. */
export interface AuditRules {
  readonly failOn: readonly AuditFault[];
  /** For the whole of an audit. */
  readonly timeoutMs: number;
}

/** Whose word counts for what one registry serves, in place of the public-good instance's. */
export interface RegistryTrust {
  /** Its base URL; ends in a slash. */
  readonly registry: string;
  readonly source: TrustSource;
}

export type TrustSource =
  /** Paths of Sigstore's `trusted_root.json` and of the registry's keys. */
  | { readonly kind: "files"; readonly trustRoot: string; readonly keys: string | undefined }
  /** A TUF repository's address, without a slash at the end, and the path of its `root.json`. */
  | { readonly kind: "mirror"; readonly mirror: string; readonly root: string };

export interface CoolingPolicy {
  readonly minVersionAgeMs: number;
  readonly exclude: readonly CoolingExclusion[];
  /** A young version that fixes a published advisory of the version before it may pass. */
  readonly allowSecurityFixes: boolean;
  /** What a version without a date costs. */
  readonly unknownDate: Decision;
}

export interface CoolingExclusion {
  /** A name, or a scope as `@scope/*`. */
  readonly package: string;
  readonly withDependencies: boolean;
}

export interface Weights {
  /** Points that a finding takes away, by severity, before confidence is applied. */
  readonly severity: Readonly<Record<Severity, number>>;
}

export interface SignalRule {
  /** A decision that any finding of this signal brings about at least. */
  readonly atLeast: Decision | undefined;
  /** What "unknown" costs: the decision it brings about at least. */
  readonly unknown: Decision;
  readonly ignore: boolean;
}

/** Bound to the bytes: another tarball under the same name and version gets no benefit from it. */
export interface PolicyException {
  readonly package: string;
  readonly version: string;
  readonly sha512: string;
  readonly reason: string;
  readonly owner: string;
  readonly expiresAtMs: number;
}

export interface DenyRule {
  readonly package: string;
  readonly range: string | undefined;
  readonly reason: string;
}
