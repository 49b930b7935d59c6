import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ClientNeeds } from "./client.ts";

const GLOBAL_FLAGS = new Set(["-g", "--global", "--location=global"]);

export function isGlobal(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).some((arg) => GLOBAL_FLAGS.has(arg));
}

/**
 * What a global install may change: the folder of global packages and the one of their programs, but not
 * the packages and programs that are there already, unless the command names them. Programs that are
 * links lead to global packages and are laid anew with them.
 */
export function globalNeeds(
  modules: string,
  programs: string,
  args: readonly string[],
): ClientNeeds {
  const named = new Set(args.map((arg) => arg.replace(/(?<=.)@.*$/, "")));
  const all = args.filter((arg) => !arg.startsWith("-")).length < 2;
  const packages = namesIn(modules).filter((name) => !all && !named.has(name));
  const files = entriesOf(programs).filter((entry) => !entry.isSymbolicLink());
  return {
    writable: [modules, programs],
    guarded: [
      ...packages.map((name) => join(modules, name)),
      ...files.map(({ name }) => join(programs, name)),
    ],
    isElsewhere: true,
  };
}

function namesIn(modules: string): readonly string[] {
  return entriesOf(modules)
    .filter(({ name }) => !name.startsWith("."))
    .flatMap(({ name }) =>
      name.startsWith("@")
        ? entriesOf(join(modules, name)).map((entry) => `${name}/${entry.name}`)
        : [name],
    );
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
