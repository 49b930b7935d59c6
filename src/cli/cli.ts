import { Failure, messageOf } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, EXIT_OF_FAILURE } from "./exit.ts";
import { processIo, type Io } from "./io.ts";
import { parseGlobals } from "./options.ts";

export async function runCli(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    const failure = error instanceof Failure ? error : diskFailure(error);
    if (failure === undefined) throw error;
    return report(failure, wantsJson(argv), io);
  }
}

/** What a disk says when it takes nothing: errors of the machine's, wherever they come from. */
const DISK_ERRORS = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO", "EMFILE", "ENFILE"]);

function diskFailure(error: unknown): Failure | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code !== "string" || !DISK_ERRORS.has(code)) return undefined;
  const message = `Veln cannot keep its files: ${messageOf(error)}.`;
  return new Failure("store-unavailable", message, { rule: code }, error);
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const { leading, name, rest } = splitCommand(argv);
  const globals = parseGlobals(leading);
  if (name === undefined || name === "help") {
    const asked = name === "help" || globals.help;
    const text = rest.length === 0 ? (await import("./help.ts")).helpText() : await helpOn(rest);
    (asked ? io.stdout : io.stderr).write(text);
    return asked ? EXIT.fine : EXIT.usage;
  }
  const { command, args, wraps } = await loadCommand(name, rest);
  if (globals.help || (!wraps && args.some((arg) => arg === "--help" || arg === "-h"))) {
    io.stdout.write(command.usage);
    return EXIT.fine;
  }
  return command.run(args, globals, io);
}

async function helpOn([topic = "", ...rest]: readonly string[]): Promise<string> {
  if (topic === "policy") return (await import("./help.ts")).policyHelp();
  return (await loadCommand(topic, rest)).command.usage;
}

interface LoadedCommand {
  readonly command: Command;
  readonly args: readonly string[];
  readonly wraps: boolean;
}

async function loadCommand(name: string, args: readonly string[]): Promise<LoadedCommand> {
  const entry = COMMANDS.get(name);
  if (entry === undefined) {
    const known = [...COMMANDS.keys()].join(", ");
    throw new Failure(
      "usage",
      `"${printable(name, 40)}" is not a command of veln. There are: ${known}.`,
    );
  }
  const { wraps } = entry;
  const command = await entry.load();
  const own = args[0] === undefined ? undefined : await command.subcommand?.(args[0]);
  return own === undefined
    ? { command, args, wraps }
    : { command: own, args: args.slice(1), wraps };
}

/** After the name of a wrapped program `--json` is that program's. */
function wantsJson(argv: readonly string[]): boolean {
  const { leading, name, rest } = splitCommand(argv);
  const wraps = name !== undefined && COMMANDS.get(name)?.wraps === true;
  return leading.includes("--json") || (!wraps && rest.includes("--json"));
}

/** Everything before the first word is for us; `--policy` alone takes the word after it. */
function splitCommand(argv: readonly string[]): {
  leading: readonly string[];
  name: string | undefined;
  rest: readonly string[];
} {
  let index = 0;
  while (index < argv.length && argv[index]?.startsWith("-") === true) {
    index += argv[index] === "--policy" ? 2 : 1;
  }
  return { leading: argv.slice(0, index), name: argv[index], rest: argv.slice(index + 1) };
}

function report(failure: Failure, json: boolean, io: Io): number {
  if (json) {
    const { code, message, detail } = failure;
    io.stdout.write(`${JSON.stringify({ error: { code, message, ...detail } })}\n`);
  } else {
    io.stderr.write(`veln: ${printable(failure.message, 2000)}\n`);
  }
  return EXIT_OF_FAILURE[failure.code];
}
