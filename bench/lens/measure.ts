import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { markdownTable, median, quantile, spread } from "../figures.ts";
import { describe, thisMachine } from "../machine.ts";
import type { Packed, Step } from "./steps.ts";
import { installPeers, readBy, unpack, WAYS, type Way } from "./ways.ts";

/** What one fresh process says of one way. */
interface Round {
  readonly packages: readonly Timed[];
  readonly peakRssMb: number;
}

interface Timed {
  readonly name: string;
  readonly bytes: number;
  readonly ms: number;
  /** Files that could not be read; of Lens: 1 when it answered "unknown". */
  readonly refused: number;
}

/** The packages by every way, a fresh process a way and round, in changing order. */
export function compare(
  names: readonly string[],
  options: { readonly rounds: number; readonly ways: readonly Way[]; readonly cache: string },
): string {
  const { rounds, ways, cache } = options;
  if (ways.includes("js-x-ray")) installPeers();
  const seen = new Map<Way, Round[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % ways.length;
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)]) {
      console.error(`round ${String(round + 1)} of ${String(rounds)}: ${way}`);
      seen.get(way)?.push(inProcess(way, names, cache));
    }
  }
  return report(seen, rounds);
}

const PROGRAM = fileURLToPath(new URL("bench.ts", import.meta.url));

/** A third of what the examining thread has for its young (`platform/worker-host.ts`), for all ways. */
const YOUNG = "--max-semi-space-size=64";

/** On one core, where the system lets us choose: the collector's own threads would be a second one. */
function inProcess(way: Way, names: readonly string[], cache: string): Round {
  const own = [process.execPath, YOUNG, PROGRAM, "--way", way, "--cache", cache, ...names];
  const pins = spawnSync("taskset", ["--version"]).status === 0;
  const [program = "", ...args] = pins ? ["taskset", "--cpu-list", "0", ...own] : own;
  const output = execFileSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output) as Round;
}

/** What the fresh process does: newest versions, one after the other. */
export async function measure(way: Way, steps: readonly Step[]): Promise<Round> {
  const read = await readBy(way);
  const packages: Timed[] = [];
  for (const { name, newest } of steps) packages.push(await timed(name, newest, read));
  return { packages, peakRssMb: process.resourceUsage().maxRSS / 1024 };
}

async function timed(
  name: string,
  { version, path }: Packed,
  read: Awaited<ReturnType<typeof readBy>>,
): Promise<Timed> {
  const subject = await unpack(name, version, path);
  const bytes = subject.sources.reduce((sum, { size }) => sum + size, 0);
  const startedAtMs = performance.now();
  const refused = await read(subject);
  return { name, bytes, ms: performance.now() - startedAtMs, refused };
}

const HEAD = [
  "way",
  "MB/s",
  "packages/s",
  "median ms",
  "p95 ms",
  "longest ms",
  "peak MB",
  "could not read",
];

function report(seen: ReadonlyMap<Way, readonly Round[]>, rounds: number): string {
  const [first] = [...seen.values()].flat();
  const count = first?.packages.length ?? 0;
  const megabytes = sum(first, ({ bytes }) => bytes) / 1e6;
  const rows = [...seen].map(([way, runs]) => rowOf(way, runs, megabytes));
  return [
    `${describe(thisMachine())}\n${String(count)} packages, ${megabytes.toFixed(1)} MB of source; ${String(rounds)} rounds; median (least–greatest).`,
    markdownTable(HEAD, rows),
    ratios(seen),
    slowest(seen.get("lens") ?? []),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function rowOf(way: Way, runs: readonly Round[], megabytes: number): readonly string[] {
  const seconds = runs.map((run) => sum(run, ({ ms }) => ms) / 1000);
  const count = runs[0]?.packages.length ?? 0;
  const figures = [...typicalMs(runs).values()];
  return [
    way,
    spread(
      seconds.map((s) => megabytes / s),
      1,
    ),
    spread(
      seconds.map((s) => count / s),
      1,
    ),
    quantile(figures, 0.5).toFixed(1),
    quantile(figures, 0.95).toFixed(0),
    quantile(figures, 1).toFixed(0),
    spread(
      runs.map(({ peakRssMb }) => peakRssMb),
      0,
    ),
    `${String(sum(runs[0], ({ refused }) => refused))} ${way === "lens" ? "packages" : "files"}`,
  ];
}

/** Lens against every other way: within a round, then their median. */
function ratios(seen: ReadonlyMap<Way, readonly Round[]>): string {
  const lens = seen.get("lens") ?? [];
  const rows = [...seen]
    .filter(([way]) => way !== "lens" && lens.length > 0)
    .map(([way, runs]) => {
      const total = (run: Round | undefined): number => sum(run, ({ ms }) => ms);
      const ratio = runs.map((run, at) => total(run) / total(lens[at]));
      return [way, spread(ratio, 2)];
    });
  return markdownTable(["Lens's speed against", "×"], rows);
}

const SLOWEST_TOLD = 15;

function slowest(runs: readonly Round[]): string {
  const rows = [...typicalMs(runs)]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SLOWEST_TOLD)
    .map(([name, ms]) => {
      const timed = runs[0]?.packages.find((other) => other.name === name);
      const megabytes = (timed?.bytes ?? 0) / 1e6;
      return [name, ms.toFixed(0), megabytes.toFixed(2), ((megabytes * 1000) / ms).toFixed(1)];
    });
  return markdownTable(["slowest for Lens", "ms", "MB", "MB/s"], rows);
}

/** Of each package, the middle of all rounds. */
function typicalMs(runs: readonly Round[]): ReadonlyMap<string, number> {
  const seen = new Map<string, number[]>();
  for (const { packages } of runs) {
    for (const { name, ms } of packages) seen.set(name, [...(seen.get(name) ?? []), ms]);
  }
  return new Map([...seen].map(([name, ms]) => [name, median(ms)]));
}

function sum(run: Round | undefined, figure: (timed: Timed) => number): number {
  return (run?.packages ?? []).reduce((total, timed) => total + figure(timed), 0);
}

export function waysFrom(text: string): readonly Way[] {
  const named = text.split(",");
  return WAYS.filter((way) => text === "all" || named.includes(way));
}
