import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import type { Room } from "../../act/sandbox/room.ts";

/** What a room lists, gathered path by path; a path that is not there is passed over. */
export interface TreeList {
  read(...paths: readonly string[]): void;
  write(...paths: readonly string[]): void;
  /** Of what was gathered, without what lies in another tree of the same right. */
  listed(): Pick<Room, "readable" | "writable" | "links">;
}

export function createTreeList(): TreeList {
  const readable = new Set<string>();
  const writable = new Set<string>();
  const links = new Map<string, string>();
  const add = (paths: readonly string[], trees: Set<string>): void => {
    for (const path of paths) {
      const trail = trailOf(path);
      if (trail === undefined) continue;
      trees.add(trail.end);
      for (const [place, target] of trail.links) links.set(place, target);
    }
  };
  return {
    read: (...paths) => add(paths, readable),
    write: (...paths) => add(paths, writable),
    listed: () => {
      const changeable = outermost(writable);
      const visible = outermost(readable).filter((tree) => !isWithinAny(tree, changeable));
      const trees = [...changeable, ...visible];
      return {
        readable: visible,
        writable: changeable,
        links: Object.fromEntries([...links].filter(([place]) => !isWithinAny(place, trees))),
      };
    },
  };
}

export interface Trail {
  /** The path with every symbolic link resolved. */
  readonly end: string;
  /** Every link on the way, its own place without links, and what it says. */
  readonly links: readonly (readonly [place: string, target: string])[];
}

/** As many as Linux follows (path_resolution(7)). */
const LINKS_MAX = 40;

/** Undefined where nothing is, or nothing that may be seen. */
export function trailOf(path: string): Trail | undefined {
  const links: (readonly [string, string])[] = [];
  let rest = resolve(path).split(sep).filter(Boolean);
  let reached: string = sep;
  while (rest.length > 0) {
    const [name = "", ...after] = rest;
    const place = join(reached, name);
    const kind = kindAt(place);
    if (kind === undefined || links.length > LINKS_MAX) return undefined;
    if (kind === "other") {
      reached = place;
      rest = after;
      continue;
    }
    links.push([place, kind.target]);
    rest = [...resolve(reached, kind.target).split(sep).filter(Boolean), ...after];
    reached = sep;
  }
  return { end: reached, links };
}

function kindAt(place: string): "other" | { readonly target: string } | undefined {
  try {
    return lstatSync(place).isSymbolicLink() ? { target: readlinkSync(place) } : "other";
  } catch {
    return undefined;
  }
}

export function isWithin(path: string, tree: string): boolean {
  return path === tree || path.startsWith(tree === sep ? sep : `${tree}${sep}`);
}

export function isWithinAny(path: string, trees: readonly string[]): boolean {
  return trees.some((tree) => isWithin(path, tree));
}

function outermost(trees: ReadonlySet<string>): readonly string[] {
  return [...trees]
    .filter((tree) => !hasParentIn(tree, trees))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function hasParentIn(tree: string, trees: ReadonlySet<string>): boolean {
  for (let folder = dirname(tree); folder !== dirname(folder); folder = dirname(folder)) {
    if (trees.has(folder)) return true;
  }
  return false;
}
