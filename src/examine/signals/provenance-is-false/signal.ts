import {
  CLEAR,
  foundOrClear,
  inapplicable,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import type { Evidence, PackageEvidence, Refusal } from "../../../model/provenance.ts";
import type { Signal } from "../../signal.ts";

const ID = "provenance-is-false";

export const provenanceIsFalse: Signal<"provenance"> = {
  id: ID,
  version: 1,
  title: "Carries provenance that is not true of these bytes",
  rationale:
    "A signature or a build statement that contradicts itself, its signer or the tarball was made or " +
    "moved by somebody who wants it to look proven. That what is there verifies says only where a " +
    "package comes from, not that it is harmless.",
  needs: ["provenance"],
  examine({ provenance: { evidence } }): SignalResult {
    const parts = partsOf(evidence);
    const failed = parts.flatMap(({ claim, noun, answer }) =>
      answer.state === "failed" ? [{ claim, noun, refusal: answer }] : [],
    );
    const isFalse = failed.filter(({ refusal }) => refusal.cause === "false");
    if (isFalse.length > 0) return foundOrClear(isFalse.map(findingOf));
    const [unchecked] = failed;
    if (unchecked !== undefined) return unknown(sentence(unchecked));
    const unasked = parts.find(({ answer }) => answer.state === "unknown")?.answer;
    if (unasked?.state === "unknown") return unknown(unasked.why);
    return parts.some(({ answer }) => answer.state === "verified")
      ? CLEAR
      : inapplicable("the registry has neither signature nor attestation of it");
  },
};

interface Part {
  readonly claim: string;
  readonly noun: string;
  readonly answer: Evidence<unknown>;
}

function partsOf(evidence: PackageEvidence): readonly Part[] {
  return [
    {
      claim: "registry-signature",
      noun: "The registry's signature",
      answer: evidence.registrySignature,
    },
    { claim: "publish-attestation", noun: "The publish attestation", answer: evidence.publish },
    { claim: "build-provenance", noun: "The provenance", answer: evidence.provenance },
  ];
}

interface FailedPart {
  readonly claim: string;
  readonly noun: string;
  readonly refusal: Refusal;
}

function findingOf(part: FailedPart): Finding {
  return finding(ID, part.claim, "critical", "high", sentence(part));
}

const MANNERS = {
  false: "is false",
  untrusted: "is vouched for by nobody who is trusted here",
  unsupported: "is in a form that this Veln does not know",
} as const;

function sentence({ noun, refusal }: FailedPart): string {
  return `${noun} ${MANNERS[refusal.cause]} (${refusal.step}): ${refusal.why}`;
}
