import { AUDIT_FAULTS, type AuditFault } from "../model/audit.ts";
import type { Expectation } from "../model/expectation.ts";
import type {
  CoolingExclusion,
  Decision,
  DenyRule,
  PolicyException,
  RegistryTrust,
  SandboxMode,
} from "../model/policy.ts";
import { DECISIONS, SANDBOX_MODES } from "../model/policy.ts";
import { EXPECTATION } from "./policy-expectations.ts";
import { DENIAL, EXCEPTION, EXCLUSION } from "./policy-rules.ts";
import { HOST_RULE, PROJECT_PATH, TREE, VARIABLE } from "./policy-sandbox.ts";
import { REGISTRY_TRUST, trustOfBoth } from "./policy-trust.ts";
import {
  BOOLEAN,
  choice,
  duration,
  integer,
  listOf,
  printDuration,
  type ValueType,
} from "./policy-values.ts";

/** One key of the policy file: what it may hold, what it means, and which change makes it milder. */
export interface Setting<Value> {
  readonly table: string;
  readonly name: string;
  readonly type: ValueType<Value>;
  readonly byDefault: Value;
  readonly loosens: (before: Value, after: Value) => boolean;
  /** How a later file's value meets an earlier one's; it replaces it unless something else is said. */
  readonly combine?: (before: Value, after: Value) => Value;
  readonly doc: string;
}

/** A key as documentation shows it. */
export interface PolicyKey {
  readonly key: string;
  readonly wanted: string;
  /** As it would be written in TOML. */
  readonly byDefault: string;
  readonly doc: string;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LIST_LENGTH_MAX = 1000;

const lowering = (before: number, after: number): boolean => after < before;
const raising = (before: number, after: number): boolean => after > before;
const switchingOn = (before: boolean, after: boolean): boolean => after && !before;
const milder = (before: Decision, after: Decision): boolean =>
  DECISIONS.indexOf(after) < DECISIONS.indexOf(before);
const anyEntry = (_before: readonly unknown[], after: readonly unknown[]): boolean =>
  after.length > 0;
const never = (): boolean => false;

function join<Item>(before: readonly Item[], after: readonly Item[]): readonly Item[] {
  return [...before, ...after];
}

const SOURCES = ["allow", "refuse"] as const;
type SourceRule = (typeof SOURCES)[number];
const allowing = (before: SourceRule, after: SourceRule): boolean =>
  before === "refuse" && after === "allow";

const weaker = (before: SandboxMode, after: SandboxMode): boolean =>
  SANDBOX_MODES.indexOf(after) > SANDBOX_MODES.indexOf(before);

function setting<Value>(described: Setting<Value>): Setting<Value> {
  return described;
}

function weight(name: string, byDefault: number): Setting<number> {
  return {
    table: "weights",
    name,
    type: integer(0, 100),
    byDefault,
    loosens: lowering,
    doc: `Points that a finding of severity "${name}" takes away at high confidence (70 % of them at medium, 40 % at low).`,
  };
}

function threshold(name: string, byDefault: number, doc: string): Setting<number> {
  return { table: "thresholds", name, type: integer(0, 100), byDefault, loosens: lowering, doc };
}

function source(name: string, what: string): Setting<SourceRule> {
  return {
    table: "dependencies",
    name,
    type: choice(SOURCES),
    byDefault: "refuse",
    loosens: allowing,
    doc: `Whether a package may depend on ${what}, which no registry vouches for and the gate never sees.`,
  };
}

/** What is added to what install scripts may do. */
function addition<Item>(
  name: string,
  item: ValueType<Item>,
  doc: string,
): Setting<readonly Item[]> {
  return {
    table: "sandbox",
    name,
    type: listOf(item, LIST_LENGTH_MAX, `sandbox.${name}`),
    byDefault: [],
    loosens: anyEntry,
    combine: join,
    doc: `${doc} The lists of several files add up.`,
  };
}

function bound(
  name: string,
  [min, byDefault, max]: readonly [number, number, number],
  doc: string,
): Setting<number> {
  return {
    table: "sandbox.limits",
    name,
    type: integer(min, max),
    byDefault,
    loosens: raising,
    doc,
  };
}

/** Every key with one fixed place. */
export const SETTINGS = {
  minVersionAge: setting<number>({
    table: "cooling",
    name: "min_version_age",
    type: duration(0, 365 * DAY_MS),
    byDefault: 2 * HOUR_MS,
    loosens: lowering,
    doc: "How long a version has to be public before it installs; until then it is held.",
  }),
  exclude: setting<readonly CoolingExclusion[]>({
    table: "cooling",
    name: "exclude",
    type: listOf(EXCLUSION, LIST_LENGTH_MAX, "cooling.exclude"),
    byDefault: [],
    loosens: anyEntry,
    combine: join,
    doc: "Packages that need not wait. The lists of several files add up.",
  }),
  allowSecurityFixes: setting<boolean>({
    table: "cooling",
    name: "allow_security_fixes",
    type: BOOLEAN,
    byDefault: true,
    loosens: switchingOn,
    doc: "Whether a version that fixes a published advisory of the version before it need not wait.",
  }),
  unknownDate: setting<Decision>({
    table: "cooling",
    name: "unknown_date",
    type: choice(DECISIONS),
    byDefault: "allow",
    loosens: milder,
    doc: "What a version costs whose date of publication cannot be had.",
  }),
  allow: threshold("allow", 80, "From this score on a package installs."),
  hold: threshold("hold", 40, "Under this score a held package is also called suspicious."),
  warn: threshold("warn", 20, "Under this score a package is blocked."),
  raiseTo: setting<"warn" | "hold" | "block">({
    table: "warn",
    name: "raise_to",
    type: choice(["warn", "hold", "block"]),
    byDefault: "warn",
    loosens: milder,
    doc: "What a warning becomes, for those who do not want warnings to install.",
  }),
  info: weight("info", 0),
  low: weight("low", 2),
  medium: weight("medium", 8),
  high: weight("high", 35),
  critical: weight("critical", 90),
  git: source("git", "a git repository"),
  remote: source("remote", "a tarball at some address"),
  expect: setting<readonly Expectation[]>({
    table: "provenance",
    name: "expect",
    type: listOf(EXPECTATION, LIST_LENGTH_MAX, "provenance.expect"),
    byDefault: [],
    loosens: never,
    combine: join,
    doc: 'Where packages have to come from. What is given must hold, or the package is blocked; where provenance cannot be verified, it is held, unless require = false leaves packages alone that have none. In addresses, paths and refs "*" stands for some characters within one segment. Several entries that name a package must hold together, and the lists of several files add up.',
  }),
  auditFailOn: setting<readonly AuditFault[]>({
    table: "provenance.audit",
    name: "fail_on",
    type: listOf(choice(AUDIT_FAULTS), AUDIT_FAULTS.length, "provenance.audit.fail_on"),
    byDefault: ["failed", "unsigned"],
    loosens: (before, after) => before.some((fault) => !after.includes(fault)),
    doc: 'What makes `veln provenance audit` end with 1: evidence that failed, a version that its registry did not sign though it signs others ("unsigned"), one without provenance ("absent"), one that comes from no registry ("outside"); "unknown" ends with 69 where something could not be asked.',
  }),
  auditTimeout: setting<number>({
    table: "provenance.audit",
    name: "timeout",
    type: duration(SECOND_MS, HOUR_MS),
    byDefault: 2 * MINUTE_MS,
    loosens: never,
    doc: "How long a whole audit may take before what is left of it is unknown.",
  }),
  signalTimeout: setting<number>({
    table: "limits",
    name: "signal_timeout",
    type: duration(SECOND_MS, 10 * MINUTE_MS),
    byDefault: 10 * SECOND_MS,
    loosens: lowering,
    doc: "How much processor time the signals may take on one package, all together, before what is left is cut short; at most ten times as long by the clock.",
  }),
  codeTimeout: setting<number>({
    table: "limits",
    name: "code_timeout",
    type: duration(SECOND_MS, 10 * MINUTE_MS),
    byDefault: 20 * SECOND_MS,
    loosens: lowering,
    doc: "How much processor time each signal that reads the code as a whole (source-is-suspicious, gains-dangerous-capability) may take, after all others. Of more than 1 MB of code the rest is then unknown; less code is cut short.",
  }),
  memory: setting<number>({
    table: "limits",
    name: "memory_mb",
    type: integer(64, 16_384),
    byDefault: 512,
    loosens: lowering,
    doc: "How much memory, in megabytes, the examination of one package may take.",
  }),
  onExceeded: setting<Decision>({
    table: "limits",
    name: "on_exceeded",
    type: choice(DECISIONS),
    byDefault: "hold",
    loosens: milder,
    doc: "What it costs when a signal crashes on a package or runs into a limit: its author can bring that about.",
  }),
  registries: setting<readonly RegistryTrust[]>({
    table: "provenance",
    name: "registries",
    type: REGISTRY_TRUST,
    byDefault: [],
    loosens: anyEntry,
    combine: trustOfBoth,
    doc: "Registries whose signatures and attestations are verified with trust of their own, in place of the public-good instance of Sigstore and the public registry's keys: registry (base URL) with trust_root (a trusted_root.json) and, if it signs, keys (as from /-/npm/v1/keys); or with tuf_mirror (address) and tuf_root (a root.json). Files are looked for beside the policy file. A later file replaces what an earlier one says of the same registry.",
  }),
  reuse: setting<number>({
    table: "verdicts",
    name: "reuse",
    type: duration(0, 30 * DAY_MS),
    byDefault: DAY_MS,
    loosens: raising,
    doc: "How long a verdict is reused without asking the registry again.",
  }),
  sandboxMode: setting<SandboxMode>({
    table: "sandbox",
    name: "mode",
    type: choice(SANDBOX_MODES),
    byDefault: "require",
    loosens: weaker,
    doc: 'Whether package managers and install scripts run isolated: "require" refuses to run them where this machine has nothing to isolate them with (`veln doctor` says what it has), "prefer" runs them then with your rights and says so, "off" always does.',
  }),
  sandboxRead: addition(
    "read",
    TREE,
    "Files and folders outside the project that install scripts may read and execute; the home folder is otherwise empty to them.",
  ),
  sandboxWrite: addition(
    "write",
    TREE,
    "Files and folders outside the project that install scripts may change.",
  ),
  sandboxEnvironment: addition(
    "environment",
    VARIABLE,
    "Environment variables that install scripts see beside the harmless ones.",
  ),
  sandboxHosts: addition(
    "hosts",
    HOST_RULE,
    'Hosts that install scripts may download from, beside those that Veln knows of: "host", "host:port" (443 unless said otherwise), "*.host" for all below it, or a table that opens it to one package\'s scripts alone.',
  ),
  sandboxUnguarded: addition(
    "unguarded",
    PROJECT_PATH,
    "Paths of the project that install scripts may change although what lies there starts code later, such as git hooks and editor settings.",
  ),
  sandboxProcesses: bound(
    "processes",
    [16, 2048, 65_536],
    "How many processes and threads an install may have at once.",
  ),
  sandboxMemory: bound(
    "memory_mb",
    [256, 16_384, 1_048_576],
    "How much memory, in megabytes, all its processes together may take.",
  ),
  sandboxFile: bound(
    "file_mb",
    [1, 8192, 1_048_576],
    "How large, in megabytes, a single file may become.",
  ),
  sandboxDisk: bound(
    "disk_mb",
    [16, 32_768, 1_048_576],
    "By how much, in megabytes, an install may fill the disk.",
  ),
  sandboxTimeout: setting<number>({
    table: "sandbox.limits",
    name: "timeout",
    type: duration(SECOND_MS, 7 * DAY_MS),
    byDefault: 2 * HOUR_MS,
    loosens: raising,
    doc: "How long an install may take before it is ended.",
  }),
  mayLoosen: setting<boolean>({
    table: "project",
    name: "may_loosen",
    type: BOOLEAN,
    byDefault: true,
    loosens: switchingOn,
    doc: "Whether a project's veln.toml may be milder than your own policy. A cloned project brings its file along, so false is the safer answer. Only your own file can say this.",
  }),
  exceptions: setting<readonly PolicyException[]>({
    table: "",
    name: "exceptions",
    type: listOf(EXCEPTION, LIST_LENGTH_MAX, "exceptions"),
    byDefault: [],
    loosens: anyEntry,
    combine: join,
    doc: "Packages that install although something speaks against them: exactly these bytes, for this reason, until this day. Neither a deny rule nor bytes that differ from what the registry or your first sight says can be excepted. The lists of several files add up.",
  }),
  denied: setting<readonly DenyRule[]>({
    table: "",
    name: "deny",
    type: listOf(DENIAL, LIST_LENGTH_MAX, "deny"),
    byDefault: [],
    loosens: never,
    combine: join,
    doc: "Packages that are blocked whatever the evidence says. The lists of several files add up.",
  }),
} as const;

/** The keys of every `[signals.<id>]`. */
export const SIGNAL_SETTINGS = {
  atLeast: setting<Decision>({
    table: "signals.<id>",
    name: "at_least",
    type: choice(DECISIONS),
    byDefault: "allow",
    loosens: milder,
    doc: "The decision that any finding of this signal brings about at least.",
  }),
  unknown: setting<Decision>({
    table: "signals.<id>",
    name: "unknown",
    type: choice(DECISIONS),
    byDefault: "allow",
    loosens: milder,
    doc: "The decision that it brings about at least when this signal cannot be answered.",
  }),
  ignore: setting<boolean>({
    table: "signals.<id>",
    name: "ignore",
    type: BOOLEAN,
    byDefault: false,
    loosens: switchingOn,
    doc: "Whether findings of this signal are shown only, and cost nothing.",
  }),
} as const;

/** Everything a policy file can say, for `--help` and for the README. */
export const POLICY_KEYS: readonly PolicyKey[] = [
  ...Object.values(SETTINGS),
  ...Object.values(SIGNAL_SETTINGS),
].map(({ table, name, type, byDefault, doc }) => ({
  key: table === "" ? name : `${table}.${name}`,
  wanted: type.wanted.replace(/,$/, ""),
  byDefault:
    typeof byDefault === "number" && type.wanted.startsWith("a duration")
      ? JSON.stringify(printDuration(byDefault))
      : JSON.stringify(byDefault),
  doc,
}));
