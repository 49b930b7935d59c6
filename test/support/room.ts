import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linuxCapacity } from "../../src/act/sandbox/linux/detect.ts";
import { type FindProgram, findSystemProgram } from "../../src/act/sandbox/linux/system-program.ts";
import type {
  Enclosure,
  Isolation,
  Room,
  RoomCommand,
  RoomReport,
} from "../../src/act/sandbox/room.ts";

export interface RoomRun {
  readonly status: number | null;
  readonly output: string;
  readonly complaint: string;
  readonly report: RoomReport;
}

/** A folder with a project and a home, and Veln's own; gone at the end. */
export interface RoomGround extends Disposable {
  readonly project: string;
  readonly home: string;
  readonly outside: string;
  readonly own: string;
}

export function roomGround(): RoomGround {
  const top = mkdtempSync(join(tmpdir(), "veln-room-"));
  const ground = {
    project: join(top, "project"),
    home: join(top, "home"),
    outside: join(top, "outside"),
    own: join(top, "own"),
  };
  for (const folder of Object.values(ground)) mkdirSync(folder, { mode: 0o700 });
  chmodSync(top, 0o755);
  return { ...ground, [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }) };
}

export function smallRoom(ground: RoomGround, change: Partial<Room> = {}): Room {
  return {
    readable: ["/usr", "/etc/ld.so.cache"],
    writable: [ground.project],
    guarded: [],
    links: Object.fromEntries(
      readdirSync("/", { withFileTypes: true })
        .filter((entry) => entry.isSymbolicLink())
        .map(({ name }) => [`/${name}`, readlinkSync(`/${name}`)]),
    ),
    shown: {},
    home: ground.home,
    workingFolder: ground.project,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: ground.home },
    loopbackPorts: [],
    limits: {
      processesMax: 64,
      memoryBytesMax: 1024 * 1024 * 1024,
      fileBytesMax: 16 * 1024 * 1024,
      diskBytesMax: 1024 * 1024 * 1024,
      timeoutMs: 20_000,
    },
    ...change,
  };
}

export function shell(script: string): RoomCommand {
  return { program: "/bin/sh", args: ["-c", script] };
}

export async function runInRoom(
  isolation: Isolation,
  room: Room,
  command: RoomCommand,
): Promise<RoomRun> {
  const enclosure = await isolation.enclose(room, command);
  const { ended } = startEnclosure(enclosure);
  const run = await ended;
  return { ...run, report: await enclosure.close() };
}

export interface StartedRoom {
  readonly pid: number;
  readonly ended: Promise<Omit<RoomRun, "report">>;
  /** Resolves once the command has printed this. */
  readonly prints: (text: string) => Promise<void>;
}

export function startEnclosure(enclosure: Enclosure): StartedRoom {
  const child = spawn(enclosure.program, [...enclosure.args], {
    env: { ...enclosure.environment },
    stdio: ["ignore", "pipe", "pipe", ...enclosure.descriptors],
  });
  const said = { output: "", complaint: "" };
  const listeners = new Set<() => void>();
  child.stdout?.on("data", (bytes: Buffer) => {
    said.output += bytes.toString();
    for (const listener of listeners) listener();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    said.complaint += bytes.toString();
  });
  const ended = new Promise<Omit<RoomRun, "report">>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, ...said }));
  });
  const prints = async (text: string): Promise<void> => {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (said.output.includes(text)) resolve();
      };
      listeners.add(look);
      look();
    });
  };
  return { pid: child.pid ?? 0, ended, prints };
}

/** The isolations of this machine by name; a test that needs one skips by that name. */
export async function machineIsolations(
  own: string,
  find: FindProgram = findSystemProgram,
): Promise<ReadonlyMap<string, Isolation>> {
  if (process.platform !== "linux") return new Map();
  const { isolations } = await linuxCapacity(own, "all", find);
  return new Map(isolations.map((isolation) => [isolation.name, isolation]));
}
