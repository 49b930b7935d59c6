import { foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { finding } from "../../../model/finding.ts";
import { label } from "../../../model/package-ref.ts";
import type { Signal } from "../../signal.ts";

const ID = "bytes-differ-from-first-seen";
const DIGEST_SHOWN_LENGTH = 32;

export const bytesDifferFromFirstSeen: Signal<"artifact" | "firstSeen"> = {
  id: ID,
  version: 1,
  title: "The bytes are not the ones seen here before",
  rationale:
    "A published version never changes. When the same name and version come with other bytes than " +
    "this installation saw first, somebody exchanged them, whatever the registry says now.",
  needs: ["artifact", "firstSeen"],
  examine({ artifact, firstSeen }): SignalResult {
    if (artifact.digests.sha512 === firstSeen.sha512) return foundOrClear([]);
    const [now, then] = [artifact.digests.sha512, firstSeen.sha512].map((digest) =>
      digest.slice(0, DIGEST_SHOWN_LENGTH),
    );
    const day = new Date(firstSeen.atMs).toISOString().slice(0, 10);
    const message = `${label(artifact.ref)} had sha512 ${String(then)}… when it was first seen here on ${day}; now it has ${String(now)}….`;
    return foundOrClear([finding(ID, "sha512", "critical", "high", message)]);
  },
};
