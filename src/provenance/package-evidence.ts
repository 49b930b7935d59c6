import { isFailure } from "../model/failure.ts";
import type { Integrity } from "../model/digests.ts";
import type { EarlierEvidence } from "../model/downgrade.ts";
import type { PackageRef } from "../model/package-ref.ts";
import type { Evidence, PackageEvidence, RegistrySignature } from "../model/provenance.ts";
import type { Release } from "../model/release.ts";
import type { BuilderRules } from "./agreement.ts";
import { verifyAttestations, type AttestedOrigin } from "./attestations.ts";
import { LEFT_OUT, verifyRegistrySignature } from "./registry-signature.ts";
import { NO_KEYS, type RegistryKeys } from "./registry-keys.ts";
import type { TrustMaterial } from "./trust-material/material.ts";

export interface EvidenceQuestion {
  readonly release: Release;
  /** Whether the registry's document has signatures or attestations for any version at all. */
  readonly isSigned: boolean;
  /**
   * Of the bytes in hand. Undefined: the registry's own integrity stands in for them, and what comes
   * out is about whatever tarball has it.
   */
  readonly sha512: string | undefined;
  readonly rules: BuilderRules;
}

/** Undefined when the registry answers that there are none. @throws Failure when it cannot be asked */
type FetchAttestations = (ref: PackageRef) => Promise<string | undefined>;

export interface EvidenceSources {
  /** Whose word counts for this registry; asked only when there is something to verify. */
  readonly trust: () => Promise<TrustMaterial>;
  readonly fetchAttestations: FetchAttestations;
}

/**
 * Everything about one version's origin. Asks the registry at most once, and only for versions of
 * which it claims to have attestations.
 */
export async function gatherEvidence(
  question: EvidenceQuestion,
  { trust, fetchAttestations }: EvidenceSources,
): Promise<PackageEvidence> {
  const { release } = question;
  const isSilent = release.signatures.length === 0 && !release.claimsAttestations;
  const material = isSilent ? undefined : await trust();
  return {
    registrySignature: signatureOn(question, material?.keys ?? NO_KEYS),
    ...(await attestedOrigin(question, material, fetchAttestations)),
    trustedPublisher: release.trustedPublisher,
  };
}

/** A signature that is right, but for other bytes, vouches for nothing here. */
function signatureOn(
  { isSigned, release, sha512 }: EvidenceQuestion,
  keys: RegistryKeys,
): Evidence<RegistrySignature> {
  const signature = verifyRegistrySignature(release, keys, isSigned);
  if (signature.state !== "verified" || sha512 === undefined) return signature;
  const claims = release.integrity.filter(({ algorithm }) => algorithm === "sha512");
  const isForOthers = claims.length > 0 && claims.every(({ hex }) => hex !== sha512);
  return isForOthers ? FOR_OTHER_BYTES : signature;
}

const FOR_OTHER_BYTES = {
  state: "failed",
  step: "artifact",
  cause: "false",
  why: "The registry's signature is for other bytes than these.",
} as const;

async function attestedOrigin(
  { isSigned, release, rules, sha512: given }: EvidenceQuestion,
  material: TrustMaterial | undefined,
  fetchAttestations: FetchAttestations,
): Promise<AttestedOrigin> {
  if (!release.claimsAttestations || material === undefined)
    return isSigned ? both({ state: "absent" }) : unknown(LEFT_OUT);
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
  const attested = verifyAttestations(
    text,
    { ref: release.ref, sha512 },
    { root: material.root, keyFor: (hint) => material.keys.keyFor("npm:attestations", hint) },
    rules,
  );
  return withoutHoles(attested, release);
}

/** What the registry says that it has and leaves out of its answer is held back, not absent. */
function withoutHoles(attested: AttestedOrigin, release: Release): AttestedOrigin {
  const { provenance, publish } = attested;
  if (publish.state === "absent" && provenance.state === "absent") return WITHHELD;
  return release.claimsProvenance && provenance.state === "absent"
    ? { publish, provenance: WITHHELD.provenance }
    : attested;
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

/**
 * Evidence of the versions that a version is compared with. Where the version itself is proven, the
 * newest of them that claims to be says enough; where it is not, it counts whether all of them were.
 *
 * @param earlier newest first; without those that are remembered
 */
export async function gatherEarlierEvidence(
  own: PackageEvidence,
  earlier: readonly EvidenceQuestion[],
  sources: EvidenceSources,
): Promise<readonly EarlierEvidence[]> {
  const claiming = earlier.filter(({ release }) => release.claimsAttestations);
  const silent = earlier.filter(({ release }) => !release.claimsAttestations);
  const asked = own.provenance.state === "verified" ? claiming.slice(0, 1) : claiming;
  return Promise.all(
    [...asked, ...silent].map(async (question) => ({
      version: question.release.ref.version,
      evidence: await gatherEvidence(question, sources),
    })),
  );
}
