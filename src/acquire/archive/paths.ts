import { checkBound, type ArchiveBounds } from "./bounds.ts";
import { refuse } from "./rules.ts";

/** C0, DEL and C1. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Microsoft, "Naming Files, Paths, and Namespaces": reserved with any extension. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

/** Looked at and ignored by HFS+ when it compares names; git refuses them for the same reason. */
const IGNORED_BY_HFS = /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff]/g;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws Failure "bad-archive", rule "path-not-utf8" */
export function decodePath(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return refuse("path-not-utf8", { path: bytes.toString("utf8") });
  }
}

/** The parts of a path that means the same place on every system; refuses any other. */
export function parsePath(path: string, bounds: ArchiveBounds): readonly string[] {
  checkBound("path-too-long", "pathBytes", bounds, Buffer.byteLength(path), path);
  if (CONTROL.test(path)) refuse("path-has-control-character", { path });
  if (path.includes("\\")) refuse("backslash-path", { path });
  if (path.startsWith("/")) refuse("absolute-path", { path });
  if (path.includes(":")) refuse("colon-path", { path });
  const segments = path.split("/");
  // Honest packers write "package/./dist/index.js". Within a path all clients drop the ".", but at
  // its start some take it for the folder to strip.
  if (segments[0] === "." || segments.at(-1) === ".") refuse("ambiguous-path", { path });
  checkBound("too-deep", "depth", bounds, segments.length, path);
  for (const segment of segments) checkSegment(segment, path, bounds);
  return segments.filter((segment) => segment !== ".");
}

function checkSegment(segment: string, path: string, bounds: ArchiveBounds): void {
  checkBound("path-too-long", "segmentBytes", bounds, Buffer.byteLength(segment), path);
  if (segment === "..") refuse("path-leaves-root", { path });
  if (segment === "") refuse("ambiguous-path", { path });
  if ((segment.endsWith(".") && segment !== ".") || segment.endsWith(" "))
    refuse("windows-trailing-path", { path });
  if (WINDOWS_DEVICE.test(segment)) refuse("windows-device-path", { path });
}

interface Place {
  /** As first seen; undefined for a folder. */
  filePath: string | undefined;
  readonly children: Map<string, Place>;
}

/**
 * The places that are taken, on a disk that ignores case, Unicode form and invisible characters.
 * A tree and not a set of paths, so that a deep path costs its length and not its square.
 */
export class Places {
  readonly #root: Place = { filePath: undefined, children: new Map() };
  readonly #bounds: ArchiveBounds;
  #folders = 0;

  constructor(bounds: ArchiveBounds) {
    this.#bounds = bounds;
  }

  takeFolder(segments: readonly string[]): void {
    this.#folder(segments, segments.join("/"));
  }

  /** False when exactly this path is taken by a file already. */
  takeFile(segments: readonly string[]): boolean {
    const path = segments.join("/");
    const folder = this.#folder(segments.slice(0, -1), path);
    const key = foldName(segments.at(-1) ?? "");
    const taken = folder.children.get(key);
    if (taken !== undefined) {
      if (taken.filePath !== path) refuseCollision(path, taken.filePath);
      return false;
    }
    folder.children.set(key, { filePath: path, children: new Map() });
    return true;
  }

  #folder(segments: readonly string[], path: string): Place {
    let place = this.#root;
    for (const segment of segments) {
      const key = foldName(segment);
      let next = place.children.get(key);
      if (next === undefined) {
        this.#folders += 1;
        checkBound("too-many-entries", "entries", this.#bounds, this.#folders, path);
        next = { filePath: undefined, children: new Map() };
        place.children.set(key, next);
      }
      if (next.filePath !== undefined) refuse("file-is-also-folder", { path });
      place = next;
    }
    return place;
  }
}

function refuseCollision(path: string, other: string | undefined): never {
  if (other === undefined) return refuse("file-is-also-folder", { path });
  const differByCase = other.toLowerCase() === path.toLowerCase();
  return refuse(differByCase ? "case-colliding-path" : "unicode-colliding-path", {
    path,
    found: other,
  });
}

/** Upper case first, because "ß" and the ligatures unfold only that way. */
function foldName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- plain ASCII, which needs no Unicode
  if (/^[\u0000-\u007f]*$/.test(name)) return name.toLowerCase();
  return name
    .replace(IGNORED_BY_HFS, "")
    .normalize("NFD")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFD");
}
