import { execFile } from "node:child_process";
import { copyFileSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SOURCES = fileURLToPath(new URL("programs/", import.meta.url));

/** One folder with every program in it, compiled. */
export interface Programs {
  readonly folder: string;
  /** Runs the scripts. */
  readonly node: string;
}

export async function compilePrograms(): Promise<Programs & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), "veln-escape-programs-"));
  for (const source of globSync("*.c", { cwd: SOURCES })) {
    const program = join(folder, basename(source, ".c"));
    await promisify(execFile)("cc", [
      "-Wall",
      "-Werror",
      "-O1",
      "-o",
      program,
      join(SOURCES, source),
    ]);
  }
  for (const script of globSync("*.mjs", { cwd: SOURCES })) {
    copyFileSync(join(SOURCES, script), join(folder, script));
  }
  copyFileSync(join(folder, "processes"), join(folder, "setuid"));
  return {
    folder,
    node: process.execPath,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The command line of an attempt: a compiled program, or a script with Node before it. */
export function commandLine(
  programs: Programs,
  program: string,
  args: readonly string[],
): readonly string[] {
  const path = join(programs.folder, program);
  return program.endsWith(".mjs") ? [programs.node, path, ...args] : [path, ...args];
}
