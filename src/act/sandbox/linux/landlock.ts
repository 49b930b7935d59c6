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

export function landlockIsolation(tools: LandlockTools): Isolation {
  return {
    name: "landlock",
    layers: tools.layers,
    enclose: async (room, command) =>
      await Promise.resolve(encloseInLandlock(tools, room, command)),
  };
}

function encloseInLandlock(tools: LandlockTools, room: Room, command: RoomCommand): Enclosure {
  const filter = filterOf({
    architecture: tools.architecture,
    keeper: true,
    ownNamespaces: false,
  });
  return encloseWithHelper(tools.helper, tools.folder, {
    room,
    command,
    filter,
    listens: true,
    launcher: [],
    placeholders: [],
  });
}
