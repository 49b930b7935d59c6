import { isFailure } from "../model/failure.ts";
import type { Integrity } from "../model/digests.ts";
import type { PackageRef } from "../model/package-ref.ts";
import type { PackageEvidence } from "../model/provenance.ts";
import type { Release } from "../model/release.ts";
import type { BuilderRules } from "./agreement.ts";
import { verifyAttestations, type AttestedOrigin } from "./attestations.ts";
import { LEFT_OUT, verifyRegistrySignature } from "./registry-signature.ts";
import type { TrustMaterial } from "./trust-material/material.ts";

export interface EvidenceQuestion {
  readonly release: Release;
  /** Whether the registry's document has signatures for any version at all. */
  readonly isSigned: boolean;
  /**
   * Of the bytes in hand. Undefined: the registry's own integrity stands in for them, and what comes
   * out is about whatever tarball has it.
   */
  readonly sha512: string | undefined;
  readonly rules: BuilderRules;
}

/** Undefined when the registry answers that there are none. @throws Failure when it cannot be asked */
export type FetchAttestations = (ref: PackageRef) => Promise<string | undefined>;

/**
 * Everything about one version's origin. Asks the registry at most once, and only for versions of
 * which it claims to have attestations.
 */
export async function gatherEvidence(
  question: EvidenceQuestion,
  material: TrustMaterial,
  fetchAttestations: FetchAttestations,
): Promise<PackageEvidence> {
  const { isSigned, release } = question;
  return {
    registrySignature: verifyRegistrySignature(release, material.keys, isSigned),
    ...(await attestedOrigin(question, material, fetchAttestations)),
    trustedPublisher: release.trustedPublisher,
  };
}

async function attestedOrigin(
  { isSigned, release, rules, sha512: given }: EvidenceQuestion,
  material: TrustMaterial,
  fetchAttestations: FetchAttestations,
): Promise<AttestedOrigin> {
  if (!release.claimsAttestations) return isSigned ? both({ state: "absent" }) : unknown(LEFT_OUT);
  const sha512 = given ?? claimedSha512(release.integrity);
  if (sha512 === undefined) return unknown("the registry names no sha512 of this version");
  let text: string | undefined;
  try {
    text = await fetchAttestations(release.ref);
  } catch (error) {
    if (!isFailure(error)) throw error;
    return unknown(error.message);
  }
  if (text === undefined) return WITHHELD;
  return verifyAttestations(
    text,
    { ref: release.ref, sha512 },
    { root: material.root, keyFor: (hint) => material.keys.keyFor("npm:attestations", hint) },
    rules,
  );
}

/**
 * The registry says in one place that there are attestations and in another that there are none.
 * Taken for "absent" it would let whoever stands between hide them; it is no forgery either.
 */
const WITHHELD: AttestedOrigin = both({
  state: "failed",
  step: "bundle",
  cause: "untrusted",
  why: "The registry claims to have attestations, and does not hand them out.",
});

function claimedSha512(integrity: readonly Integrity[]): string | undefined {
  return integrity.find(({ algorithm }) => algorithm === "sha512")?.hex;
}

function unknown(why: string): AttestedOrigin {
  return both({ state: "unknown", why });
}

function both(evidence: AttestedOrigin["publish"] & AttestedOrigin["provenance"]): AttestedOrigin {
  return { publish: evidence, provenance: evidence };
}
