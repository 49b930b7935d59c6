import { compareDigests } from "../../../model/digests.ts";
import { CLEAR, foundOrClear, type SignalResult, unknown } from "../../../model/examination.ts";
import { finding } from "../../../model/finding.ts";
import type { Signal } from "../../signal.ts";

const ID = "bytes-differ-from-registry";

export const bytesDifferFromRegistry: Signal<"artifact" | "release"> = {
  id: ID,
  version: 1,
  title: "The bytes are not the ones the registry describes",
  rationale:
    "The registry publishes a digest of every tarball. Bytes with another digest were damaged or " +
    "exchanged on their way. Nothing in them can be trusted.",
  needs: ["artifact", "release"],
  examine({ artifact, release }): SignalResult {
    const comparison = compareDigests(artifact.digests, release.integrity);
    if (comparison === "equal") return CLEAR;
    if (comparison === "incomparable") {
      return unknown("the registry names no digest that can be compared");
    }
    const claimed = release.integrity.map((claim) => short(`${claim.algorithm} ${claim.hex}`));
    const message = `The tarball has ${short(`sha512 ${artifact.digests.sha512}`)}; the registry says ${claimed.join(", ")}.`;
    return foundOrClear([finding(ID, "integrity", "critical", "high", message)]);
  },
};

function short(digest: string): string {
  return digest.length > 40 ? `${digest.slice(0, 40)}…` : digest;
}
