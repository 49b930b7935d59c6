import { CLEAR, foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import type { FileEntry, FileTree } from "../../../model/file-tree.ts";
import type { Manifest } from "../../../model/manifest.ts";
import { predecessorOf } from "../../../model/release.ts";
import { reachableFiles } from "../../parse/reach.ts";
import { type Ask, ASK_PREVIOUS_FILES, type Inputs, type Signal } from "../../signal.ts";
import { type Candidate, candidatesIn } from "./candidates.ts";

const ID = "ships-unreached-file";

export const shipsUnreachedFile: Signal<
  "artifact" | "manifest" | "files" | "sources",
  "history" | "previousFiles"
> = {
  id: ID,
  version: 1,
  title: "Ships a file that nothing uses",
  rationale:
    "A large or single-line file outside the usual folders, that neither the manifest nor the code " +
    "leads to, has no honest use; payloads of several worms came as just such a file. Look into it.",
  needs: ["artifact", "manifest", "files", "sources"],
  likes: ["history", "previousFiles"],
  examine(inputs): SignalResult | Ask {
    const { manifest, files, sources, previousFiles } = inputs;
    const candidates = candidatesIn(files);
    if (candidates.length === 0) return CLEAR;
    const { reached, complete } = reachableFiles(manifest, files, sources);
    const unreached = candidates.filter(
      ({ entry }) => !reached.has(entry.path) && !isNamedInCode(entry, files),
    );
    if (unreached.length === 0) return CLEAR;
    if (previousFiles === undefined && hasPredecessor(inputs)) return ASK_PREVIOUS_FILES;
    return foundOrClear(
      unreached
        .filter(({ entry }) => previousFiles === undefined || isNew(entry, previousFiles))
        .map((candidate) => unreachedFinding(candidate, manifest, complete, previousFiles)),
    );
  },
};

function hasPredecessor({
  artifact,
  history,
}: Pick<Inputs, "artifact"> & Partial<Pick<Inputs, "history">>): boolean {
  return history !== undefined && predecessorOf(artifact.ref.version, history) !== undefined;
}

const GROWTH = 4;

/** A file that has grown many times over is new in all but its name. */
function isNew(entry: FileEntry, previousFiles: FileTree): boolean {
  const before = previousFiles.get(entry.path);
  return before === undefined || entry.size > before.size * GROWTH;
}

const MENTIONS_MAX = 200;

/** Whether code of the package writes the file's name, in whatever way it then gets there. */
function isNamedInCode(entry: FileEntry, files: FileTree): boolean {
  const name = entry.path.slice(entry.path.lastIndexOf("/") + 1);
  const { arena, entries } = files.data;
  const bytes = Buffer.from(arena.buffer, arena.byteOffset, arena.byteLength);
  let at = bytes.indexOf(name);
  for (let mentions = 0; at !== -1 && mentions < MENTIONS_MAX; mentions += 1) {
    const position = at;
    const holder = entries.find(
      ({ offset, size }) => offset <= position && position < offset + size,
    );
    if (holder !== undefined && holder !== entry && IS_CODE.test(holder.path)) return true;
    at = bytes.indexOf(name, at + 1);
  }
  return false;
}

const IS_CODE = /\.(?:[cm]?[jt]sx?|json5?|sh|gypi?|vue|svelte|html?)$(?<!^package\.json)/i;

function unreachedFinding(
  { entry, shape }: Candidate,
  manifest: Manifest,
  complete: boolean,
  previousFiles: FileTree | undefined,
): Finding {
  const isSuspicious = previousFiles !== undefined && !entry.path.includes("/");
  // Without `exports` any file can be imported from outside by its path.
  const isCertain = complete && manifest.exports !== undefined;
  const what = shape === "large" ? "large" : "in one long line";
  const since = previousFiles === undefined ? "" : " It is new in this version.";
  const message = `${entry.path} (${String(Math.ceil(entry.size / 1024))} KB, ${what}) is reached by no field of package.json and by no code.${since}`;
  return finding(
    ID,
    shape,
    isSuspicious ? "medium" : "low",
    isCertain ? "high" : isSuspicious ? "medium" : "low",
    message,
    { file: entry.path },
  );
}
