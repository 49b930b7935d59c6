import { mkdirSync } from "node:fs";
import type { Capacity, Isolation, Lack, Layer } from "../room.ts";
import { bubblewrapIsolation } from "./bubblewrap.ts";
import { ARCHITECTURES, type Architecture } from "./calls.ts";
import { findOrBuildHelper, type Helper } from "./helper.ts";
import { landlockIsolation } from "./landlock.ts";
import { sweepLaidOut } from "./laid-out.ts";
import { HELPER_IN_ROOM } from "./layout.ts";
import { plainBubblewrapIsolation } from "./plain/plain-bubblewrap.ts";
import { type FindProgram, findSystemProgram } from "./system-program.ts";
import { helperProbe, makeTrial, shellProbe, type Trial } from "./trial.ts";

/**
 * What this machine can enforce, found by making a small room of each kind and trying from inside what
 * it forbids. Nothing is concluded from a version.
 */

interface Means {
  /** Of Veln's own. */
  readonly folder: string;
  readonly helper: Helper;
  readonly architecture: Architecture;
  readonly find: FindProgram;
}

/**
 * @param folder of Veln's own: the helper is kept there, and trial rooms are laid out there
 * @param wanted the best isolation alone, for an install that waits, or all there are
 * @param find where the programs of the system are
 */
export async function linuxCapacity(
  folder: string,
  wanted: "best" | "all" = "all",
  find: FindProgram = findSystemProgram,
): Promise<Capacity> {
  const architecture = ARCHITECTURES.find((known) => known === process.arch);
  if (architecture === undefined) return { isolations: [], lacks: [NO_FILTER] };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  sweepLaidOut(folder);
  const helper = await findOrBuildHelper(folder, find);
  const means: Means = { folder, helper, architecture, find };
  const trials = [await tryBubblewrap(means)];
  if (wanted === "all" || trials[0]?.isolation === undefined) trials.push(await tryLandlock(means));
  const withoutHelper = helper.kind === "missing" ? [helperLack(helper)] : [];
  return {
    isolations: trials.flatMap(({ isolation }) => isolation ?? []),
    lacks: [...withoutHelper, ...trials.flatMap(({ lack }) => lack ?? [])],
  };
}

const NO_FILTER: Lack = {
  what: "system call filter",
  why: `Veln has no system call filter for ${process.arch}.`,
  remedy: "Use a machine of x64 or arm64.",
};

function helperLack({ why, remedy }: Helper & { readonly kind: "missing" }): Lack {
  return { what: "helper", why, remedy };
}

const NAMESPACES_REMEDY =
  "Allow user namespaces for ordinary users (user.max_user_namespaces, kernel.unprivileged_userns_clone, or an AppArmor profile for bwrap).";
const OF_BUBBLEWRAP: readonly Layer[] = [
  ...(["mounts", "processes", "ipc", "network", "system-calls", "limits"] as const),
];
const OF_LANDLOCK: readonly Layer[] = [
  ...(["network", "system-calls", "landlock-files", "limits", "reports"] as const),
];

async function tryBubblewrap({ folder, helper, architecture, find }: Means): Promise<Trial> {
  const bubblewrap = find("bwrap");
  if (bubblewrap === undefined) {
    const why = "There is no bwrap in the system's folders.";
    const remedy = "Install bubblewrap, such as with apt install bubblewrap.";
    return { lack: { what: "bubblewrap", why, remedy } };
  }
  const plan = { folder, remedy: NAMESPACES_REMEDY };
  if (helper.kind === "ready") {
    return await makeTrial({
      ...plan,
      isolation: (layers): Isolation =>
        bubblewrapIsolation({ bubblewrap, helper: helper.path, architecture, folder, layers }),
      probe: helperProbe("bubblewrap", HELPER_IN_ROOM, folder),
      needed: [...OF_BUBBLEWRAP, "reports"],
    });
  }
  const prlimit = find("prlimit");
  if (prlimit === undefined) {
    return { lack: { what: "bubblewrap", why: helper.why, remedy: helper.remedy } };
  }
  return await makeTrial({
    ...plan,
    isolation: (layers): Isolation =>
      plainBubblewrapIsolation({ bubblewrap, prlimit, architecture, folder, layers }),
    probe: shellProbe(folder),
    needed: OF_BUBBLEWRAP,
  });
}

async function tryLandlock({ folder, helper, architecture }: Means): Promise<Trial> {
  if (helper.kind === "missing") {
    return { lack: { what: "landlock", why: helper.why, remedy: helper.remedy } };
  }
  return await makeTrial({
    folder,
    isolation: (layers): Isolation =>
      landlockIsolation({ helper: helper.path, architecture, folder, layers }),
    probe: helperProbe("landlock", helper.path, folder),
    needed: OF_LANDLOCK,
    remedy: "Use a kernel with Landlock (5.13 or newer) switched on.",
  });
}
