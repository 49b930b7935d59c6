import type { Confidence, Severity } from "../../../model/finding.ts";
import {
  allPipelines,
  type CommandLine,
  type Pipeline,
  type Stage,
} from "../../parse/command-line.ts";
import { gradeInline, inlineCode } from "./inline-code.ts";
import { fetchedPackage, fetchesRuntime } from "./package-runners.ts";
import {
  connects,
  decodes,
  downloads,
  evaluates,
  isProxy,
  leaksByName,
  persists,
  runsEncoded,
  runsItsInput,
  runsText,
  uploads,
  wipes,
} from "./programs.ts";

/** One thing that a command line does and that an install has no need to do. */
export interface Reading {
  readonly claim: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Completes "The postinstall script …". */
  readonly does: string;
}

/** @param local names of packages that a runner such as npx finds without fetching them */
export function readCommandLine(line: CommandLine, local: ReadonlySet<string>): readonly Reading[] {
  const pipelines = allPipelines(line);
  const stages = pipelines.flatMap((pipeline) => pipeline.stages);
  const readings = [
    ...pipelines.flatMap(readPipeline),
    ...stages.flatMap((stage) => readStage(stage, local)),
    ...readFetchThenRun(stages),
  ];
  if (!line.complete) readings.push(UNREADABLE);
  return [...new Map(readings.map((reading) => [reading.claim, reading])).values()];
}

export const UNREADABLE: Reading = {
  claim: "unreadable",
  severity: "medium",
  confidence: "medium",
  does: "is too long, too deeply nested or not closed, so that not all of it could be read",
};

function reading(
  claim: string,
  severity: Severity,
  confidence: Confidence,
  does: string,
): readonly Reading[] {
  return [{ claim, severity, confidence, does }];
}

function readPipeline(pipeline: Pipeline): readonly Reading[] {
  const { stages } = pipeline;
  const source = stages.findIndex(deepDownloads);
  const decoder = stages.findIndex(decodes);
  const sink = stages.findLastIndex(runsItsInput);
  const readings: Reading[] = [];
  if (source !== -1 && sink > source) readings.push(...DOWNLOAD_TO_SHELL);
  else if (decoder !== -1 && sink > decoder) readings.push(...DECODED_TO_SHELL);
  if (pipeline.background) {
    readings.push(
      ...reading("in-background", "medium", "high", "starts something that outlives the install"),
    );
  }
  return readings;
}

const DOWNLOAD_TO_SHELL = reading(
  "download-to-shell",
  "critical",
  "high",
  "downloads code and runs it without looking at it",
);
const DECODED_TO_SHELL = reading(
  "decoded-to-shell",
  "high",
  "high",
  "decodes text and runs the result",
);

function deepDownloads(stage: Stage): boolean {
  return downloads(stage) || stage.substitutions.some(lineDownloads);
}

function lineDownloads(line: CommandLine): boolean {
  return allPipelines(line).some((pipeline) => pipeline.stages.some(downloads));
}

function lineDecodes(line: CommandLine): boolean {
  return allPipelines(line).some((pipeline) => pipeline.stages.some(decodes));
}

function readStage(stage: Stage, local: ReadonlySet<string>): readonly Reading[] {
  return [
    ...readSubstitutions(stage),
    ...readNetwork(stage),
    ...readInline(stage),
    ...readRunners(stage, local),
    ...readSystem(stage),
  ];
}

function readSubstitutions(stage: Stage): readonly Reading[] {
  const nested = stage.substitutions;
  if (!runsText(stage) && stage.program !== "" && !stage.command.startsWith("$(")) return [];
  const runs = runsText(stage) || stage.command.startsWith("$(");
  if (runs && nested.some(lineDownloads)) return DOWNLOAD_TO_SHELL;
  return runs && nested.some(lineDecodes) ? DECODED_TO_SHELL : [];
}

function readNetwork(stage: Stage): readonly Reading[] {
  if (connects(stage)) {
    return reading("connects", "high", "high", "opens a raw network connection");
  }
  if (leaksByName(stage)) {
    return reading("leaks-by-name", "high", "high", "puts computed data into a host name");
  }
  if (uploads(stage)) return reading("sends", "high", "high", "sends data to a server");
  return downloads(stage)
    ? reading("downloads", "high", "medium", `downloads something with ${stage.program}`)
    : [];
}

function readInline(stage: Stage): readonly Reading[] {
  if (runsEncoded(stage)) {
    return reading("encoded-command", "high", "high", "hands PowerShell an encoded command");
  }
  const code = inlineCode(stage);
  if (code === undefined) return [];
  const grade = gradeInline(code);
  if (grade === "plain") return [];
  return grade === "reaching"
    ? reading("inline-code", "high", "medium", "runs code from its command line that reaches out")
    : reading("inline-code", "medium", "medium", "runs a long piece of code from its command line");
}

function readRunners(stage: Stage, local: ReadonlySet<string>): readonly Reading[] {
  const runtime = fetchesRuntime(stage);
  if (runtime !== undefined) {
    return reading("fetches-runtime", "high", "medium", `installs another runtime: ${runtime}`);
  }
  if (["bun", "bunx", "deno"].includes(stage.program)) {
    return reading(
      "foreign-runtime",
      "medium",
      "medium",
      `runs under ${stage.program}, whose presence npm does not promise`,
    );
  }
  const fetched = fetchedPackage(stage, local);
  if (fetched === undefined) return [];
  const does = `fetches and runs ${fetched.name}, which no lockfile pins`;
  return reading("fetches-package", fetched.harmless ? "low" : "medium", "medium", does);
}

function readSystem(stage: Stage): readonly Reading[] {
  const readings: Reading[] = [];
  if (wipes(stage)) {
    readings.push(...reading("wipes", "critical", "high", "deletes files that are not its own"));
  }
  if (persists(stage)) {
    const does = "writes to a place of the system or of the person, outside the project";
    readings.push(...reading("leaves-project", "high", "medium", does));
  }
  if (isProxy(stage)) {
    const does = `uses ${stage.program} to run something`;
    readings.push(...reading("runs-by-proxy", "high", "medium", does));
  }
  if (stage.disguised) {
    const does = "hides which program it runs behind quotes, escapes or variables";
    readings.push(...reading("disguised-program", "high", "medium", does));
  }
  return readings;
}

/** `curl -o x … && chmod +x x && ./x`, also with other commands between. */
function readFetchThenRun(stages: readonly Stage[]): readonly Reading[] {
  const first = stages.findIndex(downloads);
  if (first === -1) return [];
  const rest = stages.slice(first + 1);
  const makesRunnable = rest.some(
    (stage) => stage.program === "chmod" && stage.args.some((arg) => /\+x|7[0-7]{2}/.test(arg)),
  );
  const targets = new Set(savedFiles(stages[first]));
  const runs = rest.some((stage) =>
    [stage.command, ...(runsText(stage) || evaluates(stage) ? stage.args : [])].some((word) =>
      targets.has(bare(word)),
    ),
  );
  return makesRunnable || runs ? DOWNLOAD_TO_SHELL : [];
}

function savedFiles(stage: Stage | undefined): readonly string[] {
  if (stage === undefined) return [];
  const flag = stage.args.findIndex((arg) => /^(?:-o|-O|--output|-OutFile)$/i.test(arg));
  const named = flag === -1 ? undefined : stage.args[flag + 1];
  const urls = stage.args.filter((arg) => /^https?:/.test(arg));
  const remote = urls.map((url) => url.split(/[?#]/)[0]?.split("/").at(-1) ?? "");
  return [...stage.writesTo, ...remote, ...(named === undefined ? [] : [named])]
    .map(bare)
    .filter((name) => name !== "");
}

function bare(path: string): string {
  return path.replace(/^\.[\\/]/, "");
}
