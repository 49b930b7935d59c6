import type { Policy, SandboxPolicy, SignalRule } from "../model/policy.ts";
import { isSealed } from "./hard-reasons.ts";
import { type Setting, SETTINGS, SIGNAL_SETTINGS } from "./policy-keys.ts";
import { refuseUnknownKey, refuseUnknownKeys } from "./policy-records.ts";
import { readValue } from "./policy-values.ts";
import { parseToml, type Place, refuse, type TomlEntry, type TomlTable } from "./toml.ts";

/**
 * One policy file. `user` is a file that the person who runs Veln chose: their own configuration,
 * or one named on the command line. `project` is a file that was found in the project, which may be
 * somebody else's.
 */
export interface PolicySource {
  readonly path: string;
  readonly text: string;
  readonly from: "user" | "project";
}

export interface PolicyOptions {
  /** The signals there are; without them any well-formed id is taken. */
  readonly signalIds?: readonly string[];
}

/**
 * The defaults under the sources in their order: a later file's value replaces an earlier one's,
 * the lists `cooling.exclude`, `provenance.expect`, `exceptions`, `deny` and those of `sandbox` add up.
 *
 * A project's file may loosen what the user's file says, unless that says
 * `[project] may_loosen = false`. No file at all can ignore a sealed signal, and a project cannot
 * take a user's deny rule back.
 * @throws Failure "bad-policy" with path, line and column; nothing of a wrong policy is used
 */
export function parsePolicy(sources: readonly PolicySource[], options: PolicyOptions = {}): Policy {
  const layers = layersOf(sources, options.signalIds);
  return {
    cooling: {
      minVersionAgeMs: valueOf(layers, SETTINGS.minVersionAge),
      exclude: valueOf(layers, SETTINGS.exclude),
      allowSecurityFixes: valueOf(layers, SETTINGS.allowSecurityFixes),
      unknownDate: valueOf(layers, SETTINGS.unknownDate),
    },
    thresholds: thresholdsOf(layers),
    weights: {
      severity: {
        info: valueOf(layers, SETTINGS.info),
        low: valueOf(layers, SETTINGS.low),
        medium: valueOf(layers, SETTINGS.medium),
        high: valueOf(layers, SETTINGS.high),
        critical: valueOf(layers, SETTINGS.critical),
      },
    },
    raiseWarnTo: valueOf(layers, SETTINGS.raiseTo),
    signals: signalRulesOf(layers),
    exceptions: valueOf(layers, SETTINGS.exceptions),
    denied: valueOf(layers, SETTINGS.denied),
    dependencies: {
      git: valueOf(layers, SETTINGS.git),
      remote: valueOf(layers, SETTINGS.remote),
    },
    limits: {
      signalTimeoutMs: valueOf(layers, SETTINGS.signalTimeout),
      codeTimeoutMs: valueOf(layers, SETTINGS.codeTimeout),
      memoryMb: valueOf(layers, SETTINGS.memory),
      onExceeded: valueOf(layers, SETTINGS.onExceeded),
    },
    provenance: {
      expect: valueOf(layers, SETTINGS.expect),
      registries: valueOf(layers, SETTINGS.registries),
      audit: {
        failOn: valueOf(layers, SETTINGS.auditFailOn),
        timeoutMs: valueOf(layers, SETTINGS.auditTimeout),
      },
    },
    verdictReuseMs: valueOf(layers, SETTINGS.reuse),
    sandbox: sandboxOf(layers),
  };
}

function sandboxOf(layers: readonly Layer[]): SandboxPolicy {
  return {
    mode: valueOf(layers, SETTINGS.sandboxMode),
    read: valueOf(layers, SETTINGS.sandboxRead),
    write: valueOf(layers, SETTINGS.sandboxWrite),
    environment: valueOf(layers, SETTINGS.sandboxEnvironment),
    hosts: valueOf(layers, SETTINGS.sandboxHosts),
    unguarded: valueOf(layers, SETTINGS.sandboxUnguarded),
    limits: {
      processesMax: valueOf(layers, SETTINGS.sandboxProcesses),
      memoryMb: valueOf(layers, SETTINGS.sandboxMemory),
      fileMb: valueOf(layers, SETTINGS.sandboxFile),
      diskMb: valueOf(layers, SETTINGS.sandboxDisk),
      timeoutMs: valueOf(layers, SETTINGS.sandboxTimeout),
    },
  };
}

interface Layer {
  readonly root: TomlTable;
  readonly mayLoosen: boolean;
}

const TABLES = Map.groupBy(
  Object.values(SETTINGS).filter((setting) => setting.table !== ""),
  (setting) => setting.table,
);
const TOP_LEVEL = [
  ...[...TABLES.keys()].filter((table) => !table.includes(".")),
  "signals",
  ...Object.values(SETTINGS)
    .filter((setting) => setting.table === "")
    .map((setting) => setting.name),
];
const SIGNAL_KEYS = Object.values(SIGNAL_SETTINGS).map((setting) => setting.name);
const SIGNAL_ID = /^[a-z][a-z0-9-]{0,63}$/;

function layersOf(
  sources: readonly PolicySource[],
  signalIds: readonly string[] | undefined,
): readonly Layer[] {
  const files = sources.map(({ path, text, from }) => ({ from, root: parseToml(path, text) }));
  for (const { root, from } of files) checkKeys(root, from, signalIds);
  const own = files.filter(({ from }) => from === "user");
  const mayLoosen = valueOf(
    own.map(({ root }) => ({ root, mayLoosen: true })),
    SETTINGS.mayLoosen,
  );
  return files.map(({ root, from }) => ({ root, mayLoosen: from === "user" || mayLoosen }));
}

function checkKeys(
  root: TomlTable,
  from: PolicySource["from"],
  signalIds: readonly string[] | undefined,
): void {
  refuseUnknownKeys(root, "", TOP_LEVEL);
  for (const [name, settings] of TABLES) {
    const section = sectionOf(entryAt(root, name.split(".")), name);
    if (section === undefined) continue;
    refuseUnknownKeys(section, name, [
      ...settings.map((setting) => setting.name),
      ...tablesIn(name),
    ]);
  }
  const project = root.entries.get("project");
  if (from === "project" && project !== undefined) {
    refuse(project.keyAt, "says what a project may do, which only your own file can say");
  }
  for (const [id, entry] of sectionOf(root.entries.get("signals"), "signals")?.entries ?? []) {
    checkSignal(id, entry, signalIds);
  }
}

/** `audit` in `provenance`. */
function tablesIn(table: string): readonly string[] {
  const start = `${table}.`;
  return [...TABLES.keys()]
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length));
}

function checkSignal(id: string, entry: TomlEntry, ids: readonly string[] | undefined): void {
  if (ids?.includes(id) === false || !SIGNAL_ID.test(id)) {
    refuseUnknownKey(entry.keyAt, "signals", id, ids ?? []);
  }
  const rule = sectionOf(entry, `signals.${id}`);
  if (rule === undefined) return;
  refuseUnknownKeys(rule, `signals.${id}`, SIGNAL_KEYS);
  const ignore = rule.entries.get(SIGNAL_SETTINGS.ignore.name)?.node;
  if (ignore?.kind === "boolean" && ignore.value && isSealed(id)) {
    refuse(ignore.at, `ignores ${id}, which cannot be ignored`, { found: "true" });
  }
}

function sectionOf(entry: TomlEntry | undefined, name: string): TomlTable | undefined {
  if (entry === undefined) return undefined;
  if (entry.node.kind === "table") return entry.node;
  return refuse(entry.node.at, `gives ${name} a value, where a table belongs`, {
    wanted: `[${name}]`,
  });
}

function valueOf<Value>(
  layers: readonly Layer[],
  setting: Setting<Value>,
  table: readonly string[] = setting.table === "" ? [] : setting.table.split("."),
): Value {
  const key = [...table, setting.name].join(".");
  let value = setting.byDefault;
  for (const { root, mayLoosen } of layers) {
    const node = entryAt(root, [...table, setting.name])?.node;
    if (node === undefined) continue;
    const next = readValue(setting.type, node, key);
    if (!mayLoosen && setting.loosens(value, next)) {
      refuse(node.at, `makes ${key} milder than your own policy, which forbids that to a project`);
    }
    value = setting.combine?.(value, next) ?? next;
  }
  return value;
}

function entryAt(root: TomlTable, path: readonly string[]): TomlEntry | undefined {
  let entry: TomlEntry | undefined;
  let table: TomlTable | undefined = root;
  for (const name of path) {
    entry = table?.entries.get(name);
    table = entry?.node.kind === "table" ? entry.node : undefined;
  }
  return entry;
}

function thresholdsOf(layers: readonly Layer[]): Policy["thresholds"] {
  const thresholds = {
    allow: valueOf(layers, SETTINGS.allow),
    hold: valueOf(layers, SETTINGS.hold),
    warn: valueOf(layers, SETTINGS.warn),
  };
  for (const [upper, lower] of [
    ["allow", "hold"],
    ["hold", "warn"],
  ] as const) {
    if (thresholds[lower] <= thresholds[upper]) continue;
    const at = lastPlaceOf(layers, ["thresholds", lower], ["thresholds", upper]);
    const sum = `${String(thresholds[lower])} over ${String(thresholds[upper])}`;
    refuse(at, `sets thresholds.${lower} above thresholds.${upper} (${sum})`, {
      wanted: "allow >= hold >= warn",
    });
  }
  return thresholds;
}

/** The latest file that says any of these, and in it the first of them. */
function lastPlaceOf(layers: readonly Layer[], ...paths: readonly (readonly string[])[]): Place {
  for (const { root } of layers.toReversed()) {
    const entry = paths.map((path) => entryAt(root, path)).find((found) => found !== undefined);
    if (entry !== undefined) return entry.node.at;
  }
  return { path: "the defaults", line: 1, column: 1 };
}

function signalRulesOf(layers: readonly Layer[]): ReadonlyMap<string, SignalRule> {
  const ids = layers.flatMap(({ root }) => {
    const signals = root.entries.get("signals")?.node;
    return signals?.kind === "table" ? [...signals.entries.keys()] : [];
  });
  return new Map([...new Set(ids)].sort().map((id) => [id, signalRuleOf(layers, id)]));
}

function signalRuleOf(layers: readonly Layer[], id: string): SignalRule {
  const table = ["signals", id];
  return {
    atLeast: valueOf(layers, SIGNAL_SETTINGS.atLeast, table),
    unknown: valueOf(layers, SIGNAL_SETTINGS.unknown, table),
    ignore: valueOf(layers, SIGNAL_SETTINGS.ignore, table),
  };
}
