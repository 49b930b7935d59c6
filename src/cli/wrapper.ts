import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../model/failure.ts";
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
    if (verb === "on") await writeShims(shims);
    if (verb === "off") await removeShims(shims);
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

async function writeShims(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const veln = fileURLToPath(new URL("../../bin/veln.cjs", import.meta.url));
  for (const name of CLIENTS.keys()) {
    const path = join(folder, name);
    if ((await isOurs(path)) === "foreign") {
      throw new Failure(
        "bad-config",
        `${path} was not written by Veln. Move it away and try again.`,
        { path },
      );
    }
    const script = `${SHIM_MARK}exec ${quoted(process.execPath)} ${quoted(veln)} ${name} "$@"\n`;
    await writeFile(path, script, { mode: 0o755 });
  }
}

async function removeShims(folder: string): Promise<void> {
  for (const name of CLIENTS.keys()) {
    const path = join(folder, name);
    if ((await isOurs(path)) === "ours") await rm(path);
  }
  // Whatever else lies there is somebody's; the folder then stays.
  await rmdir(folder).catch(() => undefined);
}

async function isOurs(path: string): Promise<"ours" | "foreign" | "absent"> {
  try {
    return (await readFile(path, "utf8")).startsWith(SHIM_MARK) ? "ours" : "foreign";
  } catch {
    return "absent";
  }
}

async function statusOf(folder: string, io: Io): Promise<WrapperStatus> {
  const present: readonly string[] = await readdir(folder).catch(() => []);
  const installed = [...CLIENTS.keys()].filter((name) => present.includes(name));
  const inForce = installed.filter((name) => findOnPath(name, io.env, "") === join(folder, name));
  return { folder, installed, inForce };
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
