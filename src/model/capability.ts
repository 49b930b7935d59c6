/**
 * What code can do to the machine it runs on: one vocabulary for Lens, the diff, the canary and the
 * policy. An occurrence says where in the source, to what, and whether anything leads there.
 */
export const CAPABILITIES = [
  /** Sends or asks over the network; the target is a host as far as it resolves. */
  "network-out",
  "network-listen",
  "dns-lookup",
  /** Starts a program; the target is its command line as far as it resolves. */
  "process-spawn",
  /** Outside the package's own folder. */
  "file-read",
  "file-write",
  "file-delete",
  /** Reads where secrets are kept, by path or by variable. */
  "credential-read",
  "environment-read",
  "environment-read-whole",
  /** Runs text as code, or loads a module whose name is computed. */
  "dynamic-code",
  "native-code",
  "webassembly",
  "install-execution",
  /** Writes into its own folder, into other packages, or into the module loader. */
  "self-modification",
  /** Writes where systems, editors, repositories or AI agents start things from. */
  "persistence",
  "publishing",
  "clipboard",
  "keyboard",
  "browser-profile",
  "wallet",
  /** Replaces functions that all code of the process shares. */
  "global-wrap",
  /** Asks where or when it runs: CI, date, platform, locale, country, host name, debugger. */
  "gate",
  "long-timer",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const TARGET_KINDS = ["host", "command", "path", "variable", "code", "module"] as const;
type TargetKind = (typeof TARGET_KINDS)[number];

export interface CapabilityTarget {
  readonly kind: TargetKind;
  /** As far as it resolves; "…" stands for what does not. */
  readonly text: string;
  /** False when part of it is only known at run time. */
  readonly resolved: boolean;
}

/** From the strongest: what runs unasked comes first. "nothing": no entry point leads there. */
export const REACHED_FROM = ["install-hook", "entry-point", "bin", "nothing"] as const;
export type ReachedFrom = (typeof REACHED_FROM)[number];

/** One place where code has a capability. Lines and columns count from 1; columns are UTF-16 units. */
export interface CapabilityOccurrence {
  readonly capability: Capability;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Name of the function around it; undefined at the top level of a file. */
  readonly function: string | undefined;
  /** What is called, in Node's or the browser's own words: `child_process.exec`. */
  readonly api: string;
  readonly target: CapabilityTarget | undefined;
  readonly reachedFrom: ReachedFrom;
  /** Files from the entry point to this one, both included; empty when nothing leads there. */
  readonly via: readonly string[];
  readonly excerpt: string;
}
