import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Enclosure, Isolation, Layer, Room, RoomCommand } from "../room.ts";
import type { Architecture } from "./calls.ts";
import { encloseWithHelper } from "./enclosure.ts";
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
  const home = furnishHome(tools.folder, room);
  const takeHomeAway = (): void => rmSync(home, { recursive: true, force: true });
  try {
    const enclosure = encloseWithHelper(tools.helper, tools.folder, {
      room: withHome(room, home),
      command,
      filter: filterOf({ architecture: tools.architecture, keeper: true, ownNamespaces: false }),
      listens: true,
      launcher: [],
      placeholders: [],
    });
    return {
      ...enclosure,
      close: async () => {
        const report = await enclosure.close();
        takeHomeAway();
        return report;
      },
    };
  } catch (error) {
    takeHomeAway();
    throw error;
  }
}

/** A folder of the room's own in the place of the home folder, with what is to be seen in that. */
function furnishHome(folder: string, room: Room): string {
  const home = mkdtempSync(join(folder, "home-"));
  for (const [place, from] of Object.entries(room.shown)) {
    if (!place.startsWith(`${room.home}/`)) continue;
    const copy = join(home, relative(room.home, place));
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
    copyFileSync(from, copy);
  }
  return home;
}

function withHome(room: Room, home: string): Room {
  return {
    ...room,
    readable: [...room.readable, ...READABLE_OF_PROC],
    writable: [...room.writable, home],
    environment: { ...room.environment, HOME: home },
  };
}
