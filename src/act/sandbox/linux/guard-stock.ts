import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { wayDown } from "./layout.ts";

/**
 * Guarded paths of a room without mounts. Landlock cannot take back within a tree what it grants for the
 * tree, and an answer of the keeper's can be outrun; so what is guarded is looked over once the command
 * has ended, before anybody else uses it, and put back as it was.
 */

export interface GuardStock {
  /** Puts back what was changed. */
  restore(): Restored;
}

export interface Restored {
  /** Changed or made by the command, and as before again. */
  readonly restored: readonly string[];
  /** Changed, and beyond what was kept to put it back. */
  readonly changed: readonly string[];
}

type Kept =
  | { readonly kind: "folder"; readonly mode: number; readonly children: ReadonlyMap<string, Kept> }
  | { readonly kind: "file"; readonly mode: number; readonly bytes: Buffer }
  | { readonly kind: "link"; readonly to: string }
  /** Too much to keep: told apart by what the kernel says of it. */
  | { readonly kind: "large"; readonly trace: string }
  | { readonly kind: "absent" };

const FILE_BYTES_MAX = 1024 * 1024;
const ALL_BYTES_MAX = 32 * 1024 * 1024;
const ENTRIES_MAX = 10_000;

interface Budget {
  bytes: number;
  entries: number;
}

/** What is kept, and the folders above it that were there, from its writable tree down. */
interface Guarded {
  readonly path: string;
  readonly above: readonly string[];
  readonly before: Kept;
}

/**
 * @param paths as in `Room.guarded`; a slash at the end says nothing here
 * @param trees the writable ones, of which each path lies in one or is let be
 */
export function takeStock(paths: readonly string[], trees: readonly string[]): GuardStock {
  const budget: Budget = { bytes: ALL_BYTES_MAX, entries: ENTRIES_MAX };
  const guarded = paths.flatMap((path) => {
    const way = wayInto(path.replace(/\/$/, ""), trees);
    const end = way.findIndex((step) => statusOf(step)?.isDirectory() !== true);
    const above = way.slice(0, end === -1 ? -1 : end);
    const kept = way[above.length];
    return kept === undefined ? [] : [{ path: kept, above, before: keep(kept, budget) }];
  });
  return {
    restore: () => {
      const result: Mutable = { restored: [], changed: [] };
      for (const item of guarded) putBackWhole(item, result);
      return result;
    },
  };
}

interface Mutable {
  readonly restored: string[];
  readonly changed: string[];
}

function wayInto(path: string, trees: readonly string[]): readonly string[] {
  const tree = trees
    .filter((candidate) => path.startsWith(`${candidate}/`))
    .sort((a, b) => b.length - a.length)[0];
  return tree === undefined ? [] : wayDown(tree, path);
}

/** What the command put in the place of a folder may be a link that leads anywhere. */
function putBackWhole({ path, above, before }: Guarded, result: Mutable): void {
  for (const folder of above) {
    if (statusOf(folder)?.isDirectory() === true) continue;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    result.restored.push(folder);
  }
  putBack(path, before, result);
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A file where the folder of this path should be.
    return undefined;
  }
}

function keep(path: string, budget: Budget): Kept {
  const status = statusOf(path);
  if (status === undefined) return { kind: "absent" };
  if (--budget.entries < 0) return { kind: "large", trace: traceOf(path) };
  if (status.isSymbolicLink()) return { kind: "link", to: readlinkSync(path) };
  if (status.isDirectory()) {
    const children = readdirSync(path).map(
      (name) => [name, keep(join(path, name), budget)] as const,
    );
    return { kind: "folder", mode: status.mode & 0o7777, children: new Map(children) };
  }
  if (!status.isFile() || status.size > Math.min(FILE_BYTES_MAX, budget.bytes)) {
    return { kind: "large", trace: traceOf(path) };
  }
  budget.bytes -= status.size;
  return { kind: "file", mode: status.mode & 0o7777, bytes: readFileSync(path) };
}

/** No program can set the time of change, so what was written to has another trace. */
function traceOf(path: string): string {
  const status = statusOf(path);
  if (status === undefined) return "absent";
  const own = [status.ino, status.mode, status.size, status.mtimeMs, status.ctimeMs].join(" ");
  if (!status.isDirectory()) return own;
  const hash = createHash("sha256").update(own);
  for (const name of readdirSync(path).sort())
    hash.update(`\0${name}\0${traceOf(join(path, name))}`);
  return hash.digest("hex");
}

function putBack(path: string, before: Kept, result: Mutable): void {
  if (before.kind === "large") {
    if (traceOf(path) !== before.trace) result.changed.push(path);
    return;
  }
  if (before.kind === "folder" && statusOf(path)?.isDirectory() === true) {
    const names = new Set([...before.children.keys(), ...readdirSync(path)]);
    for (const name of names) {
      putBack(join(path, name), before.children.get(name) ?? { kind: "absent" }, result);
    }
    chmodSync(path, before.mode);
    return;
  }
  if (isAsBefore(path, before)) return;
  rmSync(path, { recursive: true, force: true });
  make(path, before, result);
  result.restored.push(path);
}

function isAsBefore(path: string, before: Kept): boolean {
  const status = statusOf(path);
  if (status === undefined || before.kind === "absent") {
    return status === undefined && before.kind === "absent";
  }
  if (before.kind === "link") return status.isSymbolicLink() && readlinkSync(path) === before.to;
  return (
    before.kind === "file" &&
    status.isFile() &&
    (status.mode & 0o7777) === before.mode &&
    status.size === before.bytes.length &&
    readFileSync(path).equals(before.bytes)
  );
}

function make(path: string, before: Kept, result: Mutable): void {
  if (before.kind === "absent") return;
  if (before.kind === "large") {
    result.changed.push(path);
    return;
  }
  if (before.kind === "link") symlinkSync(before.to, path);
  else if (before.kind === "file") writeFileSync(path, before.bytes, { mode: before.mode });
  else {
    mkdirSync(path, { mode: before.mode });
    for (const [name, child] of before.children) make(join(path, name), child, result);
  }
}
