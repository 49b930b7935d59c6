import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { messageOf } from "../../../model/failure.ts";
import { printable } from "../../../model/printable.ts";
import {
  type Enclosure,
  type Isolation,
  type Lack,
  type Layer,
  LAYERS,
  type Room,
  type RoomCommand,
} from "../room.ts";

/** A room made only to see, from inside, what is in force in it. */

const TRIAL_MS_MAX = 10_000;
const COMPLAINT_LENGTH_MAX = 300;
const TRIAL_LIMITS: Room["limits"] = {
  processesMax: 16,
  memoryBytesMax: 256 * 1024 * 1024,
  fileBytesMax: 1024 * 1024,
  diskBytesMax: 256 * 1024 * 1024,
  timeoutMs: TRIAL_MS_MAX / 2,
};

export interface TrialPlan {
  readonly isolation: (layers: readonly Layer[]) => Isolation;
  readonly folder: string;
  readonly probe: Probe;
  /** Without one of these the isolation does not count as working. */
  readonly needed: readonly Layer[];
  readonly remedy: string;
}

/** Prints a line for each layer that it finds in force. */
export interface Probe {
  /** @param port on which the trial listens; the room may reach it */
  readonly command: (port: number) => RoomCommand;
  readonly readable: readonly string[];
  /** What else it has to print. */
  readonly needed: readonly string[];
}

export type Trial =
  | { readonly isolation: Isolation; readonly lack?: undefined }
  | { readonly lack: Lack; readonly isolation?: undefined };

/** `room/probe.c`. @param place of the helper, as the room sees it */
export function helperProbe(name: "bubblewrap" | "landlock", place: string, folder: string): Probe {
  const outside = [hiddenFile(folder), String(process.pid), String(TRIAL_LIMITS.fileBytesMax)];
  const spaces = ["pid", "ipc", "net"].map((kind) => namespaceOf(kind));
  return {
    command: (port) => ({
      program: place,
      args: ["probe", name, ...outside, String(port), ...spaces],
    }),
    readable: name === "landlock" ? [place] : [],
    needed: ["port"],
  };
}

/** What a shell can see of the same; a filter and capabilities by what the kernel says of the process. */
export function shellProbe(folder: string): Probe {
  const script = `
    [ -e "$1" ] || echo mounts
    [ "$(readlink /proc/self/ns/pid)" = "$2" ] || echo processes
    [ "$(readlink /proc/self/ns/ipc)" = "$3" ] || echo ipc
    [ "$(readlink /proc/self/ns/net)" = "$4" ] || echo network
    grep -Eq '^Max file size +$5 ' /proc/self/limits && echo limits
    grep -q '^Seccomp:.2$' /proc/self/status && grep -q '^NoNewPrivs:.1$' /proc/self/status &&
      grep -q '^CapBnd:.0*$' /proc/self/status && ! unshare -U true 2>/dev/null && echo system-calls
    true`.replace("$5", String(TRIAL_LIMITS.fileBytesMax));
  const spaces = ["pid", "ipc", "net"].map((kind) => namespaceOf(kind));
  return {
    command: () => ({
      program: "/bin/sh",
      args: ["-c", script, "sh", hiddenFile(folder), ...spaces],
    }),
    readable: [],
    needed: [],
  };
}

function hiddenFile(folder: string): string {
  const path = join(folder, "empty");
  writeFileSync(path, "", { mode: 0o600 });
  return path;
}

function namespaceOf(kind: string): string {
  return readlinkSync(`/proc/self/ns/${kind}`);
}

/** The isolation with the layers that its trial found in force; not without those it stands for. */
export async function makeTrial(plan: TrialPlan): Promise<Trial> {
  const ground = mkdtempSync(join(plan.folder, "trial-"));
  const isolation = plan.isolation([]);
  const lacking = (why: string): Trial => ({
    lack: { what: isolation.name, why: sentence(why), remedy: plan.remedy },
  });
  try {
    await using gate = await listen();
    const room = trialRoom(ground, plan.probe.readable, gate.port);
    const enclosure = await isolation.enclose(room, plan.probe.command(gate.port));
    const { said, complaint } = await run(enclosure);
    const { denials, notStarted } = await enclosure.close();
    const found = new Set([...said.split("\n"), ...(denials.length > 0 ? ["reports"] : [])]);
    const layers = LAYERS.filter((layer) => found.has(layer));
    const missing = [...plan.probe.needed, ...plan.needed].filter((name) => !found.has(name));
    if (missing.length === 0) return { isolation: plan.isolation(layers) };
    const notInForce = `these were not in force: ${missing.join(", ")}`;
    return lacking(
      [complaint, notStarted].find((why) => why !== undefined && why !== "") ?? notInForce,
    );
  } catch (error) {
    return lacking(messageOf(error));
  } finally {
    rmSync(ground, { recursive: true, force: true });
  }
}

interface TrialGate extends AsyncDisposable {
  readonly port: number;
}

/** Stands for the gate, which every room has to reach. */
async function listen(): Promise<TrialGate> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function sentence(why: string): string {
  return `A trial room could not be made: ${printable(why).replace(/\.$/, "")}.`;
}

function trialRoom(ground: string, readable: readonly string[], port: number): Room {
  return {
    readable: [...SYSTEM.filter(isReal), ...readable],
    writable: [ground],
    guarded: [],
    links: rootLinks(),
    shown: {},
    home: "/tmp",
    workingFolder: ground,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin" },
    loopbackPorts: [port],
    limits: TRIAL_LIMITS,
  };
}

/** Where systems keep what a dynamic program needs to start. */
const SYSTEM: readonly string[] = [
  ...["/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/etc/ld.so.cache"],
  ...["/nix/store", "/gnu/store", "/run/current-system/sw/bin"],
];

function isReal(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === false;
}

/** What stands in the root folder as a link into /usr on a machine with a merged /usr. */
function rootLinks(): Readonly<Record<string, string>> {
  const links = readdirSync("/", { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
  const targets = links.map((link) => [`/${link.name}`, readlinkSync(`/${link.name}`)] as const);
  return Object.fromEntries(targets.filter(([, target]) => /^\/?usr\//.test(target)));
}

interface Ended {
  readonly said: string;
  readonly complaint: string;
}

async function run(enclosure: Enclosure): Promise<Ended> {
  return await new Promise<Ended>((resolve) => {
    const child = spawn(enclosure.program, [...enclosure.args], {
      env: { ...enclosure.environment },
      stdio: ["ignore", "pipe", "pipe", ...enclosure.descriptors],
      timeout: TRIAL_MS_MAX,
    });
    const said: Buffer[] = [];
    const complaint: Buffer[] = [];
    child.stdout?.on("data", (bytes: Buffer) => said.push(bytes));
    child.stderr?.on("data", (bytes: Buffer) => complaint.push(bytes));
    child.once("error", (error) => resolve({ said: "", complaint: messageOf(error) }));
    child.once("close", () => {
      const text = textOf(complaint).trim().slice(0, COMPLAINT_LENGTH_MAX);
      resolve({ said: textOf(said), complaint: text });
    });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
