import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Enclosure, Isolation, Layer, Room, RoomCommand } from "../room.ts";
import type { Architecture } from "./calls.ts";
import { encloseWithKeeper } from "./enclosure.ts";
import { takeStock } from "./guard-stock.ts";
import { layOut } from "./laid-out.ts";
import { encodeInstructions } from "./instructions.ts";
import { filterOf } from "./seccomp.ts";

/**
 * Rooms without namespaces, for containers and CI that forbid them: Landlock rules for files, and for
 * TCP and signals where the kernel has them, with a system call filter. Connections are made by the
 * keeper, outside the command's reach, so that the allowed ports lead to this machine alone.
 */

export interface LandlockTools {
  readonly helper: string;
  readonly architecture: Architecture;
  readonly folder: string;
  readonly layers: readonly Layer[];
}

/** Of the numbers in /proc that programs size themselves by; the rest tells about other processes. */
const READABLE_OF_PROC: readonly string[] = [
  ...["/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/version"],
  ...["/proc/filesystems", "/proc/sys/kernel", "/proc/sys/vm", "/sys/devices/system/cpu"],
];

export function landlockIsolation(tools: LandlockTools): Isolation {
  return {
    name: "landlock",
    layers: tools.layers,
    enclose: async (room, command) =>
      await Promise.resolve(encloseInLandlock(tools, room, command)),
  };
}

function encloseInLandlock(tools: LandlockTools, room: Room, command: RoomCommand): Enclosure {
  const home = join(tools.folder, `home-${randomBytes(8).toString("hex")}`);
  const laidOut = layOut(tools.folder, [], home);
  try {
    furnish(home, room);
    return encloseWithKeeper({
      keeper: { program: tools.helper, args: ["keep"] },
      folder: tools.folder,
      told: encodeInstructions({
        room: withHome(room, home),
        command,
        filter: filterOf({ architecture: tools.architecture, keeper: true, ownNamespaces: false }),
        listens: true,
        launcher: [],
        placeholders: [],
      }),
      laidOut,
      stock: takeStock(room.guarded, room.writable),
    });
  } catch (error) {
    laidOut.takeAway();
    throw error;
  }
}

/** A folder of the room's own in the place of the home folder, with what is to be seen in that. */
function furnish(home: string, room: Room): void {
  for (const [place, from] of Object.entries(room.shown)) {
    if (!place.startsWith(`${room.home}/`)) continue;
    const copy = join(home, relative(room.home, place));
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
    copyFileSync(from, copy);
  }
}

function withHome(room: Room, home: string): Room {
  return {
    ...room,
    readable: [...room.readable, ...READABLE_OF_PROC],
    writable: [...room.writable, home],
    environment: { ...room.environment, HOME: home },
  };
}
