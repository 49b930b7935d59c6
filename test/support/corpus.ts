import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Gathered } from "../../src/examine/signal.ts";
import { SIGNALS } from "../../src/examine/signals.ts";
import { parseJson } from "../../src/model/canonical.ts";
import { openIn } from "../../src/model/examination.ts";
import { type Finding, SEVERITIES, type Severity } from "../../src/model/finding.ts";
import { gatheredFrom } from "./fixture-inputs.ts";
import { runSignalHere } from "./signals.ts";

/**
 * The corpus: `attacks/<case>/{good,bad}`, `obfuscation/<technique>/<variant>` (a file or a
 * package), `honest/<package>` and `honest-steps/<step>/{old,new}`. Nothing in it is ever executed; `corpus-is-inert.test.ts` keeps its hosts
 * and targets harmless all the same.
 */
export const CORPUS = fileURLToPath(new URL("../fixtures", import.meta.url));

export type CorpusPart = "attacks" | "obfuscation" | "honest" | "honest-steps";

const LENS = "source-is-suspicious";
const DIFF = "gains-dangerous-capability";

/** Signals beside Lens and the diff that read nothing but the files of the two versions. */
const BESIDE = [
  "adds-phantom-dependency",
  "changes-install-code",
  "depends-outside-registry",
  "hides-unicode",
  "installs-by-dangerous-command",
  "runs-code-at-install",
  "ships-native-executable",
  "ships-unreached-file",
];

/** Each line "severity claim", every claim once at its worst, sorted; of `others` with the signal. */
export interface Said {
  readonly lens: readonly string[];
  readonly diff: readonly string[];
  readonly others: readonly string[];
  /** Why Lens or the diff did not come to an answer. */
  readonly unknown: readonly string[];
}

export function casesIn(part: CorpusPart): readonly string[] {
  const names = readdirSync(join(CORPUS, part)).sort();
  if (part !== "obfuscation") return names;
  return names.flatMap((technique) =>
    readdirSync(join(CORPUS, part, technique))
      .sort()
      .map((variant) => `${technique}/${variant}`),
  );
}

/** The first bad version, its predecessor being the last good one. */
export function attackInputs(name: string): Gathered {
  const folders = { files: "bad", previous: "good" };
  return gatheredFrom(join(CORPUS, "attacks", name), { about: name }, folders);
}

/** The last good version, without a predecessor. */
export function lastGoodInputs(name: string): Gathered {
  return packageInputs(join(CORPUS, "attacks", name, "good"));
}

export function honestInputs(name: string): Gathered {
  return packageInputs(join(CORPUS, "honest", name));
}

export function stepInputs(name: string): Gathered {
  const folders = { files: "new", previous: "old" };
  return gatheredFrom(join(CORPUS, "honest-steps", name), { about: name }, folders);
}

/** A variant that is one file becomes the main file of a package. */
export function obfuscationInputs(name: string): Gathered {
  const path = join(CORPUS, "obfuscation", name);
  if (statSync(path).isDirectory()) return packageInputs(path);
  const main = name.slice(name.indexOf("/") + 1);
  const manifest = JSON.stringify({ name: "fixture", version: "1.0.0", main });
  const files = { [main]: readFileSync(path, "utf8"), "package.json": manifest };
  return gatheredFrom(CORPUS, { about: name, files }, { files: "none", previous: "none" });
}

/** Honest packages whose main file is a script that declares no `fetch`, so that one can be put behind it. */
export function hostsForPlanting(): readonly string[] {
  return casesIn("honest").filter((name) => mainOf(name) !== undefined);
}

function mainOf(name: string): string | undefined {
  const read = (path: string): string => readFileSync(join(CORPUS, "honest", name, path), "utf8");
  const { main, type } = parseJson(read("package.json")) as { main?: string; type?: string };
  const isScript = main !== undefined && type === undefined && main.endsWith(".js");
  return isScript && !/^export |\bfunction fetch\(/m.test(read(main)) ? main : undefined;
}

/** An honest package with a variant, a single script, behind the code of its main file. */
export function plantedInputs(host: string, variant: string): Gathered {
  const main = mainOf(host);
  if (main === undefined) throw new Error(`${host} has no script for its main file`);
  const own = readFileSync(join(CORPUS, "honest", host, main), "utf8");
  const planted = readFileSync(join(CORPUS, "obfuscation", variant), "utf8");
  const files = { [main]: `${own}\n;(() => {\n${planted}\n})();\n` };
  const folders = { files: ".", previous: "none" };
  return gatheredFrom(join(CORPUS, "honest", host), { about: variant, files }, folders);
}

function packageInputs(folder: string): Gathered {
  return gatheredFrom(folder, { about: folder }, { files: ".", previous: "none" });
}

/** What the signals that read code say, as the examiner runs them. */
export async function saidOf(gathered: Gathered): Promise<Said> {
  const unknown: string[] = [];
  const findingsOf = async (id: string): Promise<readonly Finding[]> => {
    const signal = SIGNALS.find((each) => each.id === id);
    if (signal === undefined) throw new Error(`there is no signal ${id}`);
    const result = await runSignalHere(signal, gathered);
    const why = openIn(result);
    if (why !== undefined) unknown.push(`${id}: ${why}`);
    return result.outcome === "found" ? result.findings : [];
  };
  const lens = worstOfEach(await findingsOf(LENS)).map(withoutSignal);
  const diff = worstOfEach(await findingsOf(DIFF)).map(withoutSignal);
  const beside = await Promise.all(BESIDE.map(findingsOf));
  return { lens, diff, others: worstOfEach(beside.flat()), unknown };
}

function worstOfEach(findings: readonly Finding[]): readonly string[] {
  const worst = new Map<string, Severity>();
  for (const { id, severity } of findings) {
    const known = worst.get(id);
    if (known === undefined || rank(severity) > rank(known)) worst.set(id, severity);
  }
  return [...worst]
    .sort(([a, x], [b, y]) => rank(y) - rank(x) || (a < b ? -1 : 1))
    .map(([id, severity]) => `${severity} ${id}`);
}

function withoutSignal(line: string): string {
  return line.replace(/ .*\//, " ");
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Lines of this severity or a worse one. */
export function atLeast(severity: Severity, lines: readonly string[]): readonly string[] {
  return lines.filter((line) =>
    SEVERITIES.slice(rank(severity)).some((each) => line.startsWith(`${each} `)),
  );
}

/**
 * The rows of a table of the corpus: for each case what is said of it, whole. With
 * VELN_WRITE_EXPECTED=1 what is said now is written there, for reading and committing.
 */
export function tableOf(part: CorpusPart, said: ReadonlyMap<string, Said>): unknown {
  const path = join(CORPUS, `${part}.expected.json`);
  if (process.env["VELN_WRITE_EXPECTED"] === "1") {
    writeFileSync(path, `${JSON.stringify(Object.fromEntries(said), null, 2)}\n`);
  }
  return parseJson(readFileSync(path, "utf8"));
}

export async function saidOfAll(
  part: CorpusPart,
  inputsOf: (name: string) => Gathered,
): Promise<ReadonlyMap<string, Said>> {
  const said = new Map<string, Said>();
  for (const name of casesIn(part)) said.set(name, await saidOf(inputsOf(name)));
  return said;
}
