import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { runChild } from "./child.ts";
import { clientContext, findClient, type FoundClient } from "./client-context.ts";
import { type Behind, runWith } from "./behind.ts";
import { splitFlags, type Client } from "./clients/client.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { exactRequests } from "./exact-requests.ts";
import { withRunFolder } from "./gated.ts";
import { runInstall } from "./install.ts";
import type { Io } from "./io.ts";
import { GATE_VARIABLE, outerEnvironment } from "./nesting.ts";
import { pathsFrom, type Environment } from "./paths.ts";
import type { Choice } from "./sandbox/choose.ts";
import type { Ran } from "./sandbox/enclosed.ts";
import { chooseHere } from "./sandbox/machine.ts";
import { openSession, type Session } from "./session.ts";

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
  around: Io,
): Promise<number> {
  const io = { ...around, env: outerEnvironment(around.env) };
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
    const isOwn = client.runsOwn(args, io.cwd);
    const choice = isOwn ? undefined : await chooseHere(session);
    const around = { session, io, choice, stdoutToStderr: globals.json };
    const setup = {
      withToken: client.sendsToken,
      askedExactly: exactRequests(args, io.cwd),
      servesScripts: choice?.isolation !== undefined,
    };
    return await runInstall(session, globals, io, setup, (gate) =>
      runBehind({ ...around, gate }, found, args),
    );
  } finally {
    await session.close();
  }
}

async function runBehind(
  around: Behind & { readonly session: Session; readonly choice: Choice | undefined },
  found: FoundClient,
  args: readonly string[],
): Promise<Ran> {
  const { session, choice } = around;
  return withRunFolder(join(session.paths.cache, "clients"), async (runFolder) => {
    const isEnclosed = choice?.isolation !== undefined;
    const context = clientContext(found, args, runFolder, { ...around, isEnclosed });
    const settings = await found.client.settings(context);
    try {
      return await runWith(settings, { ...around, runFolder, program: found.program });
    } finally {
      await settings.afterwards?.();
    }
  });
}
