import { dirname } from "node:path/posix";
import { printable } from "../../model/printable.ts";
import type { Denial } from "../sandbox/room.ts";

/** Where a room was; all without symbolic links. */
export interface RoomPlace {
  readonly home: string;
  /** The tree that install scripts may change. */
  readonly project: string;
  /** In it, what they may not. */
  readonly guarded: readonly string[];
}

/**
 * The line of a policy that would allow what was denied, or undefined where none would: sockets, system
 * calls and direct connections stay closed to every script.
 */
export function allowanceFor(denial: Denial, place: RoomPlace): string | undefined {
  const { kind, target } = denial;
  // What cannot be written down as it is, a policy cannot name.
  if (printable(target, target.length + 1) !== target) return undefined;
  switch (kind) {
    case "file-read":
    case "execute":
      return lineOf("read", pathFor(target, place));
    case "file-write":
      return writeLine(target, place);
    case "network":
      // What the proxy denied; it sees no programs, and nothing but the proxy leads outside.
      return denial.program === "" && HOST_AND_PORT.test(target)
        ? lineOf("hosts", target)
        : undefined;
    case "limit":
      return LIMITS.get(target);
    default:
      return undefined;
  }
}

/** Not that something else than TLS was sent there, or too much. */
const HOST_AND_PORT = /^[\w.-]+:\d+$/;

const LIMITS: ReadonlyMap<string, string> = new Map([
  ["processes", "[sandbox.limits] processes"],
  ["memory", "[sandbox.limits] memory_mb"],
  ["file size", "[sandbox.limits] file_mb"],
  ["disk", "[sandbox.limits] disk_mb"],
  ["time", "[sandbox.limits] timeout"],
]);

function writeLine(target: string, place: RoomPlace): string | undefined {
  const guard = place.guarded.find((path) => `${target}/`.startsWith(withSlash(path)));
  if (guard !== undefined) {
    const name = guard.startsWith(`${place.project}/`)
      ? guard.slice(place.project.length + 1).replace(/\/$/, "")
      : undefined;
    return lineOf("unguarded", name);
  }
  const folder = dirname(target);
  const isDeep = folder !== place.home && dirname(folder) !== folder;
  return lineOf("write", pathFor(isDeep ? folder : target, place));
}

/** Undefined for the whole home folder and the whole disk, which no policy opens. */
function pathFor(path: string, { home }: RoomPlace): string | undefined {
  if (path === home || path === "/") return undefined;
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

function lineOf(key: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `[sandbox] ${key} = [${JSON.stringify(value)}]`;
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
