import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { guardedNames } from "../../act/sandbox/guards.ts";
import type { Room, RoomLimits } from "../../act/sandbox/room.ts";
import { Failure } from "../../model/failure.ts";
import type { SandboxPolicy } from "../../model/policy.ts";
import type { ClientNeeds } from "../clients/client.ts";
import type { Environment } from "../paths.ts";
import { otherLockfiles } from "./other-lockfiles.ts";
import { addPrograms } from "./program-trees.ts";
import { projectPlace, type ProjectPlace } from "./project-place.ts";
import { addSystem } from "./system-trees.ts";
import { createTreeList, isWithin, trailOf, type TreeList } from "./trees.ts";

/** One command of a package manager, before it runs. */
export interface InstallPlan {
  readonly cwd: string;
  /** Where it works: by its own flag, or {@link cwd}. */
  readonly projectFolder: string;
  /** The user's own, as Veln was started with it. */
  readonly userEnvironment: Environment;
  /** What the command is to see. */
  readonly environment: Readonly<Record<string, string>>;
  readonly policy: SandboxPolicy;
  /** A folder of this run alone. */
  readonly runFolder: string;
  /** The client's own needs, beside project and run folder. */
  readonly needs: ClientNeeds;
  readonly ports: readonly number[];
  readonly shown: Readonly<Record<string, string>>;
}

/** Veln itself, for a script that calls it: it finds the gate by its environment. */
const VELN = fileURLToPath(new URL("../../..", import.meta.url));

const MEGABYTE = 1024 * 1024;

/**
 * The room of an install: the project and the caches of this run may be changed, the programs on the
 * PATH and the system's may be run, and nothing else is there.
 *
 * @throws Failure "usage" where the project is the home folder
 */
export function installRoom(plan: InstallPlan): Room {
  const { policy, needs, runFolder, userEnvironment, cwd } = plan;
  const home = homeOf(userEnvironment, runFolder);
  const place = projectPlace(plan.projectFolder, home);
  const trees = createTreeList();
  addSystem(trees);
  addPrograms(trees, userEnvironment, home);
  trees.read(VELN, process.execPath, ...(needs.readable ?? []));
  trees.write(runFolder, ...(needs.writable ?? []));
  if (needs.isElsewhere !== true) addProject(trees, place, home);
  // The folder that a command stands in has to be there, and need be no more than that.
  if (!isWithin(home, real(cwd))) trees.read(cwd);
  for (const path of policy.read) trees.read(resolved(path, place.root, home));
  for (const path of policy.write.map((given) => resolved(given, place.root, home))) {
    // Its owner wants something written there, and nothing can be where nothing is.
    if (!existsSync(path)) mkdirSync(path, { recursive: true });
    trees.write(path);
  }
  const ofProject = needs.isElsewhere === true ? [] : guardedIn(place, plan);
  return {
    ...trees.listed(),
    guarded: [...ofProject, ...(needs.guarded ?? [])],
    shown: plan.shown,
    home,
    workingFolder: real(cwd),
    environment: { ...plan.environment, HOME: home },
    loopbackPorts: plan.ports,
    limits: limitsOf(policy),
  };
}

/** One that cannot be shown empty, being everything or nowhere, is replaced by one of this run. */
export function homeOf(env: Environment, runFolder: string): string {
  const named = env["HOME"];
  const home = trailOf(named?.startsWith(sep) === true ? named : userInfo().homedir)?.end;
  return home === undefined || home === sep ? join(real(runFolder), "home") : home;
}

function addProject(trees: TreeList, { root, repository }: ProjectPlace, home: string): void {
  if (isWithin(home, root)) {
    throw new Failure(
      "usage",
      `Install scripts may change the project they belong to, and here that would be ${root}, with your home folder in it. Work in a folder of its own: mkdir project && cd project.`,
      { path: root },
    );
  }
  trees.write(root);
  if (repository !== undefined) trees.read(repository);
}

function guardedIn(place: ProjectPlace, { policy, needs, projectFolder }: InstallPlan): string[] {
  const { root, isProject } = place;
  const open = [...policy.unguarded, ...(needs.unguarded ?? [])];
  const names = guardedNames(open, (name) => existsSync(join(root, name)));
  const isRepository = statSync(join(root, ".git"), { throwIfNoEntry: false })?.isDirectory();
  // A folder that becomes a repository has settings that name programs; a file leads to such a folder.
  const own = names.map((name) =>
    isRepository === true ? name : name.replace(/^\.git\/.*/, ".git/"),
  );
  const others = otherLockfiles(root, new Set([root, real(projectFolder)]));
  const foreign = isProject ? [] : entriesOf(root);
  return [...new Set([...own.map((name) => join(root, name)), ...others, ...foreign])];
}

/** Where there is no project yet, what lies around is somebody's own. */
const ENTRIES_MAX = 2000;

function entriesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder);
  if (names.length <= ENTRIES_MAX) return names.map((name) => join(folder, name));
  throw new Failure(
    "usage",
    `${folder} is no project and holds ${String(names.length)} other things. Work in a folder of its own.`,
    { path: folder, limit: "ENTRIES_MAX" },
  );
}

function resolved(path: string, root: string, home: string): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : resolve(root, path);
}

function real(path: string): string {
  return trailOf(path)?.end ?? resolve(path);
}

function limitsOf({ limits }: SandboxPolicy): RoomLimits {
  return {
    processesMax: limits.processesMax,
    memoryBytesMax: limits.memoryMb * MEGABYTE,
    fileBytesMax: limits.fileMb * MEGABYTE,
    diskBytesMax: limits.diskMb * MEGABYTE,
    timeoutMs: limits.timeoutMs,
  };
}
