import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { findOnPath, runChild } from "./child.ts";
import { clientContext, findClient } from "./client-context.ts";
import type { ClientSettings } from "./clients/client.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Command } from "./command.ts";
import { layEnvironment } from "./environment.ts";
import { EXIT } from "./exit.ts";
import { withRunFolder, type OpenGate } from "./gated.ts";
import { runInstall } from "./install.ts";
import type { Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { pathsFrom, type Environment } from "./paths.ts";
import { openSession, type Session } from "./session.ts";
import { GATE_VARIABLE } from "./wrap.ts";

const USAGE = `Usage: veln run [--no-gate] -- COMMAND [arguments]

Runs any command with npm, pnpm, yarn and bun led to the gate by environment, for scripts that call
them. Prefer "veln npm …" where you can: it sees the command line as well, and refuses flags that
would lead past the gate.

  --no-gate       run it as it is
`;

export const runCommand: Command = {
  usage: USAGE,
  async run(given, before, io) {
    const end = given.indexOf("--");
    const [name, ...args] = end === -1 ? [] : given.slice(end + 1);
    if (name === undefined) throw new Failure("usage", "Say what to run: veln run -- COMMAND.");
    const options = { ...GLOBAL_OPTIONS, "no-gate": { type: "boolean" } } as const;
    const { values } = parseOptions(given.slice(0, end), options, false);
    if (values.help === true) {
      io.stdout.write(USAGE);
      return 0;
    }
    const globals = mergeGlobals(before, values);
    const program = programOf(name, io);
    const start = (env: Environment): Promise<number> =>
      runChild({ program, args, env, cwd: io.cwd, stdoutToStderr: globals.json });
    if (values["no-gate"] === true || io.env[GATE_VARIABLE] !== undefined) return start(io.env);

    const session = await openSession(globals, io, { refreshTrust: "meanwhile" });
    try {
      return await runInstall(session, globals, io, { withToken: false }, (gate) =>
        runBehind({ gate, session, io }, start),
      );
    } finally {
      await session.close();
    }
  },
};

function programOf(name: string, io: Io): string {
  const found = name.includes("/") ? name : findOnPath(name, io.env, pathsFrom(io.env).shims);
  if (found === undefined) throw new Failure("usage", `${name} is not on your PATH.`);
  return found;
}

/** Every package manager that is on the PATH gets its settings; none of them knows the others'. */
async function runBehind(
  around: { readonly gate: OpenGate; readonly session: Session; readonly io: Io },
  start: (env: Environment) => Promise<number>,
): Promise<number> {
  const { gate, session, io } = around;
  return withRunFolder(join(session.paths.cache, "clients"), async (runFolder) => {
    const all: ClientSettings[] = [];
    try {
      for (const client of CLIENTS.values()) {
        // What `npx` needs, the settings of npm have said.
        if (client.family !== client.program) continue;
        const found = await findClient(client, io, session.paths.shims);
        if (found === undefined) continue;
        all.push(await found.client.settings(clientContext(found, [], runFolder, around)));
      }
      const stop = all.find((settings) => settings.stop !== undefined)?.stop;
      if (stop !== undefined) {
        io.stderr.write(`veln: ${printable(stop, 2000)}\n`);
        return EXIT.blocked;
      }
      const ours = Object.assign({}, ...all.map(({ env }) => env), { [GATE_VARIABLE]: gate.url });
      return await start(layEnvironment(io.env, ours));
    } finally {
      for (const { afterwards } of all) await afterwards?.();
    }
  });
}
