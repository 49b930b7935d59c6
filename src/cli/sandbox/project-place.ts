import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isJsonObject, parseJson } from "../../model/canonical.ts";
import { isWithin, trailOf } from "./trees.ts";

/** Where a package manager works. All paths are without symbolic links. */
export interface ProjectPlace {
  /** The workspace it belongs to, or the project itself, or the folder alone where neither is. */
  readonly root: string;
  /** Whether there is a project at all; otherwise what lies in the folder is somebody's own. */
  readonly isProject: boolean;
  /** The folder of the repository around it. */
  readonly repository: string | undefined;
}

/**
 * As package managers look for it, upward from where they are told to work, but never as far as the
 * home folder and never into a folder of another user's: what lies in /tmp may be anybody's.
 */
export function projectPlace(folder: string, home: string): ProjectPlace {
  const start = trailOf(folder)?.end ?? folder;
  const folders = ownFoldersUpward(start, home);
  const repository = folders.find((path) => existsSync(join(path, ".git")));
  const inside =
    repository === undefined ? folders : folders.slice(0, folders.indexOf(repository) + 1);
  const project = inside.find(isProject);
  if (project === undefined) return { root: start, isProject: false, repository };
  const above = inside.slice(inside.indexOf(project));
  return { root: above.findLast(isWorkspace) ?? project, isProject: true, repository };
}

function ownFoldersUpward(start: string, home: string): readonly string[] {
  const owner = ownerOf(start);
  const folders: string[] = [];
  for (let folder = start; !isWithin(home, folder); folder = dirname(folder)) {
    if (ownerOf(folder) !== owner) break;
    folders.push(folder);
    if (folder === dirname(folder)) break;
  }
  return folders;
}

function ownerOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.uid;
}

function isProject(folder: string): boolean {
  const marks = ["package.json", "package.json5", "package.yaml", "node_modules"];
  return marks.some((name) => existsSync(join(folder, name)));
}

function isWorkspace(folder: string): boolean {
  if (existsSync(join(folder, "pnpm-workspace.yaml"))) return true;
  return readManifest(join(folder, "package.json"))?.["workspaces"] !== undefined;
}

/** A manifest is small; what is larger is no project's. */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

function readManifest(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    if (statSync(path).size > MANIFEST_BYTES_MAX) return undefined;
    const json = parseJson(readFileSync(path, "utf8"));
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
