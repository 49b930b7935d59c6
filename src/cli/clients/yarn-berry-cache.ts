import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { replaceFile } from "./mend.ts";

export interface CacheMove {
  /** The folder of this run that yarn filled through the gate. */
  readonly from: string;
  /** Where yarn keeps its archives otherwise. */
  readonly to: string;
  /** A cache in the project is part of the project; a shared one only has to hold what is in use. */
  readonly always: boolean;
  readonly folders: readonly string[];
}

const LOADERS = [".pnp.cjs", ".pnp.data.json"] as const;

/**
 * With Plug'n'Play a project runs from the archives in yarn's cache. The gate's run had an empty one,
 * so that everything was asked for; what came through goes where yarn would have put it, in place
 * of what may lie there, and the loader is told.
 */
export async function settleBerryCache(move: CacheMove): Promise<void> {
  const loaders = await loadersThatName(move);
  if (loaders.size === 0 && !move.always) return;
  await moveArchives(move);
  for (const [path, text] of loaders) {
    const folder = dirname(path);
    const wrong = `${relativeTo(folder, move.from)}/`;
    await replaceFile(
      path,
      text.replaceAll(wrong, () => `${relativeTo(folder, move.to)}/`),
    );
  }
}

async function loadersThatName({ from, folders }: CacheMove): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const path of folders.flatMap((folder) => LOADERS.map((name) => join(folder, name)))) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.includes(`${relativeTo(dirname(path), from)}/`)) found.set(path, text);
  }
  return found;
}

/** The loader marks addresses below itself with "./". */
function relativeTo(folder: string, target: string): string {
  const path = relative(folder, target);
  return path.startsWith("..") ? path : `./${path}`;
}

async function moveArchives({ from, to }: CacheMove): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  await mkdir(to, { recursive: true });
  // Scripts of the install can write here, too: a link of theirs would have us fetch what it names.
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (const name of files.filter((file) => file.endsWith(".zip") || file === ".gitignore")) {
    // The two may be on different disks; a reader of the old archive keeps the old one.
    const fresh = join(to, `${name}.veln-${randomBytes(6).toString("hex")}`);
    try {
      await copyFile(join(from, name), fresh);
      await rename(fresh, join(to, name));
    } finally {
      await rm(fresh, { force: true });
    }
  }
}
