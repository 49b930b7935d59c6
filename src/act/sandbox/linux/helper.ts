import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, lstat, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../../model/failure.ts";
import { systemFiles } from "../../../platform/files.ts";
import { type FindProgram, findSystemProgram } from "./system-program.ts";

/**
 * The native helper of `room/`: built from its source on first use, kept in Veln's cache under a name
 * that says which source and which flags it was made of.
 */

export type Helper =
  | { readonly kind: "ready"; readonly path: string }
  | { readonly kind: "missing"; readonly why: string; readonly remedy: string };

/** The same place seen from `src` and from `dist`. */
const SOURCE_FOLDER = fileURLToPath(
  new URL("../../../../src/act/sandbox/linux/room/", import.meta.url),
);
const SOURCES = [
  "main.c",
  "instructions.c",
  "keeper.c",
  "inside.c",
  "watch.c",
  "reports.c",
  "relay.c",
  "landlock.c",
  "probe.c",
];
const HEADERS = ["room.h"];
const FLAGS = [
  "-std=gnu11",
  "-O2",
  "-pthread",
  "-Wall",
  "-Wextra",
  "-fstack-protector-strong",
  "-D_FORTIFY_SOURCE=2",
];
const BUILD_TIMEOUT_MS = 60_000;
const ANY_OTHER_MAY_WRITE = 0o022;

/** @param folder where built helpers are kept; made when it is missing */
export async function findOrBuildHelper(
  folder: string,
  find: FindProgram = findSystemProgram,
): Promise<Helper> {
  const path = join(folder, `room-${await digestOfSource()}`);
  if (await isOurs(path)) return { kind: "ready", path };
  const compiler = find("cc", "gcc", "clang");
  if (compiler === undefined) {
    return {
      kind: "missing",
      why: "There is no C compiler to build Veln's helper with.",
      remedy: "Install gcc (or clang) and the C library's headers, such as libc6-dev.",
    };
  }
  return await build(compiler, folder, path);
}

async function digestOfSource(): Promise<string> {
  const hash = createHash("sha256").update(FLAGS.join(" "));
  for (const name of [...HEADERS, ...SOURCES]) {
    hash.update(`\0${name}\0`).update(await readFile(join(SOURCE_FOLDER, name)));
  }
  return hash.digest("hex").slice(0, 32);
}

/** A file of ours that nobody else can have changed. */
async function isOurs(path: string): Promise<boolean> {
  try {
    const about = await lstat(path);
    return (
      about.isFile() &&
      about.uid === process.geteuid?.() &&
      (about.mode & ANY_OTHER_MAY_WRITE) === 0 &&
      (about.mode & 0o100) !== 0
    );
  } catch {
    return false;
  }
}

async function build(compiler: string, folder: string, path: string): Promise<Helper> {
  await systemFiles.makeFolder(folder);
  const workshop = await mkdtemp(join(folder, "build-"));
  try {
    const built = join(workshop, "room");
    const sources = SOURCES.map((name) => join(SOURCE_FOLDER, name));
    await run(compiler, [...FLAGS, "-o", built, ...sources], workshop);
    await chmod(built, 0o700);
    await rename(built, path);
    return { kind: "ready", path };
  } catch (error) {
    return {
      kind: "missing",
      why: `Veln's helper could not be built: ${messageOf(error)}`,
      remedy:
        "Install the C library's headers, such as libc6-dev, or report what the compiler says.",
    };
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[], workshop: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile(
      program,
      args,
      {
        cwd: workshop,
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TMPDIR: workshop },
        timeout: BUILD_TIMEOUT_MS,
      },
      (error, _output, complaint) => {
        if (error === null) resolve();
        else reject(new Error(complaint.trim().split("\n")[0] ?? error.message));
      },
    );
  });
}
