import { spawn } from "node:child_process";
import { once as happens } from "node:events";
import { existsSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Layer, RoomLimits, RoomReport } from "../../src/act/sandbox/room.ts";
import type { Order } from "./enclose.ts";
import { commandLine } from "./programs.ts";
import { ENDED, LEFT_OPEN, type Escape, type Setting } from "./table/escape.ts";
import { LITTLE } from "./table/limits.ts";
import { stateOf, type World } from "./world.ts";

/** How an attempt ended, and the line it said. */
export interface Outcome {
  readonly state: "escaped" | "denied" | "broken";
  readonly said: string;
}

/** Where a command is run: as it is, or in a room. */
export interface Place {
  run(world: World, command: readonly string[], options: RunOptions): Promise<Ended>;
}

export interface RunOptions {
  readonly limits: RoomLimits;
  /** Open in the process that starts the command. */
  readonly leftOpen?: number;
  readonly terminal?: boolean;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly layers: readonly Layer[];
  readonly report: RoomReport;
}

export interface Tried {
  readonly outcome: Outcome;
  readonly report: RoomReport;
  readonly layers: readonly Layer[];
}

/** Enough for everything that is not about limits. */
const PLENTY: RoomLimits = {
  processesMax: 500,
  memoryBytesMax: 4 * 2 ** 30,
  fileBytesMax: 2 ** 30,
  diskBytesMax: 2 ** 30,
  timeoutMs: 240_000,
};
/** Much longer than what lingers needs to see that its command has ended. */
const LATER_MS = 2_000;
/** A shell's word for SIGKILL, with which a room ends what has used up its limits. */
const KILLED = 137;
const OVER: Outcome = { state: "denied", said: "denied: the room was ended" };
/** A limit of the disk is one of the file system, on which others delete as well. */
const TRIES_MAX = 3;
const RUN_TIMEOUT_MS = 280_000;
const NO_REPORT: RoomReport = {
  denials: [],
  denialsDropped: 0,
  notStarted: undefined,
  altered: [],
};
const DRIVER = fileURLToPath(new URL("enclose.ts", import.meta.url));

/** Every attempt that this machine can offer, once, in this place. */
export async function tryAll(
  place: Place,
  world: World,
  escapes: readonly Escape[],
): Promise<ReadonlyMap<string, Tried>> {
  const tried = new Map<string, Tried>();
  const offered = escapes.filter(({ args }) => args(world) !== undefined);
  const before = new Map(offered.map((escape) => [escape.id, changedState(escape, world)]));
  const keep = (entries: Iterable<readonly [Escape, Tried]>): void => {
    for (const [escape, result] of entries) {
      tried.set(escape.id, judged(escape, result, before.get(escape.id), world));
    }
  };
  const inSetting = (wanted: Setting | undefined): readonly Escape[] =>
    offered.filter(({ setting }) => setting === wanted);
  keep(await inOneBatch(place, world, inSetting(undefined)));
  const stayed = await inOneBatch(place, world, inSetting("left-behind"));
  writeFileSync(join(world.project, ENDED), "");
  await sleep(LATER_MS);
  keep(stayed);
  for (const setting of ["alone", "terminal", "limits"] as const) {
    for (const escape of inSetting(setting)) keep([[escape, await alone(place, world, escape)]]);
  }
  keep(await inOneBatch(place, world, inSetting("last")));
  return tried;
}

/** What an honest script does, and the line that it said. */
export async function tryControls(
  place: Place,
  world: World,
  controls: readonly string[],
): Promise<ReadonlyMap<string, { readonly said: string; readonly report: RoomReport }>> {
  const plan = controls.map((id) => ({
    id,
    command: commandLine(world.programs, "controls.mjs", [id, String(world.servers.gatePort)]),
  }));
  const { ends, report } = await batch(place, world, plan);
  return new Map(
    controls.map((id) => [
      id,
      { said: ends.get(id)?.stdout.trim() ?? "not run", report: ownPart(report, id) },
    ]),
  );
}

const changedState = ({ changes }: Escape, world: World): string | undefined =>
  changes === undefined ? undefined : stateOf(changes(world));

/** What a program believes to have changed in its own view counts for nothing if nothing changed here. */
function judged(escape: Escape, tried: Tried, before: string | undefined, world: World): Tried {
  if (before === undefined || tried.outcome.state === "broken") return tried;
  const changed = changedState(escape, world) !== before;
  return { ...tried, outcome: { ...tried.outcome, state: changed ? "escaped" : "denied" } };
}

async function inOneBatch(
  place: Place,
  world: World,
  escapes: readonly Escape[],
): Promise<readonly (readonly [Escape, Tried])[]> {
  const plan = escapes.map((escape) => planned(escape, world));
  const { ends, report, layers, ended } = await batch(place, world, plan);
  const missing = {
    status: ended.status,
    stdout: ended.stdout,
    stderr: `not run: ${ended.stderr}`,
  };
  return escapes.map((escape) => [
    escape,
    {
      outcome: outcomeOf(ends.get(escape.id) ?? missing),
      layers,
      report: ownPart(report, escape.id),
    },
  ]);
}

interface Batch extends Pick<Ended, "layers" | "report"> {
  readonly ends: ReadonlyMap<string, End>;
  readonly ended: Ended;
}

async function batch(place: Place, world: World, plan: readonly Planned[]): Promise<Batch> {
  const order = join(world.project, "batch/plan.json");
  const results = join(world.project, "batch/results.jsonl");
  rmSync(results, { force: true });
  writeFileSync(order, JSON.stringify(plan));
  const command = commandLine(world.programs, "batch.mjs", [order, results]);
  const ended = await place.run(world, command, { limits: PLENTY });
  const lines = existsSync(results) ? readFileSync(results, "utf8").trimEnd().split("\n") : [];
  const ends = lines.map((line) => JSON.parse(line) as End).map((end) => [end.id, end] as const);
  return { ends: new Map(ends), ended, layers: ended.layers, report: ended.report };
}

interface End {
  readonly id: string;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Planned {
  readonly id: string;
  readonly command: readonly string[];
}

const planned = (escape: Escape, world: World): Planned => ({
  id: escape.id,
  command: commandLine(world.programs, escape.program, escape.args(world) ?? []),
});

/** What was reported of the package that this attempt said it was. */
const ownPart = (report: RoomReport, id: string): RoomReport => ({
  ...report,
  denials: report.denials.filter(({ by }) => by === `${id}@1.0.0`),
});

async function alone(place: Place, world: World, escape: Escape): Promise<Tried> {
  for (let again = TRIES_MAX - 1; ; again--) {
    const tried = await once(place, world, escape);
    if (escape.setting !== "limits" || tried.outcome.state !== "escaped" || again === 0)
      return tried;
  }
}

async function once(place: Place, world: World, escape: Escape): Promise<Tried> {
  const { command } = planned(escape, world);
  const leftOpen = escape.setting === "alone" ? openSync(world.outside, "r") : undefined;
  try {
    const ended = await place.run(world, command, {
      limits: escape.setting === "limits" ? LITTLE : PLENTY,
      ...(leftOpen !== undefined && { leftOpen }),
      terminal: escape.setting === "terminal",
    });
    const outcome =
      ended.status === KILLED && escape.setting === "limits" ? OVER : outcomeOf(ended);
    return { outcome, layers: ended.layers, report: ended.report };
  } finally {
    if (leftOpen !== undefined) closeSync(leftOpen);
  }
}

function outcomeOf({ status, stdout, stderr }: Omit<End, "id">): Outcome {
  const said = /^(?:escaped|denied): .*$/m.exec(stdout ?? "")?.[0] ?? "";
  if (status === 0 && said.startsWith("escaped: ")) return { state: "escaped", said };
  if (status === 10 && said.startsWith("denied: ")) return { state: "denied", said };
  return { state: "broken", said: `status ${status}: ${stdout}${stderr}` };
}

/** Without any sandbox. */
export const BARE: Place = {
  run: (world, command, options) => started(world, command, options),
};

/** In a room, made by a process of this user as Veln makes it. */
export const enclosed = (how: Pick<Order, "isolation" | "helper">): Place => ({
  async run(world, command, options) {
    const order: Order = { ...how, command, limits: options.limits, world: visible(world) };
    const driver = [world.programs.node, DRIVER, JSON.stringify(order)];
    const ended = await started(world, driver, options);
    const told = /^VELN-ROOM (.*)$/m.exec(ended.stdout)?.[1];
    if (told === undefined) return ended;
    return { ...ended, ...(JSON.parse(told) as Pick<Ended, "status" | "layers" | "report">) };
  },
});

/** What the driver needs to know of a world. */
const visible = ({ home, project, programs, servers }: World): Order["world"] => ({
  home,
  project,
  programs,
  gatePort: servers.gatePort,
});

async function started(
  world: World,
  command: readonly string[],
  { leftOpen, terminal }: RunOptions,
): Promise<Ended> {
  const inTerminal =
    terminal === true ? [join(world.programs.folder, "terminal"), ...command] : command;
  const [program = "", ...args] = inTerminal;
  const extra = Array.from({ length: LEFT_OPEN - 3 }, () => "ignore" as const);
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe", ...(leftOpen === undefined ? [] : [...extra, leftOpen])],
    cwd: world.project,
    env: {
      PATH: [dirname(world.programs.node), "/usr/local/bin:/usr/bin:/bin"].join(":"),
      HOME: world.home,
      LANG: "C.UTF-8",
      SECRET: world.secret,
    },
    uid: world.identity.uid,
    gid: world.identity.gid,
    timeout: RUN_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
  const [status] = (await happens(child, "close")) as [number | null];
  return { status, stdout: stdout(), stderr: stderr(), layers: [], report: NO_REPORT };
}

function collected(stream: NodeJS.ReadableStream | null): () => string {
  const parts: Buffer[] = [];
  stream?.on("data", (part: Buffer) => parts.push(part));
  return () => Buffer.concat(parts).toString("utf8");
}
