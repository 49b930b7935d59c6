import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../model/failure.ts";
import type { Capacity, Enclosure, Isolation, Lack, Layer, Room } from "../room.ts";
import { bubblewrapIsolation } from "./bubblewrap.ts";
import { ARCHITECTURES } from "./calls.ts";
import { findOrBuildHelper, type Helper } from "./helper.ts";
import { landlockIsolation } from "./landlock.ts";
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

/** @param folder of Veln's own: the helper is kept there, and trial rooms are laid out there */
export async function linuxCapacity(folder: string): Promise<Capacity> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const helper = await findOrBuildHelper(folder);
  const trials = [await tryBubblewrap(folder, helper), await tryLandlock(folder, helper)];
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
  const isolation = bubblewrapIsolation({
    bubblewrap,
    helper: helper.path,
    architecture,
    folder,
  });
  const remedy =
    "Allow user namespaces for ordinary users (user.max_user_namespaces, kernel.unprivileged_userns_clone, or an AppArmor profile for bwrap).";
  return await attempt(isolation, folder, remedy);
}

const NO_FILTER = `Veln has no system call filter for ${process.arch}.`;
const NO_FILTER_REMEDY = "Use a machine of x64 or arm64.";

async function tryLandlock(folder: string, helper: Helper): Promise<Trial> {
  const what = "landlock";
  if (helper.kind === "missing") return lacking(what, helper.why, helper.remedy);
  const architecture = ARCHITECTURES.find((known) => known === process.arch);
  if (architecture === undefined) return lacking(what, NO_FILTER, NO_FILTER_REMEDY);
  const layers: readonly Layer[] = [
    "landlock-files",
    "system-calls",
    "network",
    "limits",
    "reports",
  ];
  const isolation = landlockIsolation({ helper: helper.path, architecture, folder, layers });
  return await attempt(
    isolation,
    folder,
    "Use a kernel with Landlock (5.13 or newer) switched on.",
  );
}

function lacking(what: string, why: string, remedy: string): Trial {
  return { kind: "lacks", lack: { what, why, remedy } };
}

async function attempt(isolation: Isolation, folder: string, remedy: string): Promise<Trial> {
  const ground = mkdtempSync(join(folder, "trial-"));
  try {
    const enclosure = await isolation.enclose(trialRoom(ground), { program: "true", args: [] });
    const ended = await run(enclosure);
    const report = await enclosure.close();
    if (ended.status === 0) return { kind: "works", isolation };
    const why =
      report.notStarted ?? (ended.complaint === "" ? "it ended without a word" : ended.complaint);
    return lacking(isolation.name, `A trial room could not be made: ${why}.`, remedy);
  } catch (error) {
    return lacking(isolation.name, messageOf(error), remedy);
  } finally {
    rmSync(ground, { recursive: true, force: true });
  }
}

function trialRoom(ground: string): Room {
  return {
    readable: ["/usr"],
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
  readonly status: number | null;
  readonly complaint: string;
}

async function run(enclosure: Enclosure): Promise<Ended> {
  return await new Promise<Ended>((resolve) => {
    const child = spawn(enclosure.program, [...enclosure.args], {
      env: { ...enclosure.environment },
      stdio: ["ignore", "ignore", "pipe", ...enclosure.descriptors],
      timeout: TRIAL_MS_MAX,
    });
    const complaint: Buffer[] = [];
    child.stderr?.on("data", (bytes: Buffer) => complaint.push(bytes));
    child.once("error", (error) => resolve({ status: null, complaint: messageOf(error) }));
    child.once("close", (status) => {
      resolve({
        status,
        complaint: Buffer.concat(complaint).toString("utf8").trim().slice(0, 300),
      });
    });
  });
}
