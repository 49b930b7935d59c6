/*
 * Installs a project of some hundred packages with the user's own npm: directly, through Verdaccio
 * and through Veln, again and again in changing order; from the registry npm is configured for and
 * from a recording of it. Prints a table, writes every run to a file. How to read it: ../README.md.
 *
 *     npm run bench:gate -- [--runs 5] [--origin registry|recorded|both] [--command install|ci|both]
 *                           [--project DIR] [--out FILE]
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thisMachine } from "../machine.ts";
import { userEnvironment } from "../user-environment.ts";
import { openOrigin, type Origin, type OriginName } from "./origin.ts";
import { problemsIn, report, type Result } from "./report.ts";
import { treeOf } from "./tree.ts";
import { installVerdaccio } from "./verdaccio.ts";
import { WAYS, type Place, type Run, type Way } from "./ways.ts";

const QUIETLY = ["--no-audit", "--no-fund", "--loglevel=error"];
/** In round 0 a recording is made; its figures do not count. */
const FIRST_ROUND = { registry: 1, recorded: 0 } as const;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    origin: { type: "string", default: "both" },
    command: { type: "string", default: "install" },
    project: { type: "string", default: fileURLToPath(new URL("project/", import.meta.url)) },
    out: { type: "string", default: fileURLToPath(new URL("results.json", import.meta.url)) },
  },
});
const project = resolve(values.project);
const origins = (["registry", "recorded"] as const).filter((name) =>
  [name, "both"].includes(values.origin),
);
const commands = (["install", "ci"] as const).filter((name) =>
  [name, "both"].includes(values.command),
);
const env = userEnvironment();
const root = mkdtempSync(join(tmpdir(), "veln-bench-gate-"));
const machine = thisMachine();
const results: Result[] = [];

try {
  installVerdaccio(env);
  for (const name of origins) await measureOrigin(name);
} finally {
  rmSync(root, { recursive: true, force: true });
}
const problems = problemsIn(results);
console.log(report(machine, results, problems));
process.exitCode = problems.length === 0 && results.length > 0 ? 0 : 1;

async function measureOrigin(name: OriginName): Promise<void> {
  const origin = await openOrigin(name, env);
  try {
    for (let round = FIRST_ROUND[name]; round <= Number(values.runs); round += 1) {
      const before = await origin.recordings();
      for (const command of commands) await measureRound(origin, command, round);
      const recorded = (await origin.recordings()) - before;
      if (round > 0 && recorded > 0) {
        console.error(`round ${String(round)} still recorded ${String(recorded)} answers`);
      }
    }
  } finally {
    origin.close();
  }
}

async function measureRound(
  origin: Origin,
  command: Result["command"],
  round: number,
): Promise<void> {
  const turn = round % WAYS.length;
  for (const way of [...WAYS.slice(turn), ...WAYS.slice(0, turn)]) {
    const place = placeFor(origin);
    for (const state of way.keepsState ? (["cold", "warm"] as const) : (["cold"] as const)) {
      const run = await runIn(place, way, command);
      const result = resultOf(run, place, { origin: origin.name, round, command, state, way });
      if (round > 0) results.push(result);
      // After each run, so that one which is stopped leaves what it saw.
      writeFileSync(values.out, JSON.stringify({ machine, results }, raw, 1));
      console.error(
        `${origin.name} ${String(round)} ${command} ${way.name} ${state}: ${(run.wallMs / 1000).toFixed(1)} s${result.failure === undefined ? "" : ", FAILED"}`,
      );
    }
    rmSync(root, { recursive: true, force: true });
  }
}

function placeFor(origin: Origin): Place {
  return {
    project: join(root, "project"),
    clientCache: join(root, "client-cache"),
    state: join(root, "state"),
    env,
    registry: origin.registry,
    upstream: origin.upstream,
  };
}

async function runIn(place: Place, way: Way, command: Result["command"]): Promise<Run> {
  for (const folder of [place.project, place.clientCache]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const files = command === "ci" ? ["package.json", "package-lock.json"] : ["package.json"];
  for (const file of files) cpSync(join(project, file), join(place.project, file));
  // What the run before left to write would be written during this one.
  spawnSync("sync");
  return way.run([command, ...QUIETLY], place);
}

function resultOf(
  run: Run,
  place: Place,
  { way, ...what }: Pick<Result, "origin" | "round" | "command" | "state"> & { way: Way },
): Result {
  const nodeModules = join(place.project, "node_modules");
  const installed = run.exit === 0 && existsSync(nodeModules);
  return {
    ...what,
    through: way.name,
    wallMs: Math.round(run.wallMs),
    clientCpuMs: Math.round(run.clientCpuMs),
    gateCpuMs: run.gate?.cpuMs,
    gatePeakRssMb: run.gate === undefined ? undefined : Math.round(run.gate.peakRssMb),
    examinerPeakRssMb: run.gate?.examinerPeakRssMb,
    examined: run.examined,
    remembered: run.remembered,
    tree: installed ? treeOf(nodeModules) : undefined,
    failure: installed ? undefined : `exit ${String(run.exit)}: ${run.stderr.slice(-2000)}`,
  };
}

/** In the raw file a count says enough about the packages. */
function raw(key: string, value: unknown): unknown {
  return key === "packages" && Array.isArray(value) ? value.length : value;
}
