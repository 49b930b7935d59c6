import { printable } from "../model/printable.ts";
import { runChild } from "./child.ts";
import type { ClientSettings } from "./clients/client.ts";
import { layEnvironment } from "./environment.ts";
import { EXIT } from "./exit.ts";
import type { OpenGate } from "./gated.ts";
import type { Io } from "./io.ts";
import { GATE_VARIABLE, withOuter } from "./nesting.ts";
import type { Environment } from "./paths.ts";
import type { Choice } from "./sandbox/choose.ts";
import { ranFreely, runEnclosed, type Ran } from "./sandbox/enclosed.ts";
import type { Session } from "./session.ts";

/** What stands around a command while it runs. */
export interface Behind {
  readonly gate: OpenGate;
  readonly session: Session;
  readonly io: Io;
  /** Undefined for what is the user's own and runs as such. */
  readonly choice: Choice | undefined;
  readonly stdoutToStderr: boolean;
}

/** Runs a program behind the gate, sandboxed where that was chosen. */
export async function runWith(
  settings: ClientSettings,
  around: Behind & { readonly runFolder: string; readonly program: string },
): Promise<Ran> {
  const { gate, session, io, choice, runFolder, program, stdoutToStderr } = around;
  if (settings.stop !== undefined) {
    io.stderr.write(`veln: ${printable(settings.stop, 2000)}\n`);
    return { code: EXIT.blocked, sandbox: undefined };
  }
  const ours = { ...settings.env, [GATE_VARIABLE]: gate.url };
  const { args } = settings;
  const run = (env: Environment): Promise<number> =>
    runChild({ program, args, env, cwd: io.cwd, stdoutToStderr });
  if (choice === undefined) {
    const env = withOuter(io.env, layEnvironment(io.env, settings.env));
    return { code: await run(env), sandbox: undefined };
  }
  if (choice.isolation === undefined) {
    return { code: await run(layEnvironment(io.env, ours)), sandbox: ranFreely(choice, io.cwd) };
  }
  return runEnclosed(
    { ...choice, isolation: choice.isolation },
    {
      program,
      args,
      cwd: io.cwd,
      userEnvironment: io.env,
      shims: session.paths.shims,
      settings: { ...settings, env: ours },
      policy: session.policy.sandbox,
      gateUrl: gate.url,
      runFolder,
      installed: gate.installed,
      upstream: session.npmConfig.proxy,
      stdoutToStderr,
    },
  );
}
