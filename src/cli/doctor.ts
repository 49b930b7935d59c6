import { doctorJson, doctorText } from "../act/report/doctor.ts";
import type { Capacity } from "../act/sandbox/room.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";
import { layoutFor } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { pathsFrom } from "./paths.ts";
import { capacityHere } from "./sandbox/machine.ts";
import { readPolicy } from "./session.ts";

const USAGE = `Usage: veln doctor [--json]

Says what this machine can isolate install scripts with, found by trying it, what is lacking, and what
to install or switch on. Exit status: 0 when the best works, 3 when something lesser does or the policy
makes no use of it, 69 when nothing does.
`;

export const doctorCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const { values } = parseOptions(args, GLOBAL_OPTIONS, false);
    const globals = mergeGlobals(before, values);
    const paths = pathsFrom(io.env);
    const { mode } = readPolicy(globals, io, paths).sandbox;
    const capacity = await capacityHere(paths.cache, "all");
    const report = { capacity, mode };
    const layout = layoutFor(io.stdout, io.env, globals.noColor);
    io.stdout.write(
      globals.json ? `${JSON.stringify(doctorJson(report))}\n` : doctorText(report, layout),
    );
    return exitOf(capacity, mode === "off");
  },
};

/** The best that each system has, in all that it can do. */
function exitOf({ isolations: [best] }: Capacity, isOff: boolean): number {
  if (best === undefined) return EXIT.unavailable;
  const isBest = best.name === "bubblewrap" || best.name === "sandbox-exec";
  const isWhole = best.name !== "bubblewrap" || best.layers.includes("reports");
  return isBest && isWhole && !isOff ? EXIT.fine : EXIT.warn;
}
