import type { Capability, CapabilityOccurrence } from "../../../model/capability.ts";
import { type Finding, finding, type Severity } from "../../../model/finding.ts";
import type { GainedCapability } from "../../../model/package-diff.ts";
import { printable } from "../../../model/printable.ts";
import { isInPackage } from "../../program/paths.ts";

const set = (...capabilities: readonly Capability[]): ReadonlySet<Capability> =>
  new Set(capabilities);

/** Takes something worth stealing. */
const TAKES = set(
  "credential-read",
  "environment-read-whole",
  "browser-profile",
  "wallet",
  "clipboard",
  "keyboard",
);
const SENDS = set("network-out", "dns-lookup");
/** Runs what is not in the package. */
const RUNS = set("process-spawn", "dynamic-code");
/** Stays, or spreads. */
const STAYS = set("persistence", "publishing");
const OTHERWISE_TELLING = set("native-code", "self-modification", "global-wrap");

const TELLING = new Set([...TAKES, ...SENDS, ...RUNS, ...STAYS, ...OTHERWISE_TELLING]);

/** A page's cookies are its own, and what is copied to the clipboard is taken from nobody. */
function takes({ api, capability, target }: GainedCapability): boolean {
  if (capability === "browser-profile") return api !== "document.cookie";
  if (capability === "clipboard") return !COPIES.test(target?.text ?? api);
  return TAKES.has(capability);
}

/** Asking a page for its wallet is what libraries for wallets do; reading its files is not. */
function asksPage({ capability, target }: GainedCapability): boolean {
  return capability === "wallet" && target?.kind !== "path";
}

const COPIES = /\.write(?:Text)?$|\b(?:pbcopy|wl-copy|clip\.exe)\b/;

/** Whether a capability is of the kinds that this signal is about. */
export function isTelling({ capability }: Pick<CapabilityOccurrence, "capability">): boolean {
  return TELLING.has(capability);
}

/** What a version gained, as findings: chains first, then what is left by itself. */
export function weighed(
  signal: string,
  gained: readonly GainedCapability[],
  previousVersion: string,
): readonly Finding[] {
  const telling = gained.filter(isTelling);
  const hasNewHook = gained.some(({ capability }) => capability === "install-execution");
  const chains = chainsIn(telling, hasNewHook);
  const inChain = new Set(chains.flatMap((chain) => chain.links));
  return [
    ...chains.map((chain) => chainFinding(signal, chain, previousVersion)),
    ...telling
      .filter((item) => !inChain.has(item))
      .flatMap((item) => singleFinding(signal, item, previousVersion)),
  ];
}

interface Chain {
  readonly claim: "install-chain" | "import-chain";
  readonly severity: Severity;
  readonly links: readonly GainedCapability[];
}

/** Single calls say little, chains much: what is taken or run, and what is sent or fetched, together. */
function chainsIn(gained: readonly GainedCapability[], hasNewHook: boolean): readonly Chain[] {
  const atInstall = linked(gained.filter(({ reachedFrom }) => reachedFrom === "install-hook"));
  const byFile = Map.groupBy(
    gained.filter(({ reachedFrom }) => reachedFrom === "entry-point" || reachedFrom === "bin"),
    ({ file }) => file,
  );
  const atImport = [...byFile.values()].map(linked);
  return [
    ...(atInstall === undefined ? [] : [installChain(atInstall, hasNewHook)]),
    ...atImport.flatMap((links) => {
      if (links === undefined) return [];
      return [{ claim: "import-chain", severity: severityOf(links), links } as const];
    }),
  ];
}

function linked(gained: readonly GainedCapability[]): readonly GainedCapability[] | undefined {
  const fresh = gained.filter(({ how, api }) => how !== "reached" && !isUnlikely(api));
  const sends = fresh.filter(({ capability }) => SENDS.has(capability));
  const others = fresh.filter(
    (item) => takes(item) || RUNS.has(item.capability) || STAYS.has(item.capability),
  );
  return sends.length === 0 || others.length === 0 ? undefined : [...others, ...sends];
}

/** Milder where a hook that was there before now fetches the package's own program from where releases lie. */
function installChain(links: readonly GainedCapability[], hasNewHook: boolean): Chain {
  const fetchesItsOwn = links.every(({ capability, target }) => {
    if (target?.resolved !== true) return false;
    if (capability === "network-out") return RELEASE_HOST.test(target.text);
    return capability === "process-spawn" && isInPackage(target.text);
  });
  const severity = fetchesItsOwn && !hasNewHook ? "medium" : "high";
  return { claim: "install-chain", severity, links };
}

const RELEASE_HOST =
  /^(?:github\.com|objects\.githubusercontent\.com|registry\.npmjs\.org|registry\.yarnpkg\.com|nodejs\.org)$/;

/**
 * Reading a variable that holds a token and talking to a service is what clients are for; reading
 * where other programs keep theirs, or running what came back, is not.
 */
function severityOf(links: readonly GainedCapability[]): Severity {
  const sends = links.filter(({ capability }) => SENDS.has(capability));
  const isGrave = links.some((item) => {
    const { api, capability, target, reachedFrom } = item;
    if (reachedFrom !== "entry-point") return false;
    if (capability === "credential-read") return target?.kind !== "variable";
    if (capability === "process-spawn") return DOWNLOADS.test(target?.text ?? "");
    if (capability === "environment-read-whole") return false;
    if (capability === "dynamic-code" && isLoad(api, target)) return false;
    // In a bundle much stands in one file that has nothing to do with each other.
    if (capability === "dynamic-code" || STAYS.has(capability) || asksPage(item)) {
      return sends.some((send) => areClose(item, send));
    }
    return takes(item);
  });
  if (isGrave) return "high";
  const others = links.filter((item) => !sends.includes(item));
  return others.every(({ api, target }) => isLoad(api, target)) ? "low" : "medium";
}

const LINES_CLOSE_MAX = 60;
const COLUMNS_CLOSE_MAX = 3_000;

function areClose(a: GainedCapability, b: GainedCapability): boolean {
  if (a.line !== b.line) return Math.abs(a.line - b.line) <= LINES_CLOSE_MAX;
  return Math.abs(a.column - b.column) <= COLUMNS_CLOSE_MAX;
}

const DOWNLOADS =
  /\b(?:curl|wget|iwr|Invoke-WebRequest|DownloadString|DownloadFile|bitsadmin|certutil)\b/i;
const RUNS_DOWNLOAD = /\|\s*(?:sudo\s+)?(?:\/\S*\/)?(?:ba|z|da)?sh\b|\|\s*(?:node|python3?|iex)\b/;

const LINKS_NAMED_MAX = 4;

function chainFinding(signal: string, { claim, severity, links }: Chain, since: string): Finding {
  const [first] = links;
  const named = links.slice(0, LINKS_NAMED_MAX).map(inWords);
  const more = links.length - named.length;
  const list = `${named.join("; ")}${more > 0 ? `; and ${String(more)} more` : ""}`;
  const when = claim === "install-chain" ? "When it is installed" : "When it is used";
  const message = `${when}, it can now do together what ${since} could not: ${list}.`;
  const confidence = severity === "high" ? "high" : "medium";
  return finding(signal, claim, severity, confidence, message, placeOf(first));
}

function singleFinding(signal: string, item: GainedCapability, since: string): readonly Finding[] {
  const severity = severityAlone(item);
  if (severity === undefined) return [];
  const start = item.how === "reached" ? "More leads to it than in" : "New since";
  const way = item.via.length > 1 ? ` It is reached through ${item.via.join(" → ")}.` : "";
  const message = `${start} ${since}: ${inWords(item)} (${WHEN[item.reachedFrom]}).${way}`;
  return [finding(signal, item.capability, severity, "medium", message, placeOf(item))];
}

const WHEN: Readonly<Record<GainedCapability["reachedFrom"], string>> = {
  "install-hook": "runs at install",
  "entry-point": "runs where the package is used",
  bin: "runs as a command",
  nothing: "nothing leads there",
};

/** Undefined for what ordinary development brings about all the time. */
function severityAlone(item: GainedCapability): Severity | undefined {
  const { api, capability, reachedFrom, how, target } = item;
  if (reachedFrom === "nothing" || how === "reached") return undefined;
  const command = capability === "process-spawn" ? (target?.text ?? "") : "";
  if (DOWNLOADS.test(command)) return RUNS_DOWNLOAD.test(command) ? "high" : "medium";
  if (capability === "dynamic-code" && (isIdle(target) || isUnlikely(api))) return "info";
  const isVariable = target?.kind === "variable";
  if (reachedFrom === "install-hook") {
    if (STAYS.has(capability)) return "high";
    return TAKES.has(capability) || RUNS.has(capability) || SENDS.has(capability)
      ? "medium"
      : "low";
  }
  if (capability === "credential-read" && isVariable) return "low";
  if (capability === "dynamic-code" && isLoad(api, target)) return "low";
  if (TAKES.has(capability) && (asksPage(item) || !takes(item))) return "info";
  const isMedium = TAKES.has(capability) || STAYS.has(capability) || capability === "dynamic-code";
  if (isMedium && reachedFrom === "entry-point" && capability !== "environment-read-whole") {
    return "medium";
  }
  return RUNS.has(capability) || SENDS.has(capability) ? "low" : "info";
}

/** A module whose name is computed: plugins are loaded so. */
function isLoad(api: string, target: GainedCapability["target"]): boolean {
  if (/^(?:require|import|module\.\w+)$/.test(api)) return true;
  return target?.kind === "code" && (LOADING.test(target.text) || ASKING_ENGINE.test(target.text));
}

/** `Function("return require('fs')")`, `eval("import('x')")`: hidden from bundlers and compilers. */
const LOADING =
  /^\s*(?:return\s+)?(?:require|import)\s*\(\s*(?:\w+|(["'])[\w:@/.…-]+\1)\s*\)\s*;?\s*$/;
/** How an engine is asked for its kinds of functions, with the kind filled in. */
const ASKING_ENGINE = /^\s*["']use strict["'];\s*return\s*\(…\)\.constructor;?\s*$/;

/** `new x.constructor(…)`: mostly a copy of `x`. */
function isUnlikely(api: string): boolean {
  return api === "constructor";
}

const IDLE_LENGTH_MAX = 200;

/** Code in which nothing is loaded, called or looked up but what it declares itself. */
function isIdle(target: GainedCapability["target"]): boolean {
  if (target?.kind !== "code" || !target.resolved) return false;
  // `return (async function () {}).constructor`: what such functions are made by, and no more.
  const text = target.text
    .replace(/^\s*(["'])use strict\1;\s*/, "")
    .replace(/^\s*return\s*\((.*)\)\.constructor;?\s*$/s, "return $1")
    .replace(/\breturn\b/g, ";")
    .replace(/\bfunction\b(?:\s*\*)?\s*(?:[\w$]+\s*)?\([\w$,\s]*\)\s*\{/g, "{");
  return text.length <= IDLE_LENGTH_MAX && !/[\w$)\]]\s*[([`]|import|\./.test(text);
}

function inWords({ capability, api, target, file, line }: GainedCapability): string {
  const aim = target === undefined ? "" : ` ${target.text}`;
  return printable(`${capability} by ${api}${aim} (${file}:${String(line)})`, 160);
}

function placeOf(item: GainedCapability | undefined): Parameters<typeof finding>[5] {
  if (item === undefined) return {};
  const { file, line, column, excerpt } = item;
  return { file, line, column, excerpt };
}
