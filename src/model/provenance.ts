/**
 * What is known of where a version comes from. Every value here was verified by `src/provenance`
 * unless its comment says that it is a claim.
 */

/**
 * Where a verification stopped. Closed, so that every report can say what each means
 * (`act/report/provenance-steps.ts`).
 */
export const STEPS = [
  /** The document is no Sigstore bundle: JSON, version, shape, bounds. */
  "bundle",
  "trust-root",
  /** The signing certificate cannot be read, or may not sign code. */
  "certificate",
  /** It does not chain to a trusted authority, or was not valid when it was used. */
  "certificate-chain",
  "certificate-transparency",
  /** What the log recorded is not what the bundle says. */
  "log-entry",
  /** The log's signed promise (SET). */
  "log-promise",
  "log-inclusion",
  "log-checkpoint",
  /** A time stamp (RFC 3161), or no trusted time at all. */
  "timestamp",
  /** The key that is hinted at is not trusted, or was not valid when it was used. */
  "public-key",
  "signature",
  /** The signed statement is about other bytes. */
  "artifact",
  /** Signed by somebody else than was expected. */
  "identity",
  /** No in-toto statement, or no predicate that can be read. */
  "statement",
  /** Statement and certificate, or subject and predicate, contradict each other. */
  "agreement",
  "registry-signature",
] as const;
export type Step = (typeof STEPS)[number];

/**
 * Why something does not verify. "false": it contradicts itself, its signature or the bytes.
 * "untrusted": no authority that vouches for it is among the trusted ones, which may be too old.
 * "unsupported": a newer or other format than this Veln knows.
 */
export type RefusalCause = "false" | "untrusted" | "unsupported";

export interface Refusal {
  readonly step: Step;
  readonly cause: RefusalCause;
  /** One sentence; printable. */
  readonly why: string;
}

/** The four states an audit knows. "absent" was asked for and is not there; "unknown" could not be asked. */
export type Evidence<Value> =
  | { readonly state: "verified"; readonly value: Value }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly why: string }
  | ({ readonly state: "failed" } & Refusal);

/** The registry's signature over `name@version:integrity`. */
export interface RegistrySignature {
  readonly keyId: string;
}

/** The registry's own statement that it received these bytes under this name. */
export interface PublishAttestation {
  readonly keyId: string;
  readonly registry: string;
  readonly loggedAtMs: number;
}

/** A build statement, its certificate and both checked against each other and against the bytes. */
export interface Provenance {
  readonly predicateType: string;
  /** From the statement, and nobody certifies it: a claim. */
  readonly buildType: string;
  /** Which kind of CI signed, by the certificate's issuer. */
  readonly ci: "github-actions" | "gitlab-ci" | "other";
  /** OIDC issuer that vouched for the workflow. */
  readonly issuer: string;
  /** The workflow that signed (certificate SAN); another repository's for reusable workflows. */
  readonly signer: string;
  /** `https://github.com/owner/name`, without `.git`, as the certificate has it. */
  readonly repository: string;
  /** Survives renames and transfers; undefined in certificates of before May 2023. */
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  /** Commit SHA, lower-case hexadecimal. */
  readonly commit: string;
  /** `refs/heads/main`, `refs/tags/v1.0.0`. */
  readonly ref: string;
  /** Path of the workflow that was started, within its repository: `.github/workflows/release.yml`. */
  readonly workflow: string;
  readonly builder: string;
  readonly runner: "hosted" | "self-hosted" | "unknown";
  readonly trigger: string | undefined;
  /** Undefined in certificates of before May 2023. */
  readonly runUrl: string | undefined;
  /** From the statement, which the build writes: a claim. */
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** The earliest time a trusted log or timestamp authority vouches for. */
  readonly signedAtMs: number;
}

/** Everything about one version's origin, gathered in one pass. */
export interface PackageEvidence {
  readonly registrySignature: Evidence<RegistrySignature>;
  readonly publish: Evidence<PublishAttestation>;
  readonly provenance: Evidence<Provenance>;
  /** The registry's word that it was published by a trusted publisher: a claim ("github", "gitlab"). */
  readonly trustedPublisher: string | undefined;
}
