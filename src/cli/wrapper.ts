import { realpathSync } from "node:fs";
import { chmod, mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, isFailure, messageOf } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { systemCodeOf } from "../platform/system-error.ts";
import { findOnPath } from "./child.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { pathsFrom } from "./paths.ts";

const USAGE = `Usage: veln wrapper on|off|status [--json]

Puts npm, npx, pnpm, yarn and bun behind the gate for whoever types them: "on" writes a small script
for each into a folder of Veln's own and prints the line that puts it first on your PATH; "off" takes
the scripts away; "status" says what is in force.
`;

/** Only files that begin like this are ours to overwrite or remove. */
const SHIM_MARK = "#!/bin/sh\n# Written by veln wrapper on; veln wrapper off removes it.\n";

export const wrapperCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const { values, positionals } = parseOptions(args, GLOBAL_OPTIONS);
    const globals = mergeGlobals(before, values);
    const { shims } = pathsFrom(io.env);
    const [verb, ...more] = positionals;
    if (more.length > 0 || verb === undefined || !["on", "off", "status"].includes(verb)) {
      throw new Failure("usage", "Say on, off or status: veln wrapper status.");
    }
    if (verb === "on") await orRefusal(shims, writeShims);
    if (verb === "off") await orRefusal(shims, removeShims);
    const status = await statusOf(shims, io);
    io.stdout.write(globals.json ? `${JSON.stringify(status)}\n` : describe(status));
    return EXIT.fine;
  },
};

interface WrapperStatus {
  readonly folder: string;
  readonly installed: readonly string[];
  /** Programs for which a shell would find the shim before anything else. */
  readonly inForce: readonly string[];
}

/** All or none: a folder with somebody else's file in it is left as it was. */
async function writeShims(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const veln = fileURLToPath(new URL("../../bin/veln.cjs", import.meta.url));
  const shims = [...CLIENTS.keys()].map((name) => ({ name, path: join(folder, name) }));
  for (const { path } of shims) await refuseForeign(path);
  for (const { name, path } of shims) {
    const command = [process.execPath, ...process.execArgv, veln].map(quoted).join(" ");
    const script = `${SHIM_MARK}exec ${command} ${name} "$@"\n`;
    await writeFile(path, script);
    await chmod(path, 0o755);
  }
}

async function refuseForeign(path: string): Promise<void> {
  if ((await ownerOf(path)) !== "foreign") return;
  throw new Failure("bad-config", `${path} was not written by Veln. Move it away and try again.`, {
    path,
  });
}

async function removeShims(folder: string): Promise<void> {
  for (const name of CLIENTS.keys()) {
    const path = join(folder, name);
    if ((await ownerOf(path)) === "ours") await rm(path);
  }
  // Whatever else lies there is somebody's; the folder then stays.
  await rmdir(folder).catch(() => undefined);
}

async function ownerOf(path: string): Promise<"ours" | "foreign" | "absent"> {
  try {
    return (await readFile(path, "utf8")).startsWith(SHIM_MARK) ? "ours" : "foreign";
  } catch (error) {
    return systemCodeOf(error) === "ENOENT" ? "absent" : "foreign";
  }
}

/** An operating error of the disk, as a sentence. */
async function orRefusal(folder: string, work: (folder: string) => Promise<void>): Promise<void> {
  try {
    await work(folder);
  } catch (error) {
    if (isFailure(error) || systemCodeOf(error) === undefined) throw error;
    const why = printable(messageOf(error), 200);
    throw new Failure(
      "bad-config",
      `${folder} cannot be changed: ${why}.`,
      { path: folder },
      error,
    );
  }
}

async function statusOf(folder: string, io: Io): Promise<WrapperStatus> {
  const installed: string[] = [];
  for (const name of CLIENTS.keys()) {
    if ((await ownerOf(join(folder, name))) === "ours") installed.push(name);
  }
  const inForce = installed.filter((name) => isFoundFirst(join(folder, name), name, io));
  return { folder, installed, inForce };
}

function isFoundFirst(shim: string, name: string, io: Io): boolean {
  const found = findOnPath(name, io.env, undefined);
  return found !== undefined && realpathSync(found) === realpathSync(shim);
}

function describe({ folder, installed, inForce }: WrapperStatus): string {
  if (installed.length === 0) return "The wrapper is off.\n";
  if (inForce.length === installed.length) return `The wrapper is on for ${inForce.join(", ")}.\n`;
  return `The scripts for ${installed.join(", ")} are in place, but a shell does not find them first.
Put this line at the end of your shell's profile and open a new shell:

  export PATH=${quoted(folder)}${delimiter}"$PATH"
`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
