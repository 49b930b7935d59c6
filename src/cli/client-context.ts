import { join } from "node:path";
import { findOnPath } from "./child.ts";
import type { Client, ClientContext } from "./clients/client.ts";
import type { OpenGate } from "./gated.ts";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";

/** A package manager that is on the user's PATH, with the program of its name already told apart. */
export interface FoundClient {
  readonly client: Client;
  readonly program: string;
}

export async function findClient(
  named: Client,
  io: Io,
  shims: string,
): Promise<FoundClient | undefined> {
  const program = findOnPath(named.program, io.env, shims);
  if (program === undefined) return undefined;
  const client = (await named.variant?.(program, io.env, io.cwd)) ?? named;
  return { client, program };
}

/** What a client is started in. */
export interface Surroundings {
  readonly gate: OpenGate;
  readonly session: Session;
  readonly io: Io;
  readonly isEnclosed: boolean;
}

export function clientContext(
  { client, program }: FoundClient,
  args: readonly string[],
  runFolder: string,
  { gate, session, io, isEnclosed }: Surroundings,
): ClientContext {
  return {
    isEnclosed,
    program,
    args,
    env: io.env,
    cwd: io.cwd,
    policy: session.policy,
    gateUrl: gate.url,
    token: gate.token,
    scopes: [...session.npmConfig.scopes.keys()],
    runFolder,
    keptFolder: join(session.paths.cache, "clients", client.family),
    registry: session.registry,
    verdictKey: gate.verdictKey,
    admit: gate.admit,
  };
}
