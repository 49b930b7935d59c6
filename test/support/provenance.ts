import type { ProvenanceFacts } from "../../src/examine/signal.ts";
import type { Expectation } from "../../src/model/expectation.ts";
import type { RememberedOrigin } from "../../src/model/origin.ts";
import type {
  Evidence,
  PackageEvidence,
  Provenance,
  PublishAttestation,
  RegistrySignature,
} from "../../src/model/provenance.ts";

const REPOSITORY = "https://github.com/acme/widgets";
const WORKFLOW = ".github/workflows/release.yml";
const SIGNED_AT_MS = Date.UTC(2026, 3, 1);

export function provenanceOf(changed: Partial<Provenance> = {}): Provenance {
  const { repository = REPOSITORY, workflow = WORKFLOW, ref = "refs/tags/v1.0.0" } = changed;
  return {
    predicateType: "https://slsa.dev/provenance/v1",
    buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
    ci: "github-actions",
    issuer: "https://token.actions.githubusercontent.com",
    signer: `${repository}/${workflow}@${ref}`,
    repository,
    repositoryId: "1001",
    ownerId: "77",
    commit: "0123456789abcdef0123456789abcdef01234567",
    ref,
    workflow,
    builder: "https://github.com/actions/runner/github-hosted",
    runner: "hosted",
    trigger: "push",
    runUrl: `${repository}/actions/runs/1/attempts/1`,
    startedAtMs: undefined,
    finishedAtMs: undefined,
    signedAtMs: SIGNED_AT_MS,
    ...changed,
  };
}

export function verifiedAs<Value>(value: Value): Evidence<Value> {
  return { state: "verified", value };
}

export const ABSENT = { state: "absent" } as const;

export function evidenceOf(
  provenance: Evidence<Provenance>,
  rest: Partial<PackageEvidence> = {},
): PackageEvidence {
  return {
    registrySignature: verifiedAs({ keyId: "SHA256:key" }),
    publish: ABSENT,
    provenance,
    trustedPublisher: undefined,
    ...rest,
  };
}

export function rememberedOf(
  version: string,
  changed: Partial<RememberedOrigin> = {},
): RememberedOrigin {
  const { repository, repositoryId, ownerId, workflow, signer, ref, runner, builder, issuer } =
    provenanceOf(changed);
  return {
    rank: "provenance",
    repository,
    repositoryId,
    ownerId,
    workflow,
    signer,
    ref,
    runner,
    builder,
    issuer,
    version,
    sha512: "5".repeat(128),
    seenAtMs: SIGNED_AT_MS,
    ...changed,
  };
}

export function expectationOf(changed: Partial<Expectation> = {}): Expectation {
  return {
    package: "widgets",
    required: true,
    repository: undefined,
    repositoryId: undefined,
    ownerId: undefined,
    workflow: undefined,
    signer: undefined,
    builder: undefined,
    runner: "any",
    ref: undefined,
    issuer: undefined,
    ...changed,
  };
}

/** `provenance` of a fixture: everything is optional; what is not said of evidence is absent. */
export interface ProvenanceCase extends EvidenceCase {
  /** Version → evidence. */
  readonly predecessors?: Readonly<Record<string, EvidenceCase>>;
  /** Version → what differs from an ordinary origin. */
  readonly remembered?: Readonly<Record<string, Partial<RememberedOrigin>>>;
  readonly expectations?: readonly Partial<Expectation>[];
}

interface EvidenceCase {
  readonly registrySignature?: PartCase<RegistrySignature>;
  readonly publish?: PartCase<PublishAttestation>;
  readonly provenance?: PartCase<Provenance>;
  readonly trustedPublisher?: string;
}

/** `verified`: what differs from an ordinary one; null takes a member away. */
type PartCase<Value> =
  | { readonly verified: { readonly [Key in keyof Value]?: Value[Key] | null } }
  | Exclude<Evidence<Value>, { readonly state: "verified" }>;

export function provenanceFactsFrom(given: ProvenanceCase, name: string): ProvenanceFacts {
  const { predecessors = {}, remembered = {}, expectations = [] } = given;
  return {
    evidence: evidenceFrom(given),
    predecessors: Object.entries(predecessors).map(([version, evidence]) => ({
      version,
      evidence: evidenceFrom(evidence),
    })),
    remembered: Object.entries(remembered).map(([version, changed]) =>
      rememberedOf(version, changed),
    ),
    expectations: expectations.map((changed) => expectationOf({ package: name, ...changed })),
  };
}

function evidenceFrom(given: EvidenceCase): PackageEvidence {
  return {
    registrySignature: partFrom(given.registrySignature, (changed) => ({
      keyId: "SHA256:key",
      ...changed,
    })),
    publish: partFrom(given.publish, (changed) => ({
      keyId: "SHA256:key",
      registry: "https://registry.invalid/",
      loggedAtMs: SIGNED_AT_MS,
      ...changed,
    })),
    provenance: partFrom(given.provenance, provenanceOf),
    trustedPublisher: given.trustedPublisher,
  };
}

function partFrom<Value extends object>(
  given: PartCase<Value> | undefined,
  make: (changed: Partial<Value>) => Value,
): Evidence<Value> {
  if (given === undefined) return ABSENT;
  if (!("verified" in given)) return given;
  const changed = Object.entries(given.verified).map(([key, value]) => [key, value ?? undefined]);
  return verifiedAs(make(Object.fromEntries(changed) as Partial<Value>));
}
