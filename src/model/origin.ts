import type { PackageEvidence } from "./provenance.ts";

/** In order of strength. "trusted-publisher" is verified provenance, and no token was involved. */
export type Rank = "provenance" | "trusted-publisher";

/** What of verified provenance is compared from one version to the next. */
export interface Origin {
  readonly rank: Rank;
  readonly repository: string;
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  readonly workflow: string;
  readonly signer: string;
  readonly ref: string;
  readonly runner: "hosted" | "self-hosted" | "unknown";
  readonly builder: string;
  readonly issuer: string;
}

/** An origin that this installation verified once, whatever the registry serves today. */
export interface RememberedOrigin extends Origin {
  readonly version: string;
  /** Of the bytes that the provenance was about, lower-case hexadecimal. */
  readonly sha512: string;
  readonly seenAtMs: number;
}

/** Undefined unless the provenance was verified: nothing else is worth remembering or comparing. */
export function originOf(evidence: PackageEvidence): Origin | undefined {
  if (evidence.provenance.state !== "verified") return undefined;
  const { value } = evidence.provenance;
  return {
    rank: evidence.trustedPublisher === undefined ? "provenance" : "trusted-publisher",
    repository: value.repository,
    repositoryId: value.repositoryId,
    ownerId: value.ownerId,
    workflow: value.workflow,
    signer: value.signer,
    ref: value.ref,
    runner: value.runner,
    builder: value.builder,
    issuer: value.issuer,
  };
}
