import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Order } from "./escapes/enclose.ts";
import { compilePrograms } from "./escapes/programs.ts";
import { createWorld, type Identity, type World } from "./escapes/world.ts";

/** Whatever becomes of a room: nothing of it runs, is mounted or lies in the project afterwards. */

const DRIVER = fileURLToPath(new URL("escapes/enclose.ts", import.meta.url));
const WHO: Identity = {
  name: process.getuid?.() === 0 ? "root" : "ordinary user",
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
};
const ROOMS: readonly Pick<Order, "isolation" | "helper">[] = [
  { isolation: "bubblewrap", helper: true },
  { isolation: "bubblewrap", helper: false },
  { isolation: "landlock", helper: true },
];
const LIMITS: Order["limits"] = {
  processesMax: 100,
  memoryBytesMax: 2 ** 30,
  fileBytesMax: 2 ** 28,
  diskBytesMax: 2 ** 30,
  timeoutMs: 60_000,
};
const PATIENCE_MS = 30_000;
const TEST_MS_MAX = 90_000;
/** Says that it runs, and goes on for longer than any test. */
const RUNS_ON = ": > batch/ready; while :; do sleep 0.2; done";

const programs = await compilePrograms();
afterAll(() => programs[Symbol.dispose]());

interface Running {
  readonly veln: ChildProcess;
  readonly ended: Promise<unknown>;
}

/** A process that stands for Veln, the first of a process group as under a shell. */
function start(world: World, room: Pick<Order, "isolation" | "helper">, script: string): Running {
  const { home, project, servers } = world;
  const order: Order = {
    ...room,
    command: ["/bin/sh", "-c", script],
    limits: LIMITS,
    world: { home, project, programs: world.programs, gatePort: servers.gatePort },
  };
  const veln = spawn(programs.node, [DRIVER, JSON.stringify(order)], {
    stdio: "ignore",
    cwd: project,
    detached: true,
    env: { PATH: "/usr/bin:/bin", HOME: home },
  });
  return { veln, ended: once(veln, "exit") };
}

async function until(isSo: () => boolean): Promise<void> {
  const started = Date.now();
  while (!isSo() && Date.now() - started < PATIENCE_MS) await sleep(50);
}

/** The processes of this world, save the accomplice, and what is mounted there. */
function leftOf({ root, accomplice }: World): readonly string[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== accomplice.pid)
    .filter((pid) => [commandLineOf(pid), folderOf(pid)].some((text) => text.includes(root)))
    .map((pid) => commandLineOf(pid));
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return [...processes, ...mounts.filter((line) => line.includes(root))];
}

const commandLineOf = (pid: string): string =>
  orNothing(() => readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
const folderOf = (pid: string): string => orNothing(() => readlinkSync(`/proc/${pid}/cwd`));

/** A process may end while it is looked at. */
function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

const namesIn = (folder: string): readonly string[] => readdirSync(folder).toSorted();

/** What a room laid out on disk: in the project for guarded paths, in Veln's own folder for itself. */
function laidOut({ home, project }: World): readonly string[] {
  const own = ["veln", "veln-without-compiler"].map((name) => join(home, ".cache", name));
  const kept = own.filter((folder) => existsSync(folder)).flatMap((folder) => namesIn(folder));
  return [
    ...namesIn(project),
    ...namesIn(join(project, ".git")),
    ...kept.filter((name) => /^(?:trial|home|build)-|\.room$/.test(name)),
  ];
}

const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    orNothing(() => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"))
      .split(" ")
      .filter(Boolean)
      .map(Number),
  );

interface Fault {
  readonly what: string;
  readonly script: string;
  readonly strike: (running: Running) => void;
  /** Nobody was left to clean up: what lies on disk goes with the next room. */
  readonly untilNext?: boolean;
}

const FAULTS: readonly Fault[] = [
  {
    what: "the command is killed",
    script: ": > batch/ready; sleep 300 & kill -KILL $$",
    strike: () => undefined,
  },
  {
    what: "the command leaves daemons behind",
    script: "(setsid sh -c 'trap \"\" TERM INT HUP; sleep 300' &) ; sleep 300 & : > batch/ready",
    strike: () => undefined,
  },
  {
    what: "whatever Veln started is killed",
    script: RUNS_ON,
    strike: ({ veln }) => {
      for (const pid of childrenOf(veln.pid ?? 0)) process.kill(pid, "SIGKILL");
    },
  },
  {
    what: "Veln is killed",
    script: RUNS_ON,
    strike: ({ veln }) => veln.kill("SIGKILL"),
    untilNext: true,
  },
  {
    what: "Ctrl-C is pressed",
    script: RUNS_ON,
    strike: ({ veln }) => process.kill(-(veln.pid ?? 0), "SIGINT"),
    untilNext: true,
  },
  {
    what: "Veln is killed and the command hears no signal",
    script: `trap "" TERM INT HUP QUIT; ${RUNS_ON}`,
    strike: ({ veln }) => veln.kill("SIGKILL"),
    untilNext: true,
  },
];

describe.skipIf(process.platform !== "linux").each(ROOMS)(
  "a room of $isolation, helper $helper",
  (room) => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld(WHO, programs);
    });
    afterAll(() => world[Symbol.asyncDispose]());

    it.for(FAULTS)(
      "leaves nothing when $what",
      { timeout: TEST_MS_MAX },
      async ({ script, strike, untilNext }) => {
        const before = laidOut(world);
        const ready = join(world.project, "batch/ready");
        rmSync(ready, { force: true });
        const running = start(world, room, script);
        await until(() => existsSync(ready));
        expect(existsSync(ready)).toBe(true);
        // What is looked for afterwards can be seen now.
        expect(leftOf(world).some((line) => line.includes(RUNS_ON))).toBe(script.includes(RUNS_ON));
        strike(running);
        await running.ended;
        await until(() => leftOf(world).length === 0);
        expect(leftOf(world)).toEqual([]);
        if (untilNext === true) await start(world, room, ":").ended;
        expect(laidOut(world)).toEqual(before);
        expect(leftOf(world)).toEqual([]);
      },
    );
  },
);
