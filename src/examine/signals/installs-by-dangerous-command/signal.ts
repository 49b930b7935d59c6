import { foundOrClear, inapplicable, type SignalResult } from "../../../model/examination.ts";
import { type Evidence, type Finding, finding } from "../../../model/finding.ts";
import type { FileTree } from "../../../model/file-tree.ts";
import type { Manifest } from "../../../model/manifest.ts";
import { allPipelines, type CommandLine, parseCommandLine } from "../../parse/command-line.ts";
import {
  evidenceOf,
  type Hook,
  installHooks,
  linesOf,
  stagesOf,
  targetOf,
} from "../../parse/hooks.ts";
import { type InnerPackage, packagesIn, placedIn } from "../../parse/packages.ts";
import type { Signal } from "../../signal.ts";
import { type GypCommand, gypCommands, gypFiles } from "../../parse/gyp-commands.ts";
import { type Reading, readCommandLine, UNREADABLE } from "./readings.ts";

const ID = "installs-by-dangerous-command";

export const installsByDangerousCommand: Signal<"manifest" | "files"> = {
  id: ID,
  version: 2,
  title: "Installs by a dangerous command",
  rationale:
    "The command line of an install hook or of a native build downloads, decodes, hides or sends " +
    "something. Whatever it fetches was not examined and can be different tomorrow. Do not install " +
    "before you have read where it leads.",
  needs: ["manifest", "files"],
  examine({ manifest, files }): SignalResult {
    const running = packagesIn(manifest, files).filter((inner) => hooksOf(inner).length > 0);
    if (running.length === 0) return inapplicable("nothing runs when this package is installed");
    return foundOrClear(
      running.flatMap((inner) => placedIn(inner, distinct(commandFindings(inner)))),
    );
  },
};

function hooksOf({ manifest, files }: InnerPackage): readonly Hook[] {
  return installHooks(manifest, files.has("binding.gyp"));
}

function commandFindings(inner: InnerPackage): readonly Finding[] {
  const { manifest, files } = inner;
  const local = localNames(manifest);
  const ofHooks = hooksOf(inner).flatMap((hook) =>
    linesOf(hook, manifest)
      .flatMap((line) => readCommandLine(line, local))
      .map((reading) => readingFinding(reading, `${hook.name} script`, evidenceOf(hook, files))),
  );
  return [...ofHooks, ...gypFindings(files, local)];
}

function localNames(manifest: Manifest): ReadonlySet<string> {
  return new Set([
    ...manifest.dependencies.keys(),
    ...manifest.optionalDependencies.keys(),
    ...manifest.peerDependencies.keys(),
    ...manifest.bin.keys(),
    ...(manifest.name === undefined ? [] : [manifest.name]),
  ]);
}

function readingFinding(reading: Reading, subject: string, evidence: Evidence): Finding {
  const { claim, severity, confidence, does } = reading;
  return finding(ID, claim, severity, confidence, `The ${subject} ${does}.`, evidence);
}

function gypFindings(files: FileTree, local: ReadonlySet<string>): readonly Finding[] {
  return gypFiles(files).flatMap((entry) => findingsInGyp(entry.path, files.text(entry), local));
}

function findingsInGyp(file: string, text: string, local: ReadonlySet<string>): readonly Finding[] {
  const { commands, complete } = gypCommands(text);
  const findings = commands.flatMap((command) => {
    const line = parseCommandLine(command.text);
    const evidence = { file, line: command.line, excerpt: command.text };
    return [...readCommandLine(line, local), ...forItsEffect(command, line)].map((reading) =>
      readingFinding(reading, "native build", evidence),
    );
  });
  if (!complete) findings.push(readingFinding(UNREADABLE, "native build", { file }));
  return findings;
}

/**
 * A command expansion exists for its output. One that runs a file and throws the output away, or
 * prints a constant instead, is there for what it does.
 */
function forItsEffect(command: GypCommand, line: CommandLine): readonly Reading[] {
  if (command.kind === "action") return [];
  const runs = stagesOf(line).filter((stage) => targetOf(stage) !== undefined);
  const discards = runs.some((stage) =>
    stage.writesTo.some((to) => /^(?:\/dev\/null|nul)$/i.test(to)),
  );
  const prints = allPipelines(line).some((pipeline) =>
    pipeline.stages.some((stage) => stage.program === "echo" && stage.substitutions.length === 0),
  );
  if (!discards && !(runs.length > 0 && prints)) return [];
  const does = "runs a file while its description is read, and throws the output away";
  return [{ claim: "runs-for-effect", severity: "high", confidence: "high", does }];
}

/** The same claim about the same place says nothing new. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const key = (one: Finding): string => `${one.id} ${one.file ?? ""} ${one.excerpt ?? ""}`;
  return [...new Map(findings.map((one) => [key(one), one])).values()];
}
