import { markdownTable, median, spread } from "../figures.ts";
import { describe, type Machine } from "../machine.ts";
import type { OriginName } from "./origin.ts";
import type { Tree } from "./tree.ts";
import type { Way } from "./ways.ts";

export interface Result {
  readonly origin: OriginName;
  readonly round: number;
  readonly command: "install" | "ci";
  readonly through: Way["name"];
  readonly state: "cold" | "warm";
  readonly wallMs: number;
  readonly clientCpuMs: number;
  readonly gateCpuMs: number | undefined;
  readonly gatePeakRssMb: number | undefined;
  readonly examinerPeakRssMb: number | undefined;
  readonly examined: number | undefined;
  readonly remembered: number | undefined;
  readonly tree: Tree | undefined;
  readonly failure: string | undefined;
}

const HEAD = [
  "origin",
  "npm",
  "through",
  "state",
  "runs",
  "wall s",
  "ratio to direct",
  "ratio to Verdaccio",
  "npm CPU s",
  "gate CPU s",
  "gate peak MB",
  "examiner peak MB",
  "examined + remembered",
];
const DIFFERENCES_SHOWN_MAX = 10;

/** Every run that failed, or that installed anything else than npm did directly in the same round. */
export function problemsIn(results: readonly Result[]): readonly string[] {
  return results.flatMap((result) => {
    const { origin, round, command, through, state, tree, failure } = result;
    const wanted = peerOf(result, "direct", results)?.tree;
    if (tree !== undefined && tree.sha256 === wanted?.sha256) return [];
    const why = failure ?? `another tree than direct: ${differences(tree, wanted)}`;
    return [`${origin} ${String(round)} ${command} ${through} ${state}: ${why}`];
  });
}

/** Markdown: the machine, a table of medians with least and greatest, and what went wrong. */
export function report(
  machine: Machine,
  results: readonly Result[],
  problems: readonly string[],
): string {
  const packages = results.find(({ tree }) => tree !== undefined)?.tree?.packages.length ?? 0;
  const rounds = new Set(results.map(({ round }) => round)).size;
  const groups = Map.groupBy(results, (result) =>
    [result.origin, result.command, result.through, result.state].join(" "),
  );
  const rows = [...groups.values()].map((group) => row(group, results)).sort(byOriginAndCommand);
  const trees =
    problems.length === 0
      ? "Every run installed the same tree as npm directly."
      : `Runs that are not counted or not alike:\n\n${problems.map((line) => `- ${line}\n`).join("")}`;
  return `${describe(machine)}\n${String(packages)} packages, ${String(rounds)} rounds; median (least–greatest).\n\n${markdownTable(HEAD, rows)}\n${trees}\n`;
}

function row(group: readonly Result[], results: readonly Result[]): readonly string[] {
  const good = group.filter(({ failure }) => failure === undefined);
  const [first] = group;
  const ratios = (to: Way["name"]): string =>
    spread(
      good.flatMap((result) => ratioOf(result, peerOf(result, to, results))),
      2,
    );
  const figures = (
    key: "wallMs" | "clientCpuMs" | "gateCpuMs" | "gatePeakRssMb" | "examinerPeakRssMb",
  ): number[] => good.map((result) => result[key]).filter((figure) => figure !== undefined);
  const seconds = (ms: readonly number[]): string =>
    ms.length === 0 ? "–" : (median(ms) / 1000).toFixed(1);
  return [
    first?.origin ?? "",
    first?.command ?? "",
    first?.through ?? "",
    first?.state ?? "",
    String(good.length),
    spread(
      figures("wallMs").map((ms) => ms / 1000),
      1,
    ),
    ratios("direct"),
    first?.through === "veln" ? ratios("verdaccio") : "–",
    seconds(figures("clientCpuMs")),
    seconds(figures("gateCpuMs")),
    spread(figures("gatePeakRssMb"), 0),
    spread(figures("examinerPeakRssMb"), 0),
    first?.examined === undefined
      ? "–"
      : `${String(first.examined)} + ${String(first.remembered ?? 0)}`,
  ];
}

const ORDER = ["registry", "recorded", "install", "ci", "direct", "verdaccio", "veln"];

function byOriginAndCommand(a: readonly string[], b: readonly string[]): number {
  const rank = (cells: readonly string[]): string =>
    [...cells.slice(0, 3).map((cell) => ORDER.indexOf(cell)), cells[3]].join(" ");
  return rank(a) < rank(b) ? -1 : 1;
}

/** The run of the same round that went another way; what keeps no state is always cold. */
function peerOf(
  result: Result,
  through: Way["name"],
  results: readonly Result[],
): Result | undefined {
  return results.find(
    (other) =>
      other.through === through &&
      other.origin === result.origin &&
      other.round === result.round &&
      other.command === result.command &&
      (through === "direct" || other.state === result.state),
  );
}

function ratioOf(result: Result, to: Result | undefined): readonly number[] {
  return to === undefined || to.failure !== undefined ? [] : [result.wallMs / to.wallMs];
}

function differences(tree: Tree | undefined, wanted: Tree | undefined): string {
  const [here, there] = [tree, wanted].map((one) => new Set(one?.packages));
  if (here === undefined || there === undefined) return "";
  const names = [...here.symmetricDifference(there)].slice(0, DIFFERENCES_SHOWN_MAX);
  return names.length === 0 ? "same packages, other files" : names.join(", ");
}
