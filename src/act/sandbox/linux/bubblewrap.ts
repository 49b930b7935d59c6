import { lstatSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Enclosure, Isolation, Layer, Room, RoomCommand } from "../room.ts";
import type { Architecture } from "./calls.ts";
import { encloseWithKeeper } from "./enclosure.ts";
import { layOut, placeholdersOfOthers } from "./laid-out.ts";
import { HELPER_IN_ROOM, type Layout, layoutOf } from "./layout.ts";
import { encodeInstructions } from "./instructions.ts";
import { filterOf } from "./seccomp.ts";

/**
 * Rooms of bubblewrap(1): the command has namespaces of its own for users, mounts, processes, IPC, host
 * name and network, no capabilities, and a system call filter.
 */

export interface BubblewrapTools {
  readonly bubblewrap: string;
  readonly helper: string;
  readonly architecture: Architecture;
  /** Veln's own, which no room shows. */
  readonly folder: string;
  readonly layers: readonly Layer[];
}

/** Memory that fills a scratch folder is memory of the room. */
const SCRATCH_SHARE = 4;

export function bubblewrapIsolation(tools: BubblewrapTools): Isolation {
  return {
    name: "bubblewrap",
    layers: tools.layers,
    enclose: async (room, command) =>
      await Promise.resolve(encloseInBubblewrap(tools, room, command)),
  };
}

function encloseInBubblewrap(tools: BubblewrapTools, room: Room, command: RoomCommand): Enclosure {
  const layout = groundOf(tools.folder, room);
  const laidOut = layOut(tools.folder, layout.placeholders, undefined);
  try {
    return encloseWithKeeper({
      keeper: { program: tools.helper, args: ["keep"] },
      folder: tools.folder,
      told: encodeInstructions({
        room,
        command,
        filter: filterOf({ architecture: tools.architecture, keeper: true, ownNamespaces: true }),
        listens: true,
        launcher: launcherOf(tools, layout),
        placeholders: layout.placeholders,
      }),
      laidOut,
      stock: undefined,
    });
  } catch (error) {
    laidOut.takeAway();
    throw error;
  }
}

/** The room's file system, as things stand on this machine's disk. */
export function groundOf(folder: string, room: Room): Layout {
  const emptyFile = join(folder, "empty");
  if (!exists(emptyFile)) writeFileSync(emptyFile, "", { mode: 0o600 });
  const bytesMax = Math.floor(room.limits.memoryBytesMax / SCRATCH_SHARE);
  const others = placeholdersOfOthers(folder);
  const isOwn = (path: string): boolean => exists(path) && !others.has(path);
  return layoutOf(room, isOwn, { bytesMax, emptyFile });
}

export const NAMESPACE_ARGS: readonly string[] = [
  ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"],
  ...["--unshare-cgroup-try", "--cap-drop", "ALL", "--die-with-parent"],
];

function launcherOf(tools: BubblewrapTools, layout: Layout): readonly string[] {
  return [
    tools.bubblewrap,
    ...NAMESPACE_ARGS,
    // The helper is the first process of the room, and its end the end of all others.
    "--as-pid-1",
    ...["--ro-bind", tools.helper, HELPER_IN_ROOM],
    ...layout.args,
    ...["--", HELPER_IN_ROOM, "inside"],
  ];
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
