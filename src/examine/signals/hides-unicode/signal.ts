import { isAscii } from "node:buffer";
import { cutShort, foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import type { FileEntry, FileTree } from "../../../model/file-tree.ts";
import { excerptAt, placesIn } from "../../parse/lines.ts";
import type { Signal } from "../../signal.ts";
import type { Sources } from "../../parse/sources.ts";
import { census } from "./characters.ts";
import { type BidiLine, bidiLines } from "./bidi.ts";
import { type HiddenRun, hiddenRuns, INVISIBLE_RUN_MIN, PRIVATE_RUN_MIN } from "./runs.ts";
import { mayHideNames, trickyName } from "./names.ts";

const ID = "hides-unicode";

export const hidesUnicode: Signal<"files" | "sources"> = {
  id: ID,
  version: 1,
  title: "Hides behind Unicode",
  rationale:
    "Characters that cannot be seen, or that change the order in which text is shown, let code do " +
    "something else than a reviewer reads. Look at the file in an editor that shows such characters.",
  needs: ["files", "sources"],
  examine({ files, sources }): SignalResult {
    const findings: Finding[] = [];
    const unread: string[] = [];
    for (const entry of files.entries) {
      if (!IS_CODE.test(entry.path) || isAscii(files.bytes(entry))) continue;
      if (entry.size > TEXT_BYTES_MAX) unread.push(`${entry.path} is too large`);
      else findings.push(...examineFile(entry, files, sources, unread));
    }
    const [first] = unread;
    return findings.length === 0 && first !== undefined ? cutShort(first) : foundOrClear(findings);
  },
};

/** What a machine runs or a package manager obeys; texts for people may hold what they like. */
const IS_CODE =
  /(?:\.(?:[cm]?[jt]sx?|es6?|sh|bash|ps1|cmd|bat|py|gypi?|vue|svelte)|^package\.json)$/i;
const TEXT_BYTES_MAX = 32 * 1024 * 1024;

function examineFile(
  entry: FileEntry,
  files: FileTree,
  sources: Sources,
  unread: string[],
): readonly Finding[] {
  const { path } = entry;
  const { bidi, invisible, privateUse, lookAlikes } = census(files.bytes(entry));
  if (!bidi && invisible === 0 && privateUse < PRIVATE_RUN_MIN && !lookAlikes) return [];
  const text = files.text(entry);
  const places = placesIn(text);
  const at = (offset: number): { file: string; line: number; column: number; excerpt: string } => ({
    file: path,
    ...places(offset),
    excerpt: excerptAt(text, offset),
  });
  const hasRuns = invisible >= INVISIBLE_RUN_MIN || privateUse >= PRIVATE_RUN_MIN;
  const hasNames = invisible > 0 || lookAlikes;
  return [
    ...(bidi ? bidiLines(text).flatMap((line) => bidiFinding(line, at(line.offset))) : []),
    ...(hasRuns ? hiddenRuns(text).map((run) => runFinding(run, at(run.offset))) : []),
    ...(hasNames ? nameFindings(path, text, sources, unread) : []),
  ];
}

function bidiFinding(line: BidiLine, evidence: object): readonly Finding[] {
  if (!line.balanced) {
    const message =
      "Bidirectional controls that are not closed show this line in another order than it runs.";
    return [
      finding(ID, "unbalanced-bidi", "high", line.overrides ? "high" : "medium", message, evidence),
    ];
  }
  if (!line.overrides) return [];
  const message = "A bidirectional override shows part of this line back to front.";
  return [finding(ID, "bidi-override", "medium", "medium", message, evidence)];
}

function runFinding(run: HiddenRun, evidence: object): Finding {
  const what =
    run.kind === "invisible" ? "characters that show nothing" : "private-use characters in a row";
  const message = `${String(run.length)} ${what} stand here, enough to hold data${
    run.decoded ? ", and code beside them turns characters into numbers." : "."
  }`;
  const plain = run.kind === "invisible" ? "high" : "medium";
  return finding(ID, "hidden-data", run.decoded ? "critical" : plain, "medium", message, evidence);
}

function nameFindings(
  path: string,
  text: string,
  sources: Sources,
  unread: string[],
): readonly Finding[] {
  if (!mayHideNames(text)) return [];
  const answer = sources.of(path);
  if (answer === undefined) return [];
  if (answer.state === "unknown") {
    unread.push(`${path} has unusual letters in it, and ${answer.why}`);
    return [];
  }
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const { name, line, column } of answer.facts.foreignIdentifiers) {
    if (seen.has(name) || findings.length >= NAMES_MAX) continue;
    seen.add(name);
    const trick = trickyName(name, text);
    if (trick === undefined) continue;
    const evidence = { file: path, line, column, excerpt: name };
    // Declarations are read by people and compilers, and never run.
    const severity = IS_DECLARATION.test(path) ? "low" : trick.severity;
    findings.push(finding(ID, trick.claim, severity, "high", trick.message, evidence));
  }
  return findings;
}

const IS_DECLARATION = /\.d\.[cm]?ts$/i;
/** Each costs a search through the file. */
const NAMES_MAX = 40;
