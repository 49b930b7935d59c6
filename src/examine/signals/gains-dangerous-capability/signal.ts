import { isJsonObject, parseJson } from "../../../model/canonical.ts";
import {
  CLEAR,
  cutShort,
  foundOrClear,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import type { FileTree } from "../../../model/file-tree.ts";
import { type Manifest, parseManifest } from "../../../model/manifest.ts";
import type { Version } from "../../diff/abilities.ts";
import { type Gains, gainsBetween } from "../../diff/diff.ts";
import { createSources } from "../../parse/parse.ts";
import { capabilitiesOf } from "../../program/capabilities.ts";
import { programOf } from "../../program/shared.ts";
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
  examine({ manifest, files, sources, previous, previousFiles }): SignalResult | Ask {
    const after = { manifest, files, sources };
    if (previousFiles === undefined) return canDoHarm(after) ? ASK_PREVIOUS_FILES : CLEAR;
    const before = {
      manifest: manifestIn(previousFiles) ?? previous.manifest,
      files: previousFiles,
      sources: createSources(previousFiles),
    };
    return answer(gainsBetween(before, after), previous.ref.version);
  },
};

/** The version before is a download, so it is asked for only if there is something to compare. */
function canDoHarm({ manifest, files, sources }: Version): boolean {
  const program = programOf(manifest, files, sources);
  return program.unread.length > 0 || capabilitiesOf(program).some(isTelling);
}

function answer({ gained, unknown: whys, newlyUnknown }: Gains, since: string): SignalResult {
  const findings = weighed(ID, gained, since);
  const [why] = [...newlyUnknown, ...whys];
  // What was found stays found; nothing found in half of the code is no all-clear.
  if (findings.length > 0 || why === undefined) return foundOrClear(findings);
  return newlyUnknown.length > 0 ? cutShort(why) : unknown(why);
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
