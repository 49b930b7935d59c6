import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const FOLDER_FLAGS = new Set(["--cwd", "--dir", "-C", "--prefix"]);

/** Where a client works, by its own flag, and every folder above that may still be the project's. */
export function foldersUpward(args: readonly string[], cwd: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = projectFolder(args, cwd); ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === dirname(folder) || existsSync(join(folder, ".git"))) return folders;
  }
}

/** Where a client was told to work, or where it stands. */
export function projectFolder(args: readonly string[], cwd: string): string {
  const at = args.findIndex((arg) => FOLDER_FLAGS.has(arg.split("=", 1)[0] ?? ""));
  if (at === -1) return cwd;
  const arg = args[at] ?? "";
  const value = arg.includes("=") ? arg.slice(arg.indexOf("=") + 1) : (args[at + 1] ?? ".");
  return resolve(cwd, value);
}

/** The nearest of them that holds a file of this name. */
export function nearest(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
