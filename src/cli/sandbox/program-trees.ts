import { type Dirent, readdirSync, readlinkSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve, sep } from "node:path";
import type { Environment } from "../paths.ts";
import { SYSTEM_PROGRAMS } from "./system-trees.ts";
import { isWithin, isWithinAny, trailOf, type TreeList } from "./trees.ts";

/** Of one folder; a folder with more is none that a person put on a PATH. */
const PROGRAMS_MAX = 4000;

/** Where programs look for their own things, beside `bin`. Not `share` and not `etc`: see ~/.local. */
const BESIDE_BIN: readonly string[] = ["bin", "lib", "lib64", "libexec", "include"];

/** Programs that choose another program to start; variable of its folder, and where it is by default. */
const VERSION_MANAGERS: readonly (readonly [variable: string, byDefault: string])[] = [
  ["NVM_DIR", ".nvm"],
  ["VOLTA_HOME", ".volta"],
  ["FNM_DIR", ".local/share/fnm"],
  ["ASDF_DATA_DIR", ".asdf"],
  ["MISE_DATA_DIR", ".local/share/mise"],
  ["NODENV_ROOT", ".nodenv"],
  ["PYENV_ROOT", ".pyenv"],
  ["RBENV_ROOT", ".rbenv"],
  ["BUN_INSTALL", ".bun"],
  ["PNPM_HOME", ".local/share/pnpm"],
  ["RUSTUP_HOME", ".rustup"],
  ["HOMEBREW_PREFIX", "/home/linuxbrew/.linuxbrew"],
];

/** Its shims lie anywhere, and start what it has fetched. */
const COREPACK = { shim: `${sep}corepack${sep}`, variable: "COREPACK_HOME" } as const;
const COREPACK_FOLDER = ".cache/node/corepack";

/** Windows' own programs under WSL: they would run outside of every room. */
const WINDOWS_DRIVE = /^\/mnt\/[a-z](?:\/|$)/;

/**
 * The folders of PATH, the files that their links lead to, and what these programs are made of. The
 * home folder itself never comes in that way, wherever its owner keeps programs.
 */
export function addPrograms(trees: TreeList, env: Environment, home: string): void {
  const managers = managersOf(env, home);
  const folders = (env["PATH"] ?? "").split(delimiter).filter((path) => path.startsWith(sep));
  for (const folder of new Set(folders)) {
    const real = trailOf(folder)?.end;
    if (real === undefined || WINDOWS_DRIVE.test(real) || isWithin(home, real)) continue;
    trees.read(folder, ...treesOf(join(real, "any"), home, managers));
    for (const link of linksOutOf(real)) {
      const program = trailOf(link)?.end;
      if (program === undefined || WINDOWS_DRIVE.test(program)) continue;
      trees.read(link, ...treesOf(program, home, managers));
      if (isCorepack(program)) trees.read(folderOf(env, COREPACK.variable, COREPACK_FOLDER, home));
    }
  }
}

/** Whether what answers to this name is chosen, and fetched if need be, by Node's Corepack. */
export function isCorepack(program: string): boolean {
  return trailOf(program)?.end.includes(COREPACK.shim) === true;
}

function managersOf(env: Environment, home: string): readonly string[] {
  return VERSION_MANAGERS.flatMap(([variable, byDefault]) => {
    const real = trailOf(folderOf(env, variable, byDefault, home))?.end;
    return real === undefined || isWithin(home, real) ? [] : [real];
  });
}

function folderOf(env: Environment, variable: string, byDefault: string, home: string): string {
  const given = env[variable];
  return given?.startsWith(sep) === true ? given : resolve(home, byDefault);
}

/** Of the thousands of a distribution's own folders hardly one leads out of them. */
const FULL_OF_LINKS = new Set(["/usr/bin", "/usr/sbin"]);

function linksOutOf(folder: string): readonly string[] {
  if (FULL_OF_LINKS.has(folder)) return [];
  return entriesOf(folder)
    .slice(0, PROGRAMS_MAX)
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => join(folder, entry.name))
    .filter((link) => {
      const target = resolve(folder, readlinkSync(link));
      return !isWithinAny(target, [folder, ...SYSTEM_PROGRAMS]);
    });
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** @param program without symbolic links */
function treesOf(program: string, home: string, managers: readonly string[]): readonly string[] {
  const manager = managers.find((folder) => isWithin(program, folder));
  if (manager !== undefined) return [manager];
  const modules = program.indexOf(`${sep}node_modules${sep}`);
  if (modules !== -1) return [program.slice(0, modules + `${sep}node_modules`.length)];
  const folder = dirname(program);
  const prefix = dirname(folder);
  if (isWithin(home, folder)) return [program];
  if (basename(folder) !== "bin" || isWithin(home, prefix)) return [folder];
  return BESIDE_BIN.map((name) => join(prefix, name));
}
