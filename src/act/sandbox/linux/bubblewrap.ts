import { existsSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, messageOf } from "../../../model/failure.ts";
import type { Enclosure, Isolation, Layer, Room, RoomCommand } from "../room.ts";
import type { Architecture } from "./calls.ts";
import { encloseWithHelper, removeEmpty } from "./enclosure.ts";
import { HELPER_IN_ROOM, type Layout, layoutOf } from "./layout.ts";
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
  const emptyFile = join(tools.folder, "empty");
  if (!existsSync(emptyFile)) writeFileSync(emptyFile, "", { mode: 0o600 });
  const bytesMax = Math.floor(room.limits.memoryBytesMax / SCRATCH_SHARE);
  const layout = layoutOf(room, exists, { bytesMax, emptyFile });
  layOut(layout.placeholders);
  const filter = filterOf({
    architecture: tools.architecture,
    keeper: true,
    ownNamespaces: true,
  });
  return encloseWithHelper(tools.helper, tools.folder, {
    room,
    command,
    filter,
    listens: true,
    launcher: launcherOf(tools, layout),
    placeholders: layout.placeholders,
  });
}

function launcherOf(tools: BubblewrapTools, layout: Layout): readonly string[] {
  return [
    tools.bubblewrap,
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"],
    ...["--unshare-cgroup-try", "--cap-drop", "ALL", "--die-with-parent", "--as-pid-1"],
    ...["--ro-bind", tools.helper, HELPER_IN_ROOM],
    ...layout.args,
    ...["--ro-bind", tools.helper, HELPER_IN_ROOM],
    ...["--", HELPER_IN_ROOM, "inside"],
  ];
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function layOut(placeholders: readonly string[]): void {
  const made: string[] = [];
  try {
    for (const path of placeholders) {
      if (path.endsWith("/")) mkdirSync(path, { mode: 0o755 });
      else writeFileSync(path, "", { flag: "wx", mode: 0o644 });
      made.push(path);
    }
  } catch (error) {
    removeEmpty(made);
    throw new Failure(
      "bad-config",
      `The sandbox cannot guard ${placeholders[made.length] ?? "a path"}: ${messageOf(error)}.`,
      {},
      error,
    );
  }
}
