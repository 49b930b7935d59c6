import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { type Behind, runWith } from "./behind.ts";
import { findOnPath, runChild } from "./child.ts";
import { clientContext, findClient } from "./client-context.ts";
import type { ClientSettings } from "./clients/client.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Command } from "./command.ts";
import { withRunFolder } from "./gated.ts";
import { runInstall } from "./install.ts";
import type { Io } from "./io.ts";
import { GATE_VARIABLE, outerEnvironment } from "./nesting.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { pathsFrom } from "./paths.ts";
import type { Choice } from "./sandbox/choose.ts";
import type { Ran } from "./sandbox/enclosed.ts";
import { chooseHere } from "./sandbox/machine.ts";
import { openSession } from "./session.ts";

const USAGE = `Usage: veln run [--no-gate] [--no-sandbox] -- COMMAND [arguments]

Runs any command with npm, pnpm, yarn and bun led to the gate by environment, for scripts that call
them, and in a sandbox: it may change the project and nothing else, and reaches the gate alone. Prefer
"veln npm …" where you can: it sees the command line as well, and refuses flags that would lead past
the gate.

  --no-gate       run it as it is, without gate and sandbox
  --no-sandbox    behind the gate, but with your own rights
`;

export const runCommand: Command = {
  usage: USAGE,
  async run(given, before, around) {
    const io = { ...around, env: outerEnvironment(around.env) };
    const end = given.indexOf("--");
    const [name, ...args] = end === -1 ? [] : given.slice(end + 1);
    if (name === undefined) throw new Failure("usage", "Say what to run: veln run -- COMMAND.");
    const options = {
      ...GLOBAL_OPTIONS,
      "no-gate": { type: "boolean" },
      "no-sandbox": { type: "boolean" },
    } as const;
    const { values } = parseOptions(given.slice(0, end), options, false);
    if (values.help === true) {
      io.stdout.write(USAGE);
      return 0;
    }
    const globals = mergeGlobals(before, values);
    const program = programOf(name, io);
    if (values["no-gate"] === true || io.env[GATE_VARIABLE] !== undefined) {
      return runChild({ program, args, env: io.env, cwd: io.cwd, stdoutToStderr: globals.json });
    }
    const session = await openSession(globals, io, { refreshTrust: "meanwhile" });
    try {
      const choice = values["no-sandbox"] === true ? FREELY : await chooseHere(session);
      const around = { session, io, choice, stdoutToStderr: globals.json };
      const setup = { withToken: false, servesScripts: choice.isolation !== undefined };
      return await runInstall(session, globals, io, setup, (gate) =>
        runBehind({ ...around, gate }, program, args),
      );
    } finally {
      await session.close();
    }
  },
};

/** As `--no-sandbox` says. */
const FREELY: Choice = { mode: "off", isolation: undefined, lacks: [] };

function programOf(name: string, io: Io): string {
  const found = name.includes("/") ? name : findOnPath(name, io.env, pathsFrom(io.env).shims);
  if (found === undefined) throw new Failure("usage", `${name} is not on your PATH.`);
  return found;
}

/** Every package manager that is on the PATH gets its settings; none of them knows the others'. */
async function runBehind(
  around: Behind & { readonly choice: Choice },
  program: string,
  args: readonly string[],
): Promise<Ran> {
  const { session, io, choice } = around;
  return withRunFolder(join(session.paths.cache, "clients"), async (runFolder) => {
    const all: ClientSettings[] = [];
    try {
      for (const client of CLIENTS.values()) {
        // What `npx` needs, the settings of npm have said.
        if (client.family !== client.program) continue;
        const found = await findClient(client, io, session.paths.shims);
        if (found === undefined) continue;
        const isEnclosed = choice.isolation !== undefined;
        const context = clientContext(found, [], runFolder, { ...around, isEnclosed });
        all.push(await found.client.settings(context));
      }
      return await runWith(together(all, args), { ...around, runFolder, program });
    } finally {
      for (const { afterwards } of all) await afterwards?.();
    }
  });
}

function together(all: readonly ClientSettings[], args: readonly string[]): ClientSettings {
  const stop = all.find((settings) => settings.stop !== undefined)?.stop;
  return {
    args,
    env: Object.fromEntries(all.flatMap(({ env }) => Object.entries(env))),
    needs: { writable: all.flatMap(({ needs }) => needs?.writable ?? []) },
    ...(stop === undefined ? {} : { stop }),
  };
}
