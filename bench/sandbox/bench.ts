/*
 * What isolation costs: the start of a command, and a whole `npm ci` of some 300 packages from a warm
 * npm cache; bare, under each isolation that this machine has, and under Anthropic's sandbox-runtime.
 * The ways take turns. Prints Markdown; how to read it: ../README.md.
 *
 *     npm run bench:sandbox -- [--starts 30] [--installs 5] [--ways bare,bubblewrap,landlock,…]
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { linuxCapacity } from "../../src/act/sandbox/linux/detect.ts";
import { median, markdownTable, spread } from "../figures.ts";
import { treeOf } from "../gate/tree.ts";
import { describe, thisMachine } from "../machine.ts";
import { userEnvironment } from "../user-environment.ts";
import {
  BARE,
  installSandboxRuntime,
  isolated,
  SANDBOX_RUNTIME,
  type Place,
  type Run,
  type Way,
} from "./ways.ts";

const PROJECT = fileURLToPath(new URL("project/", import.meta.url));
const INSTALL = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"];

const { values } = parseArgs({
  options: {
    starts: { type: "string", default: "30" },
    installs: { type: "string", default: "5" },
    ways: { type: "string", default: "" },
  },
});
const env = userEnvironment();
const root = mkdtempSync(join(tmpdir(), "veln-bench-sandbox-"));
const listener = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
await once(listener, "listening");
const place: Place = {
  project: join(root, "project"),
  npmCache: join(root, "npm"),
  runFolder: join(root, "run"),
  port: (listener.address() as AddressInfo).port,
  env: { ...env, npm_config_cache: join(root, "npm") },
};
try {
  const ways = await chosenWays();
  console.log(`${describe(thisMachine())}\n`);
  console.log(await starts(ways, Number(values.starts)));
  console.log(await installs(ways, Number(values.installs)));
} finally {
  listener.close();
  rmSync(root, { recursive: true, force: true });
}

async function chosenWays(): Promise<readonly Way[]> {
  installSandboxRuntime(env);
  const { isolations, lacks } = await linuxCapacity(join(root, "veln"));
  for (const { what, why } of lacks) console.error(`without ${what}: ${why}`);
  const names = values.ways === "" ? undefined : values.ways.split(",");
  const ways = [BARE, ...isolations.map(isolated), SANDBOX_RUNTIME];
  return ways.filter(({ name }) => names?.includes(name) ?? true);
}

/** `true`, so that nothing but the start is in it. */
async function starts(ways: readonly Way[], rounds: number): Promise<string> {
  const runs = await inTurns(ways, rounds, () => ["true"]);
  const bareMs = median((runs.get("bare") ?? []).map(({ wallMs }) => wallMs));
  const rows = [...runs].map(([name, list]) => {
    const wallMs = list.map((run) => run.wallMs);
    const cpuMs = list.map((run) => run.cpuMs);
    return [name, spread(wallMs, 1), (median(wallMs) - bareMs).toFixed(1), spread(cpuMs, 0)];
  });
  const title = `Start of \`true\`, ${String(rounds)} rounds; median (least–greatest).\n`;
  return `${title}\n${markdownTable(["way", "ms", "ms beyond bare", "CPU ms"], rows)}`;
}

async function installs(ways: readonly Way[], rounds: number): Promise<string> {
  freshProject();
  const filling = await BARE.run(INSTALL, place);
  if (filling.exit !== 0) throw new Error(`npm ci fails: ${filling.output}`);
  const trees = new Set<string>();
  const packages = treeOf(join(place.project, "node_modules")).packages.length;
  const command = [...INSTALL, "--offline"];
  const runs = await inTurns(
    ways,
    rounds,
    () => {
      freshProject();
      return command;
    },
    () => trees.add(treeOf(join(place.project, "node_modules")).sha256),
  );
  const rows = [...runs].map(([name, list]) => [
    name,
    spread(
      list.map(({ wallMs }) => wallMs / 1000),
      2,
    ),
    ratio(list, runs.get("bare") ?? [], ({ wallMs }) => wallMs),
    spread(
      list.map(({ cpuMs }) => cpuMs / 1000),
      2,
    ),
    ratio(list, runs.get("bare") ?? [], ({ cpuMs }) => cpuMs),
  ]);
  if (trees.size !== 1) process.exitCode = 1;
  const same = trees.size === 1 ? "the same tree" : `${String(trees.size)} different trees`;
  const title = `\`npm ci\` of ${String(packages)} packages from a warm cache, ${String(rounds)} rounds; median (least–greatest); all left ${same}.\n`;
  const head = ["way", "wall s", "ratio to bare", "CPU s", "ratio to bare"];
  return `${title}\n${markdownTable(head, rows)}`;
}

/** Ratios are taken within a round, then their median. */
function ratio(list: readonly Run[], bare: readonly Run[], of: (run: Run) => number): string {
  const ratios = list.flatMap((run, round) => {
    const base = bare[round];
    return base === undefined ? [] : [of(run) / of(base)];
  });
  return spread(ratios, 2);
}

function freshProject(): void {
  rmSync(place.project, { recursive: true, force: true });
  mkdirSync(place.project, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    cpSync(join(PROJECT, file), join(place.project, file));
  }
}

/** Each round begins with another way; round 0 fills caches and does not count. */
async function inTurns(
  ways: readonly Way[],
  rounds: number,
  prepare: () => readonly string[],
  look: () => unknown = () => undefined,
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const runs = new Map(ways.map(({ name }) => [name, [] as Run[]]));
  mkdirSync(place.project, { recursive: true });
  for (let round = 0; round <= rounds; round += 1) {
    const turn = round % ways.length;
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)]) {
      rmSync(place.runFolder, { recursive: true, force: true });
      mkdirSync(place.runFolder, { recursive: true });
      const command = prepare();
      // What the run before left to write would be written during this one.
      spawnSync("sync");
      const run = await way.run(command, place);
      if (run.exit !== 0) throw new Error(`${way.name}: ${command.join(" ")}: ${run.output}`);
      look();
      if (round > 0) runs.get(way.name)?.push(run);
      console.error(`${String(round)} ${way.name}: ${run.wallMs.toFixed(0)} ms`);
    }
  }
  return runs;
}
