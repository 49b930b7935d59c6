import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { runChild } from "./child.ts";
import { clientContext, findClient, type FoundClient } from "./client-context.ts";
import { splitFlags, type Client } from "./clients/client.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { layEnvironment } from "./environment.ts";
import { exactRequests } from "./exact-requests.ts";
import { EXIT } from "./exit.ts";
import { withRunFolder, type OpenGate } from "./gated.ts";
import { runInstall } from "./install.ts";
import type { Io } from "./io.ts";
import { pathsFrom, type Environment } from "./paths.ts";
import { openSession, type Session } from "./session.ts";

/** Set for everything that runs behind a gate, so that a wrapped command inside uses the same one. */
export const GATE_VARIABLE = "VELN_GATE";

export function wrapCommand(name: string): Command {
  const client = CLIENTS.get(name);
  if (client === undefined) throw new Failure("usage", `Veln does not wrap ${name}.`);
  return {
    usage: `Usage: veln [options] ${name} [arguments of ${name}]

Runs ${name} with every package examined before one byte of it reaches the disk. Options of Veln stand
before "${name}"; everything after it belongs to ${name}.
`,
    run: (args, globals, io) => runWrapped(client, args, globals, io),
  };
}

async function runWrapped(
  named: Client,
  given: readonly string[],
  globals: GlobalOptions,
  io: Io,
): Promise<number> {
  const found = await findClient(named, io, pathsFrom(io.env).shims);
  if (found === undefined) {
    throw new Failure("usage", `${named.program} is not on your PATH. Install it and try again.`);
  }
  const { client, program } = found;
  const start = (args: readonly string[], env: Environment): Promise<number> =>
    runChild({ program, args, env, cwd: io.cwd, stdoutToStderr: globals.json });
  const { args, taken } = splitFlags(given, client.flags, client.handsOn);
  if (io.env[GATE_VARIABLE] !== undefined) return start(args, io.env);
  if (!client.isGated(args)) return start(given, io.env);

  const session = await openSession(globals, io, { flags: taken, refreshTrust: "meanwhile" });
  try {
    const setup = { withToken: client.sendsToken, askedExactly: exactRequests(args, io.cwd) };
    return await runInstall(session, globals, io, setup, (gate) =>
      runBehind({ gate, session, io }, found, args, start),
    );
  } finally {
    await session.close();
  }
}

async function runBehind(
  around: { readonly gate: OpenGate; readonly session: Session; readonly io: Io },
  found: FoundClient,
  args: readonly string[],
  start: (args: readonly string[], env: Environment) => Promise<number>,
): Promise<number> {
  const { gate, session, io } = around;
  return withRunFolder(join(session.paths.cache, "clients"), async (runFolder) => {
    const settings = await found.client.settings(clientContext(found, args, runFolder, around));
    const env = layEnvironment(io.env, { ...settings.env, [GATE_VARIABLE]: gate.url });
    try {
      if (settings.stop === undefined) return await start(settings.args, env);
      io.stderr.write(`veln: ${printable(settings.stop, 2000)}\n`);
      return EXIT.blocked;
    } finally {
      await settings.afterwards?.();
    }
  });
}
