import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { LOCKFILES } from "../../act/sandbox/guards.ts";

/** Projects within projects, such as examples, lie near the top; a search costs time at every start. */
const FOLDERS_MAX = 400;
const DEPTH_MAX = 3;

const PASSED_OVER = new Set(["node_modules", ".git", ".yarn"]);

/**
 * Lockfiles below a project that are other projects': whoever installs there later gets what they say.
 *
 * @param own the folders whose lockfiles the package manager may write
 */
export function otherLockfiles(root: string, own: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  let level: readonly string[] = [root];
  let foldersLeft = FOLDERS_MAX;
  for (let depth = 0; depth <= DEPTH_MAX && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level.slice(0, foldersLeft)) {
      const entries = entriesOf(folder);
      const locks = entries.filter(({ name }) => LOCKFILES.includes(name));
      if (!own.has(folder)) found.push(...locks.map(({ name }) => join(folder, name)));
      const below = entries.filter((entry) => entry.isDirectory() && !PASSED_OVER.has(entry.name));
      next.push(...below.map(({ name }) => join(folder, name)));
    }
    foldersLeft -= Math.min(foldersLeft, level.length);
    level = next;
  }
  return found;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
