import { isJsonObject, parseJson, type Json } from "../model/canonical.ts";
import type { PackageRef } from "../model/package-ref.ts";
import { label } from "../model/package-ref.ts";
import type { Evidence, Provenance, PublishAttestation } from "../model/provenance.ts";
import { hasRepeatedName } from "../model/repeated-names.ts";
import { agreedBuild, type BuilderRules } from "./agreement.ts";
import { buildClaimsOf } from "./build-claims.ts";
import { bundleFrom } from "./bundle.ts";
import { checkSubject, isProvenance, PREDICATE, statementIn, textAt } from "./statement.ts";
import { refuse, verification, type Verification } from "./verification.ts";
import { verifyBundle, type Trust, type VerifiedBundle } from "./verify-bundle.ts";

/** What attestations have to be about. */
export interface Subject {
  readonly ref: PackageRef;
  /** Lower-case hexadecimal. */
  readonly sha512: string;
}

export interface AttestedOrigin {
  readonly publish: Evidence<PublishAttestation>;
  readonly provenance: Evidence<Provenance>;
}

const TEXT_LENGTH_MAX = 8 * 1024 * 1024;
const ATTESTATIONS_MAX = 16;

/**
 * The answer of `/-/npm/v1/attestations/<name>@<version>`: `{attestations: [{predicateType, bundle}]}`.
 * Every attestation in it has to verify, also of kinds that are not known here; each of the two kinds
 * that are known fails by itself.
 */
export function verifyAttestations(
  text: string,
  subject: Subject,
  trust: Trust,
  rules: BuilderRules,
): AttestedOrigin {
  const list = verification(() => attestationsIn(text));
  if (list.state === "failed") return { publish: list, provenance: list };
  const strangers = list.value.filter(
    ({ predicateType }) => predicateType !== PREDICATE.publish && !isProvenance(predicateType),
  );
  const stranger = strangers
    .map((attestation) => verification(() => verifyAttestation(attestation, subject, trust)))
    .find((result): result is Failed => result.state === "failed");
  if (stranger !== undefined) return { publish: stranger, provenance: stranger };
  return {
    publish: onlyOne(
      list.value.filter(({ predicateType }) => predicateType === PREDICATE.publish),
      (attestation) => publishFrom(attestation, subject, trust),
    ),
    provenance: onlyOne(
      list.value.filter(({ predicateType }) => isProvenance(predicateType)),
      (attestation) => provenanceFrom(attestation, subject, trust, rules),
    ),
  };
}

type Failed = Extract<Verification<unknown>, { readonly state: "failed" }>;

interface Attestation {
  /** As labelled; nothing signs the label. */
  readonly predicateType: string;
  readonly bundle: Json | undefined;
}

function attestationsIn(text: string): readonly Attestation[] {
  if (text.length > TEXT_LENGTH_MAX) refuse("bundle", "The attestations are larger than 8 MiB.");
  let json: Json;
  try {
    json = parseJson(text);
  } catch {
    return refuse("bundle", "The attestations are not JSON.");
  }
  if (hasRepeatedName(text, json)) refuse("bundle", "The attestations have a field twice.");
  const list = isJsonObject(json) ? json["attestations"] : undefined;
  if (!Array.isArray(list) || list.length > ATTESTATIONS_MAX) {
    return refuse("bundle", "The registry's answer is no list of attestations.");
  }
  const attestations = list.map((item: Json) => {
    const predicateType = textAt(item, "predicateType");
    if (predicateType === undefined || !isJsonObject(item)) {
      return refuse("bundle", "An attestation does not say what it is about.");
    }
    return { predicateType, bundle: item["bundle"] };
  });
  if (new Set(attestations.map(({ predicateType }) => predicateType)).size < list.length) {
    refuse("bundle", TWO_OF_A_KIND);
  }
  return attestations;
}

const TWO_OF_A_KIND = "There are two attestations of one kind.";

/** Of two that contradict each other, one would be shown and the other believed. */
function onlyOne<Value>(
  attestations: readonly Attestation[],
  read: (attestation: Attestation) => Value,
): Evidence<Value> {
  const [first, ...rest] = attestations;
  if (first === undefined) return { state: "absent" };
  return verification(() => {
    if (rest.length > 0) refuse("bundle", TWO_OF_A_KIND);
    return read(first);
  });
}

function verifyAttestation(
  { bundle, predicateType }: Attestation,
  subject: Subject,
  trust: Trust,
): { readonly verified: VerifiedBundle; readonly statement: ReturnType<typeof statementIn> } {
  const verified = verifyBundle(bundleFrom(bundle), trust);
  if (verified.content.kind !== "envelope") {
    return refuse("statement", "It signs a file, where a statement was expected.");
  }
  const statement = statementIn(verified.content);
  if (statement.predicateType !== predicateType) {
    refuse("statement", "The registry labels the statement as another kind than it is.");
  }
  checkSubject(statement, subject.ref, subject.sha512);
  return { verified, statement };
}

/** npm's publish attestation, v0.1: the registry's own word, signed with the registry's key. */
function publishFrom(attestation: Attestation, subject: Subject, trust: Trust): PublishAttestation {
  const { statement, verified } = verifyAttestation(attestation, subject, trust);
  if (verified.signer.kind !== "key") {
    return refuse("identity", "The publish attestation is not signed by the registry.");
  }
  const { name, registry, version } = statement.predicate;
  const { ref } = subject;
  if (name !== ref.name || version !== ref.version || typeof registry !== "string") {
    return refuse(
      "agreement",
      `The publish attestation is for another package than ${label(ref)}.`,
    );
  }
  return { keyId: verified.signer.keyId, registry, loggedAtMs: verified.timesMs[0] };
}

function provenanceFrom(
  attestation: Attestation,
  subject: Subject,
  trust: Trust,
  rules: BuilderRules,
): Provenance {
  const { statement, verified } = verifyAttestation(attestation, subject, trust);
  if (verified.signer.kind !== "certificate") {
    return refuse("identity", "The provenance is signed by a key, not by a build service.");
  }
  return {
    predicateType: statement.predicateType,
    ...agreedBuild(buildClaimsOf(statement), verified.signer.identity, rules),
    signedAtMs: verified.timesMs[0],
  };
}
