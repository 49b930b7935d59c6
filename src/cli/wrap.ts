import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { findOnPath, runChild } from "./child.ts";
import { splitFlags, type Client } from "./clients/client.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { layEnvironment } from "./environment.ts";
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
  client: Client,
  given: readonly string[],
  globals: GlobalOptions,
  io: Io,
): Promise<number> {
  const program = programOf(client, io);
  const start = (args: readonly string[], env: Environment): Promise<number> =>
    runChild({ program, args, env, cwd: io.cwd, stdoutToStderr: globals.json });
  const { args, taken } = splitFlags(given, client.flags);
  if (io.env[GATE_VARIABLE] !== undefined) return start(args, io.env);
  if (!client.isGated(args)) return start(given, io.env);

  const session = await openSession(globals, io, { flags: taken });
  try {
    return await runInstall(session, globals, io, { withToken: client.sendsToken }, (gate) =>
      runBehind(gate, client, args, session, io, start),
    );
  } finally {
    await session.close();
  }
}

async function runBehind(
  gate: OpenGate,
  client: Client,
  args: readonly string[],
  session: Session,
  io: Io,
  start: (args: readonly string[], env: Environment) => Promise<number>,
): Promise<number> {
  const clientsFolder = join(session.paths.cache, "clients");
  return withRunFolder(clientsFolder, async (runFolder) => {
    const settings = await client.settings({
      args,
      env: io.env,
      cwd: io.cwd,
      policy: session.policy,
      gateUrl: gate.url,
      token: gate.token,
      scopes: [...session.npmConfig.scopes.keys()],
      runFolder,
      keptFolder: join(clientsFolder, client.program),
      admit: gate.admit,
    });
    const env = layEnvironment(io.env, { ...settings.env, [GATE_VARIABLE]: gate.url });
    try {
      return await start(settings.args, env);
    } finally {
      await settings.afterwards?.();
    }
  });
}

function programOf(client: Client, io: Io): string {
  const program = findOnPath(client.program, io.env, pathsFrom(io.env).shims);
  if (program !== undefined) return program;
  throw new Failure("usage", `${client.program} is not on your PATH. Install it and try again.`);
}
