import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * The package managers of `test/clients/package.json`, installed once for a lockfile. Each has a
 * folder with its commands and nothing else, to be put on a PATH.
 */
export type TestClient = "npm" | "pnpm-10" | "pnpm-12" | "yarn" | "berry" | "bun";

const PINNED = fileURLToPath(new URL("../clients/", import.meta.url));
const CACHE = fileURLToPath(
  new URL("../../node_modules/.cache/veln-test-clients/", import.meta.url),
);
const INSTALL_TIMEOUT_MS = 300_000;
const LOOK_AGAIN_MS = 250;

/** Command → file below node_modules; `*` stands for the build that fits this machine. */
const COMMANDS: Readonly<Record<TestClient, Readonly<Record<string, string>>>> = {
  npm: { npm: "npm/bin/npm-cli.js", npx: "npm/bin/npx-cli.js" },
  "pnpm-10": { pnpm: "pnpm/bin/pnpm.cjs" },
  "pnpm-12": { pnpm: "@pnpm/*/pnpm" },
  yarn: { yarn: "yarn/bin/yarn.js" },
  berry: { yarn: "@yarnpkg/cli-dist/bin/yarn.js" },
  bun: { bun: "@oven/*/bin/bun" },
};

/** The folder to put on a PATH. The first call on a checkout asks the npm registry. */
export async function clientFolder(client: TestClient): Promise<string> {
  return join(await installed(), "bin", client);
}

async function installed(): Promise<string> {
  const lockfile = await readFile(join(PINNED, "package-lock.json"));
  const folder = join(CACHE, hash("sha256", lockfile, "hex").slice(0, 16));
  await mkdir(CACHE, { recursive: true });
  while (!existsSync(folder)) await installOrWait(folder);
  return folder;
}

/** Test files run side by side: the first one installs, the others wait for the finished folder. */
async function installOrWait(folder: string): Promise<void> {
  const lock = `${folder}.lock`;
  try {
    await mkdir(lock);
  } catch {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_AGAIN_MS);
    });
    return;
  }
  try {
    if (!existsSync(folder)) await install(folder);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function install(folder: string): Promise<void> {
  const unfinished = await mkdtemp(`${folder}.new-`);
  for (const file of ["package.json", "package-lock.json"]) {
    await copyFile(join(PINNED, file), join(unfinished, file));
  }
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await promisify(execFile)("npm", args, { cwd: unfinished, timeout: INSTALL_TIMEOUT_MS });
  for (const [client, commands] of Object.entries(COMMANDS)) {
    const bin = join(unfinished, "bin", client);
    await mkdir(bin, { recursive: true });
    for (const [command, path] of Object.entries(commands)) {
      const target = join(unfinished, "node_modules", await fitting(unfinished, path));
      await symlink(relative(bin, target), join(bin, command));
    }
  }
  await rename(unfinished, folder);
}

/** Where npm installed several builds (glibc and musl), the first by name is the plain one. */
async function fitting(folder: string, path: string): Promise<string> {
  const [scope, rest] = path.split("/*/");
  if (scope === undefined || rest === undefined) return path;
  const [build] = (await readdir(join(folder, "node_modules", scope))).sort();
  if (build === undefined) throw new Error(`no build of ${path} fits this machine`);
  return `${scope}/${build}/${rest}`;
}
