import { downgradeOf, type Weakness, type WeaknessKind } from "../../../model/downgrade.ts";
import {
  CLEAR,
  foundOrClear,
  inapplicable,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import { type Confidence, type Finding, finding, type Severity } from "../../../model/finding.ts";
import type { Signal } from "../../signal.ts";

const ID = "provenance-is-weaker";

export const provenanceIsWeaker: Signal<"artifact" | "provenance", "history"> = {
  id: ID,
  version: 1,
  title: "Is proven less well than the versions before it",
  rationale:
    "Who steals a token publishes from a laptop: the proof of origin that the versions before had is " +
    "gone, or names another repository. Honest projects lose it when a release fails half-way and is " +
    "finished by hand; ask them, or wait for the next one.",
  needs: ["artifact", "provenance"],
  likes: ["history"],
  examine({ artifact, provenance, history }): SignalResult {
    const { evidence, predecessors, remembered } = provenance;
    const past = { versions: history?.versions ?? [], predecessors, remembered };
    const downgrade = downgradeOf(artifact.ref.version, evidence, past);
    if (downgrade.state === "weaker") return foundOrClear(downgrade.weaknesses.map(findingOf));
    if (downgrade.state === "unknown") return unknown(downgrade.why);
    return downgrade.state === "as-strong" ? CLEAR : inapplicable(downgrade.why);
  },
};

/**
 * A stolen token or a foreign repository must not install by itself; what an honest project changes
 * when it reorganises its builds must, even two or three such things at once.
 */
const WEIGHTS: Readonly<Record<WeaknessKind, readonly [Severity, Confidence]>> = {
  "provenance-gone": ["high", "high"],
  // Whoever cannot sign must not fare better with a signature of nobody's than with none.
  "provenance-fails": ["high", "high"],
  "other-repository": ["high", "high"],
  "other-owner": ["high", "high"],
  "other-issuer": ["high", "high"],
  "trusted-publisher-gone": ["medium", "medium"],
  "other-workflow": ["medium", "medium"],
  "other-signer": ["medium", "medium"],
  "other-builder": ["medium", "medium"],
  "other-ref": ["medium", "medium"],
  "tag-not-branch": ["low", "low"],
  "weaker-runner": ["medium", "high"],
};

function findingOf({ kind, always, why }: Weakness): Finding {
  const [severity, confidence] = WEIGHTS[kind];
  return always
    ? finding(ID, kind, severity, confidence, why)
    : finding(ID, kind, "medium", confidence, `${why} Not every version before it had that.`);
}
