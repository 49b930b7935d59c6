import { closeSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Enclosure, Isolation, Layer, Room, RoomCommand } from "../../room.ts";
import { groundOf, NAMESPACE_ARGS } from "../bubblewrap.ts";
import type { Architecture } from "../calls.ts";
import { encloseWithKeeper, namelessFile } from "../enclosure.ts";
import { layOut } from "../laid-out.ts";
import { filterOf } from "../seccomp.ts";
import type { PlainPlan } from "./plan.ts";

/**
 * Rooms of bubblewrap(1) where the native helper cannot be built. Nothing is let through that the helper
 * would deny; what is denied is not told, and a room takes two starts of Node longer to begin.
 */

export interface PlainTools {
  readonly bubblewrap: string;
  /** prlimit(1) of util-linux. */
  readonly prlimit: string;
  readonly architecture: Architecture;
  readonly folder: string;
  readonly layers: readonly Layer[];
}

const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const KEEPER = fileURLToPath(new URL(`./keeper.${EXTENSION}`, import.meta.url));
const INSIDE = fileURLToPath(new URL(`./inside.${EXTENSION}`, import.meta.url));
const INSIDE_IN_ROOM = `/.veln-inside.${EXTENSION}`;
const NODE_IN_ROOM = "/.veln-node";
const FILTER_FD_OF_LAUNCHER = 4;
/** Threads count as well. */
const TASKS_PER_PROCESS = 32;

export function plainBubblewrapIsolation(tools: PlainTools): Isolation {
  return {
    name: "bubblewrap",
    layers: tools.layers,
    enclose: async (room, command) => await Promise.resolve(enclosePlainly(tools, room, command)),
  };
}

function enclosePlainly(tools: PlainTools, room: Room, command: RoomCommand): Enclosure {
  const layout = groundOf(tools.folder, room);
  const laidOut = layOut(tools.folder, layout.placeholders, undefined);
  const filter = namelessFile(tools.folder);
  try {
    const { architecture } = tools;
    writeSync(
      filter,
      filterOf({ architecture, keeper: false, ownNamespaces: true }).program,
      0,
      undefined,
      0,
    );
    const plan = planOf(tools, room, command, layout.args);
    const enclosure = encloseWithKeeper({
      keeper: { program: process.execPath, args: ["--no-warnings", KEEPER] },
      folder: tools.folder,
      told: Buffer.from(JSON.stringify(plan)),
      laidOut,
      stock: undefined,
    });
    return {
      ...enclosure,
      descriptors: [...enclosure.descriptors, filter],
      close: async () => {
        const report = await enclosure.close();
        closeSync(filter);
        return report;
      },
    };
  } catch (error) {
    closeSync(filter);
    laidOut.takeAway();
    throw error;
  }
}

function planOf(
  tools: PlainTools,
  room: Room,
  command: RoomCommand,
  layoutArgs: readonly string[],
): PlainPlan {
  const { limits } = room;
  return {
    launcher: [
      tools.bubblewrap,
      ...NAMESPACE_ARGS,
      ...["--seccomp", String(FILTER_FD_OF_LAUNCHER)],
      ...["--ro-bind", process.execPath, NODE_IN_ROOM, "--ro-bind", INSIDE, INSIDE_IN_ROOM],
      ...layoutArgs,
      ...["--", NODE_IN_ROOM, "--no-warnings", INSIDE_IN_ROOM],
    ],
    command: [
      tools.prlimit,
      ...["--core=0", `--fsize=${String(limits.fileBytesMax)}`],
      ...[`--nproc=${String(limits.processesMax * TASKS_PER_PROCESS)}`, "--"],
      ...[command.program, ...command.args],
    ],
    environment: room.environment,
    ports: room.loopbackPorts,
    writable: room.writable,
    limits,
  };
}
