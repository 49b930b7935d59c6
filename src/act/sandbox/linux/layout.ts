import { dirname, join } from "node:path";
import type { Room } from "../room.ts";

/**
 * The file system of a room as bubblewrap's arguments. A pure function of the room and of what is on
 * the machine's disk, so that every case of it can be tested without a room.
 */

export interface Layout {
  readonly args: readonly string[];
  /**
   * Empty folders and files to make before the start and to remove afterwards, parents first; folders
   * end in a slash. What stands there cannot be made by the command, and a mount needs something to
   * stand on.
   */
  readonly placeholders: readonly string[];
}

export interface Scratch {
  /** Of each folder that lives in memory. */
  readonly bytesMax: number;
  /** An empty file, to stand for guarded files in folders that live in memory. */
  readonly emptyFile: string;
}

/** Where the room shows Veln's helper. */
export const HELPER_IN_ROOM = "/.veln-room";

type Mount =
  | { readonly kind: "scratch"; readonly path: string; readonly mode: "0700" | "1777" }
  | { readonly kind: "link"; readonly path: string; readonly to: string }
  | { readonly kind: "write"; readonly path: string }
  | { readonly kind: "read"; readonly path: string; readonly from: string };

/** What allows less wins where two are for one path. */
const RANK: Readonly<Record<Mount["kind"], number>> = { scratch: 0, link: 1, write: 2, read: 3 };

export function layoutOf(room: Room, exists: (path: string) => boolean, scratch: Scratch): Layout {
  const guards = room.guarded.map((place) =>
    holdInPlace({ room, place, exists }, scratch.emptyFile),
  );
  const shown = Object.entries(room.shown).map(([place, from]) =>
    showInPlace({ room, place, exists }, from),
  );
  const held = [...guards, ...shown];
  const mounts = inOrder([
    { kind: "scratch", path: "/tmp", mode: "1777" },
    { kind: "scratch", path: "/var/tmp", mode: "1777" },
    { kind: "scratch", path: room.home, mode: "0700" },
    ...room.readable.map((path): Mount => ({ kind: "read", path, from: path })),
    ...room.writable.map((path): Mount => ({ kind: "write", path })),
    ...Object.entries(room.links).map(([path, to]): Mount => ({ kind: "link", path, to })),
    ...held.flatMap((hold) => hold.mounts),
  ]);
  return {
    args: [
      ...["--proc", "/proc", "--dev", "/dev"],
      ...scratchArgs("/dev/shm", "1777", scratch),
      ...mounts.flatMap((mount) => argsOf(mount, scratch)),
      // Settings of the kernel ask for root's number alone, which root has in its own namespace too.
      ...["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"],
      ...["--chdir", room.workingFolder],
    ],
    placeholders: [...new Set(held.flatMap(({ placeholder }) => placeholder ?? []))].sort(),
  };
}

interface Place {
  readonly room: Room;
  /** A folder ends in a slash. */
  readonly place: string;
  readonly exists: (path: string) => boolean;
}

interface Held {
  readonly mounts: readonly Mount[];
  readonly placeholder: string | undefined;
}

/**
 * A place that is held is a mount that cannot be written, renamed or removed. So that nobody moves the
 * folder it lies in out of the way, each folder between it and its writable tree is a mount as well.
 */
function holdInPlace({ room, place, exists }: Place, inScratch: string): Held {
  const path = place.endsWith("/") ? place.slice(0, -1) : place;
  const tree = innermost(path, [...room.readable, ...room.writable]);
  if (tree === undefined) {
    return { mounts: [{ kind: "read", path, from: inScratch }], placeholder: undefined };
  }
  if (!room.writable.includes(tree)) return { mounts: [], placeholder: undefined };
  const way = wayDown(tree, path);
  const missing = way.find((step) => !exists(step));
  const standing = missing ?? path;
  const isFolder = missing !== undefined && (missing !== path || place.endsWith("/"));
  return {
    mounts: [
      ...way
        .filter((step) => isAbove(step, standing))
        .map((step): Mount => ({ kind: "write", path: step })),
      { kind: "read", path: standing, from: standing },
    ],
    placeholder: missing === undefined ? undefined : `${missing}${isFolder ? "/" : ""}`,
  };
}

function showInPlace(place: Place, from: string): Held {
  const { mounts, placeholder } = holdInPlace(place, from);
  return { mounts: [...mounts, { kind: "read", path: place.place, from }], placeholder };
}

/** The innermost of the trees that hold this path. */
function innermost(path: string, trees: readonly string[]): string | undefined {
  return trees.filter((tree) => isAbove(tree, path)).sort((a, b) => b.length - a.length)[0];
}

function isAbove(folder: string, path: string): boolean {
  return path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** Every path below the tree down to the last one. */
export function wayDown(tree: string, path: string): readonly string[] {
  const parent = dirname(path);
  return parent === tree ? [path] : [...wayDown(tree, parent), path];
}

/** Parents before children, and one mount a path. */
function inOrder(mounts: readonly Mount[]): readonly Mount[] {
  const strictest = new Map<string, Mount>();
  for (const mount of mounts) {
    const other = strictest.get(mount.path);
    if (other === undefined || RANK[mount.kind] >= RANK[other.kind]) {
      strictest.set(mount.path, mount);
    }
  }
  return [...strictest.values()].sort((a, b) => compare(join(a.path, "/"), join(b.path, "/")));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function argsOf(mount: Mount, scratch: Scratch): readonly string[] {
  if (mount.kind === "scratch") return scratchArgs(mount.path, mount.mode, scratch);
  if (mount.kind === "link") return ["--symlink", mount.to, mount.path];
  if (mount.kind === "read") return ["--ro-bind", mount.from, mount.path];
  return ["--bind", mount.path, mount.path];
}

function scratchArgs(path: string, mode: string, scratch: Scratch): readonly string[] {
  return ["--perms", mode, "--size", String(scratch.bytesMax), "--tmpfs", path];
}
