import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../model/failure.ts";
import { printable } from "../../../model/printable.ts";
import {
  type Capacity,
  type Enclosure,
  type Isolation,
  type Lack,
  type Layer,
  LAYERS,
  type Room,
  type RoomCommand,
} from "../room.ts";
import { bubblewrapIsolation } from "./bubblewrap.ts";
import { ARCHITECTURES } from "./calls.ts";
import { findOrBuildHelper, type Helper } from "./helper.ts";
import { landlockIsolation } from "./landlock.ts";
import { HELPER_IN_ROOM } from "./layout.ts";
import { findSystemProgram } from "./system-program.ts";

/**
 * What this machine can enforce, found by making a small room of each kind and running a program in
 * it. Nothing is concluded from a version.
 */

const TRIAL_MS_MAX = 10_000;
const TRIAL_LIMITS: Room["limits"] = {
  processesMax: 16,
  memoryBytesMax: 256 * 1024 * 1024,
  fileBytesMax: 1024 * 1024,
  diskBytesMax: 256 * 1024 * 1024,
  timeoutMs: TRIAL_MS_MAX / 2,
};

type Trial =
  | { readonly kind: "works"; readonly isolation: Isolation }
  | { readonly kind: "lacks"; readonly lack: Lack };

interface TrialPlan {
  readonly isolation: (layers: readonly Layer[]) => Isolation;
  readonly folder: string;
  readonly helper: string;
  readonly remedy: string;
  /** Without one of these the isolation does not count as working. */
  readonly needed: readonly Layer[];
}

/**
 * @param folder of Veln's own: the helper is kept there, and trial rooms are laid out there
 * @param wanted the best isolation alone, for an install that waits, or all there are
 */
export async function linuxCapacity(
  folder: string,
  wanted: "best" | "all" = "all",
): Promise<Capacity> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const helper = await findOrBuildHelper(folder);
  const trials = [await tryBubblewrap(folder, helper)];
  if (wanted === "all" || trials[0]?.kind === "lacks")
    trials.push(await tryLandlock(folder, helper));
  return {
    isolations: trials.flatMap((trial) => (trial.kind === "works" ? [trial.isolation] : [])),
    lacks: trials.flatMap((trial) => (trial.kind === "lacks" ? [trial.lack] : [])),
  };
}

async function tryBubblewrap(folder: string, helper: Helper): Promise<Trial> {
  const what = "bubblewrap";
  const bubblewrap = findSystemProgram("bwrap");
  if (bubblewrap === undefined) {
    const remedy = "Install bubblewrap, such as with apt install bubblewrap.";
    return lacking(what, "There is no bwrap in the system's folders.", remedy);
  }
  if (helper.kind === "missing") return lacking(what, helper.why, helper.remedy);
  const architecture = ARCHITECTURES.find((known) => known === process.arch);
  if (architecture === undefined) return lacking(what, NO_FILTER, NO_FILTER_REMEDY);
  const isolation = (layers: readonly Layer[]): Isolation =>
    bubblewrapIsolation({ bubblewrap, helper: helper.path, architecture, folder, layers });
  const needed: readonly Layer[] = [
    ...(["mounts", "processes", "ipc", "network", "system-calls", "limits", "reports"] as const),
  ];
  const remedy =
    "Allow user namespaces for ordinary users (user.max_user_namespaces, kernel.unprivileged_userns_clone, or an AppArmor profile for bwrap).";
  return await attempt({ isolation, folder, helper: helper.path, remedy, needed });
}

const NO_FILTER = `Veln has no system call filter for ${process.arch}.`;
const NO_FILTER_REMEDY = "Use a machine of x64 or arm64.";

async function tryLandlock(folder: string, helper: Helper): Promise<Trial> {
  const what = "landlock";
  if (helper.kind === "missing") return lacking(what, helper.why, helper.remedy);
  const architecture = ARCHITECTURES.find((known) => known === process.arch);
  if (architecture === undefined) return lacking(what, NO_FILTER, NO_FILTER_REMEDY);
  const isolation = (layers: readonly Layer[]): Isolation =>
    landlockIsolation({ helper: helper.path, architecture, folder, layers });
  const needed: readonly Layer[] = [
    ...(["network", "system-calls", "landlock-files", "limits", "reports"] as const),
  ];
  const remedy = "Use a kernel with Landlock (5.13 or newer) switched on.";
  return await attempt({ isolation, folder, helper: helper.path, remedy, needed });
}

function lacking(what: string, why: string, remedy: string): Trial {
  return { kind: "lacks", lack: { what, why, remedy } };
}

/** The isolation with the layers that its trial found in force; not without those it stands for. */
async function attempt(trial: TrialPlan): Promise<Trial> {
  const ground = mkdtempSync(join(trial.folder, "trial-"));
  const { name } = trial.isolation([]);
  try {
    const enclosure = await trial
      .isolation([])
      .enclose(trialRoom(ground, trial.helper), probeCommand(trial.helper, name, trial.folder));
    const ended = await run(enclosure);
    const report = await enclosure.close();
    const found = new Set([
      ...ended.said.split("\n"),
      ...(report.denials.length > 0 ? ["reports"] : []),
    ]);
    const layers = LAYERS.filter((layer) => found.has(layer));
    const missing = trial.needed.filter((layer) => !layers.includes(layer));
    if (missing.length === 0) return { kind: "works", isolation: trial.isolation(layers) };
    const why =
      report.notStarted ??
      (ended.complaint === "" ? `not in force: ${missing.join(", ")}` : ended.complaint);
    return lacking(name, `A trial room could not be made: ${printable(why)}.`, trial.remedy);
  } catch (error) {
    return lacking(name, messageOf(error), trial.remedy);
  } finally {
    rmSync(ground, { recursive: true, force: true });
  }
}

function probeCommand(helper: string, name: string, folder: string): RoomCommand {
  const outside = join(folder, "empty");
  writeFileSync(outside, "", { mode: 0o600 });
  const { fileBytesMax } = TRIAL_LIMITS;
  return {
    program: name === "bubblewrap" ? HELPER_IN_ROOM : helper,
    args: ["probe", name, outside, String(process.pid), String(fileBytesMax)],
  };
}

function trialRoom(ground: string, helper: string): Room {
  return {
    readable: ["/usr", helper],
    writable: [ground],
    guarded: [],
    links: rootLinks(),
    shown: {},
    home: "/tmp",
    workingFolder: ground,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    loopbackPorts: [],
    limits: TRIAL_LIMITS,
  };
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
      resolve({ said: textOf(said), complaint: textOf(complaint).trim().slice(0, 300) });
    });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
