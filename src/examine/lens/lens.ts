import { type Finding, finding, SEVERITIES, type Severity } from "../../model/finding.ts";
import type { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import { excerptAt, placesIn } from "../parse/lines.ts";
import type { Sources } from "../parse/sources.ts";
import { type ModuleModel, placeInFile } from "../program/module.ts";
import { programOf } from "../program/shared.ts";
import type { Rule, Sighting } from "./rule.ts";
import { RULES } from "./rules.ts";
import { LensView } from "./view.ts";

/** The signal whose findings these are; `judge/parts.ts` asks for it by name. */
export const LENS_ID = "source-is-suspicious";

export interface LensReport {
  readonly findings: readonly Finding[];
  /** What was not read or not followed to its end, one sentence each. */
  readonly unread: readonly string[];
  /** See {@link Program.isSpent}. */
  readonly isSpent: boolean;
}

const SIGHTINGS_PER_RULE_MAX = 20;

/**
 * Reads the code of a package and says what is wrong with it.
 *
 * @param soFar hears of what the rules before have found, whenever another one has found something
 */
export function lens(
  manifest: Manifest,
  files: FileTree,
  sources: Sources,
  soFar: (findings: readonly Finding[]) => void = () => undefined,
): LensReport {
  const program = programOf(manifest, files, sources);
  const view = new LensView(program);
  const findings: Finding[] = [];
  for (const rule of RULES) {
    const sightings = distinct(rule.look(view)).slice(0, SIGHTINGS_PER_RULE_MAX);
    findings.push(...sightings.map((sighting) => findingOf(rule, sighting, view)));
    if (sightings.length > 0) soFar(findings);
  }
  return { findings, unread: [...new Set(program.unread)], isSpent: program.isSpent };
}

function distinct(sightings: readonly Sighting[]): readonly Sighting[] {
  const byPlace = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const { place } = sighting;
    const key =
      "module" in place
        ? `${place.module.path}\0${String(place.offset)}`
        : `${place.path}\0${String(place.line)}`;
    const known = byPlace.get(key);
    const isWorse = rank(sighting.severity) > rank(known?.severity);
    if (known === undefined || isWorse) byPlace.set(key, sighting);
  }
  return [...byPlace.values()].sort((a, b) => rank(b.severity) - rank(a.severity));
}

function rank(severity: Severity | undefined): number {
  return severity === undefined ? SEVERITIES.length : SEVERITIES.indexOf(severity);
}

function findingOf(rule: Rule, sighting: Sighting, view: LensView): Finding {
  const { place } = sighting;
  const path = "module" in place ? place.module.path : place.path;
  const { from, via } = view.program.reachOf(path);
  const given = sighting.severity ?? rule.severity;
  const severity = from === "nothing" ? milder(given) : given;
  const message = `${sighting.message} ${reachSentence(from, via)}`;
  return finding(LENS_ID, rule.id, severity, sighting.confidence ?? rule.confidence, message, {
    file: path,
    ...("module" in place
      ? { ...whereIn(place.module, place.offset) }
      : { line: place.line, excerpt: place.excerpt }),
  });
}

/** What nothing leads to weighs less. It is still there to be loaded by its path. */
function milder(severity: Severity): Severity {
  return SEVERITIES[Math.max(0, SEVERITIES.indexOf(severity) - 1)] ?? "info";
}

const STARTED_BY = {
  "install-hook": "It starts when the package is installed",
  "entry-point": "It starts from the package's entry point",
  bin: "It starts from a command of the package",
} as const;

function reachSentence(from: keyof typeof STARTED_BY | "nothing", via: readonly string[]): string {
  if (from === "nothing") return "Nothing in the package leads there.";
  const way = via.length > 1 ? `: ${via.join(" → ")}` : "";
  return `${STARTED_BY[from]}${way}.`;
}

function whereIn(
  inner: ModuleModel,
  innerOffset: number,
): { readonly line: number; readonly column: number; readonly excerpt: string } {
  const { module, offset } = placeInFile(inner, innerOffset);
  const { text } = module;
  return { ...placesIn(text)(offset), excerpt: excerptAt(text, offset) };
}
