import { isJsonObject, type Json, type JsonObject } from "../../../../src/model/canonical.ts";
import type { Step } from "../../../../src/model/provenance.ts";
import type { Base } from "../bases.ts";
import { at, put, type Path } from "../edit.ts";

/** One way to change a bundle, and what has to come of it. */
export interface Mutation {
  readonly name: string;
  /** Undefined where a bundle has not what it changes. */
  readonly mutate: Mutate;
  /** Where a verification may stop; none for what {@link TOLERATED} names. */
  readonly steps: readonly Step[];
}

/** Undefined where a bundle has not what is to be changed. */
export type Mutate = (bundle: JsonObject, base: Base) => JsonObject | undefined;

/**
 * What anybody may change without changing what a bundle says: nothing signs it, and nothing is
 * concluded from it. `docs/provenance.md` has the reasons.
 */
export const TOLERATED = [
  "the label of another version whose demands are met",
  "the older spelling of the label",
  "null for a field that is not there",
  "no timestamp data for an empty list",
  "an empty key id left out",
  "the authority's certificates added to the chain",
  "the authority's certificates taken out of the chain",
  "the proof of a promised intoto entry of before 2024 taken out",
  "the promise's other signature",
  "the checkpoint's other signature",
  "the checkpoint's signature twice",
  "a witness's line added to the checkpoint",
  "the lines of witnesses taken out of the checkpoint",
  "the promise taken out where a timestamp remains",
  "timestamps taken out where another time remains",
  "the timestamp's other signature",
  "the timestamp's certificate taken out",
  "the timestamp's certificate put in",
  "NULL as parameters in the timestamp's frame",
] as const;

/** Those that leave fewer trusted times than there were. */
export const FEWER_TIMES: ReadonlySet<string> = new Set<(typeof TOLERATED)[number]>([
  "the promise taken out where a timestamp remains",
  "timestamps taken out where another time remains",
]);

export const MATERIAL: Path = ["verificationMaterial"];
export const ENTRIES: Path = [...MATERIAL, "tlogEntries"];
export const ENTRY: Path = [...ENTRIES, 0];
export const PROOF: Path = [...ENTRY, "inclusionProof"];
export const CHECKPOINT: Path = [...PROOF, "checkpoint", "envelope"];
export const PROMISE: Path = [...ENTRY, "inclusionPromise", "signedEntryTimestamp"];
export const TIME: Path = [...ENTRY, "integratedTime"];
export const CHAIN: Path = [...MATERIAL, "x509CertificateChain", "certificates"];
export const STAMPS: Path = [...MATERIAL, "timestampVerificationData", "rfc3161Timestamps"];
export const TOKEN: Path = [...STAMPS, 0, "signedTimestamp"];
export const HINT: Path = [...MATERIAL, "publicKey", "hint"];
export const ENVELOPE: Path = ["dsseEnvelope"];
export const PAYLOAD: Path = [...ENVELOPE, "payload"];
export const SIGNATURES: Path = [...ENVELOPE, "signatures"];
export const MESSAGE: Path = ["messageSignature"];
export const DIGEST: Path = [...MESSAGE, "messageDigest"];
export const LABEL: Path = ["mediaType"];

export const LABELS = {
  "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
  "0.3, older": "application/vnd.dev.sigstore.bundle+json;version=0.3",
} as const;

export const signaturePath = (bundle: JsonObject): Path =>
  bundle["messageSignature"] === undefined ? [...SIGNATURES, 0, "sig"] : [...MESSAGE, "signature"];

export function leafPath(bundle: JsonObject): Path | undefined {
  if (at(bundle, [...MATERIAL, "certificate"]) !== undefined) {
    return [...MATERIAL, "certificate", "rawBytes"];
  }
  return at(bundle, CHAIN) === undefined ? undefined : [...CHAIN, 0, "rawBytes"];
}

export type Where = Path | ((bundle: JsonObject) => Path | undefined);

/** Puts what `change` makes of the value there; where it makes nothing, the mutation does not apply. */
export function value(
  where: Where,
  change: (value: Json, base: Base, bundle: JsonObject) => Json | undefined,
): Mutate {
  return (bundle, base) => {
    const path = typeof where === "function" ? where(bundle) : where;
    const found = path === undefined ? undefined : at(bundle, path);
    if (path === undefined || found === undefined || found === null) return undefined;
    const changed = change(found, base, bundle);
    return changed === undefined ? undefined : (put(bundle, path, changed) as JsonObject);
  };
}

export const set = (where: Where, to: Json): Mutate => value(where, () => to);

export function without(...paths: readonly Path[]): Mutate {
  return (bundle) =>
    paths.every((path) => at(bundle, path) !== undefined)
      ? paths.reduce<JsonObject>((left, path) => put(left, path, undefined) as JsonObject, bundle)
      : undefined;
}

export function bytes(
  where: Where,
  change: (bytes: Buffer, base: Base) => Uint8Array | undefined,
): Mutate {
  return value(where, (text, base) => {
    const changed = change(Buffer.from(textOf(text), "base64"), base);
    return changed === undefined ? undefined : Buffer.from(changed).toString("base64");
  });
}

export function text(where: Where, change: (text: string) => string | undefined): Mutate {
  return value(where, (found) => change(textOf(found)));
}

/** The same member of another bundle, where it is another. */
export function donated(where: Where): Mutate {
  return (bundle, base) => {
    const path = typeof where === "function" ? where(bundle) : where;
    const from = typeof where === "function" ? where(base.donor) : where;
    if (path === undefined || from === undefined || at(bundle, path) === undefined)
      return undefined;
    const donor = at(base.donor, from);
    const isOther = donor !== undefined && donor !== null;
    return isOther ? (put(bundle, path, donor) as JsonObject) : undefined;
  };
}

export function both(...mutates: readonly Mutate[]): Mutate {
  return (bundle, base) =>
    mutates.reduce<JsonObject | undefined>(
      (left, mutate) => (left === undefined ? undefined : mutate(left, base)),
      bundle,
    );
}

/** Applies only where the bundle is as asked. */
export function where(
  condition: (bundle: JsonObject, base: Base) => boolean,
  mutate: Mutate,
): Mutate {
  return (bundle, base) => (condition(bundle, base) ? mutate(bundle, base) : undefined);
}

export const plus = (path: Path, amount: number): Mutate =>
  text(path, (count) => String(Number(count) + amount));

export const label = (bundle: JsonObject): string => textOf(bundle["mediaType"]);
export const isLabelled = (version: keyof typeof LABELS): ((bundle: JsonObject) => boolean) => {
  return (bundle) => label(bundle) === LABELS[version];
};
export const hasChain = (bundle: JsonObject): boolean => at(bundle, CHAIN) !== undefined;
export const hasCertificate = (bundle: JsonObject): boolean => leafPath(bundle) !== undefined;
export const isSingle = (bundle: JsonObject): boolean =>
  hasCertificate(bundle) && !hasChain(bundle);
export const hasProof = (bundle: JsonObject): boolean => isJsonObject(at(bundle, PROOF));
export const hasPromise = (bundle: JsonObject): boolean =>
  isJsonObject(at(bundle, [...ENTRY, "inclusionPromise"]));
export const stampCount = (bundle: JsonObject): number => {
  const stamps = at(bundle, STAMPS);
  return Array.isArray(stamps) ? stamps.length : 0;
};
export const isIntotoOf2023 = (bundle: JsonObject): boolean =>
  at(bundle, [...ENTRY, "kindVersion", "kind"]) === "intoto" &&
  Number(at(bundle, TIME)) * 1000 < Date.parse("2024-01-01T00:00:00Z");

export const NO_PROOF = without(PROOF);
export const NO_PROMISE = without([...ENTRY, "inclusionPromise"], TIME);

export function refused(name: string, steps: readonly Step[], mutate: Mutate): Mutation {
  return { name, steps, mutate };
}

export function tolerated(name: (typeof TOLERATED)[number], mutate: Mutate): Mutation {
  return { name, steps: [], mutate };
}

export function textOf(json: Json | undefined): string {
  return typeof json === "string" ? json : "";
}

export function listOf(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}
