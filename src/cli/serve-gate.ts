import { once } from "node:events";
import { Failure } from "../model/failure.ts";
import { label } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { openGate } from "./gated.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { openSession } from "./session.ts";

const USAGE = `Usage: veln gate [--port N] [--host ADDRESS] [--upstream URL]

Serves the gate until it is stopped: point a package manager's registry at the address it prints.
Whoever reaches that address installs with your registry credentials, so it listens on loopback
unless you say otherwise.

  --port N          this port instead of a free one
  --host ADDRESS    this address instead of 127.0.0.1
  --upstream URL    this registry instead of the one your npm configuration names
`;

export const gateCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const options = {
      ...GLOBAL_OPTIONS,
      port: { type: "string" },
      host: { type: "string" },
      upstream: { type: "string" },
    } as const;
    const { values } = parseOptions(args, options, false);
    const globals = mergeGlobals(before, values);
    const flags = new Map(values.upstream === undefined ? [] : [["registry", values.upstream]]);
    const session = await openSession(globals, io, { flags, refreshTrust: "meanwhile" });
    try {
      const gate = await openGate(session, {
        ...(values.port === undefined ? {} : { port: portOf(values.port) }),
        ...(values.host === undefined ? {} : { host: values.host }),
        knowsClients: false,
        withToken: false,
        onOutcome: ({ verdict, source, elapsedMs }) => {
          const { decision, score, ref } = verdict;
          if (globals.quiet && decision === "allow") return;
          io.stderr.write(
            `${decision.padEnd(5)} ${String(score).padStart(3)}  ${label(ref)} (${source}, ${String(elapsedMs)} ms)\n`,
          );
        },
        onEvent: (event) => {
          if (event.kind === "failed") io.stderr.write(`error      ${printable(event.sentence)}\n`);
          if (event.kind === "unrecognised")
            io.stderr.write(`refused    ${printable(event.target)}\n`);
        },
      });
      const { url } = gate;
      io.stdout.write(globals.json ? `${JSON.stringify({ url })}\n` : `${url}\n`);
      await stopAsked();
      await gate.close();
      return EXIT.fine;
    } finally {
      await session.close();
    }
  },
};

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Failure(
    "usage",
    `--port takes a number from 0 to 65535, not "${printable(text, 20)}".`,
  );
}

async function stopAsked(): Promise<void> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), once(process, "SIGHUP")]);
}
