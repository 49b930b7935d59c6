import { isJsonObject, parseJson } from "../../../model/canonical.ts";
import {
  CLEAR,
  cutShort,
  foundDespite,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import type { FileTree } from "../../../model/file-tree.ts";
import { type Manifest, parseManifest } from "../../../model/manifest.ts";
import { fileIn, type Version } from "../../diff/abilities.ts";
import { type Gains, gainsBetween } from "../../diff/diff.ts";
import { wholeOf } from "../../diff/whole.ts";
import { CODE_OF_SIZE_BYTES, codeBytesOf } from "../../parse/code-size.ts";
import { MODULE_BYTES_MAX, SPENT } from "../../program/program.ts";
import { type Ask, ASK_PREVIOUS_FILES, type Signal } from "../../signal.ts";
import { isTelling, weighed } from "./weigh.ts";

const ID = "gains-dangerous-capability";

export const gainsDangerousCapability: Signal<
  "manifest" | "files" | "sources" | "previous",
  "previousFiles"
> = {
  id: ID,
  version: 1,
  title: "Can do dangerous things that the version before could not",
  rationale:
    "A hijacked package has to reach the network, secrets or other programs, and most packages never " +
    "did. Names, layout, bundling and minification make no difference here. Read the places named, and " +
    "look for the change in the project's history.",
  needs: ["manifest", "files", "sources", "previous"],
  likes: ["previousFiles"],
  isHeavy: true,
  examine({ manifest, files, sources, previous, previousFiles }, _stop, soFar): SignalResult | Ask {
    const after = { manifest, files, sources };
    if (previousFiles === undefined) return canDoHarm(after) ? ASK_PREVIOUS_FILES : CLEAR;
    const before = {
      manifest: manifestIn(previousFiles) ?? previous.manifest,
      files: previousFiles,
      sources: sources.beside(previousFiles),
    };
    const since = previous.ref.version;
    // Its author cannot be blamed for this version, nor this one's for it.
    soFar(unknown(`the code of ${since} could not be read to its end`));
    const gains = gainsBetween(before, after, () => {
      soFar(ifThisOneRunsOut(before, after, since));
    });
    return answer(gains, before, after, since);
  },
};

/** What could be read before and cannot now was made so, unless both are large. */
function ifThisOneRunsOut(before: Version, after: Version, since: string): SignalResult {
  const why = `what it gained since ${since} could not be found out`;
  return areBothLarge(before, after) ? unknown(why) : cutShort(why);
}

/** A version that hides in bulk has to bring it along, for most packages are small. */
const GROWTH_MAX = 4;

function areBothLarge(before: Version, after: Version): boolean {
  const [was, is] = [codeBytesOf(before.files), codeBytesOf(after.files)];
  return is > CODE_OF_SIZE_BYTES && is < GROWTH_MAX * was;
}

/** The version before is a download, so it is asked for only if there is something to compare. */
function canDoHarm(version: Version): boolean {
  const whole = wholeOf(version);
  return whole.occurrences().some(isTelling) || whole.unread.length > 0;
}

function answer(
  { gained, unknown: whys, newlyUnknown }: Gains,
  before: Version,
  after: Version,
  since: string,
): SignalResult {
  const unread = [...new Set([...newlyUnknown, ...whys])];
  const isInnocent = areBothLarge(before, after)
    ? newlyUnknown.every((why) => isForSize(why, after.files))
    : newlyUnknown.length === 0;
  return foundDespite(weighed(ID, gained, since), unread, { isCutShort: !isInnocent });
}

/** Whether bounds in bytes are why: of the file that a sentence is about, or of all files together. */
function isForSize(why: string, files: FileTree): boolean {
  const path = fileIn(why, files);
  if (path === undefined) return why !== SPENT;
  return (files.get(path)?.size ?? 0) > MODULE_BYTES_MAX;
}

function manifestIn(files: FileTree): Manifest | undefined {
  const entry = files.get("package.json");
  if (entry === undefined) return undefined;
  try {
    const json = parseJson(files.text(entry).replace(/^\uFEFF/, ""));
    return isJsonObject(json) ? parseManifest(json) : undefined;
  } catch {
    return undefined;
  }
}
