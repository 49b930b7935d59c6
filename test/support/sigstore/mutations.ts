import { hash } from "node:crypto";
import {
  canonicalJson,
  isJsonObject,
  type Json,
  type JsonObject,
} from "../../../src/model/canonical.ts";
import type { Step } from "../../../src/model/provenance.ts";
import type { Base } from "./bases.ts";
import { element, oid, sequence, tagged, TAG } from "./der.ts";
import { at, derEdited, flipped, otherSignature, put, type Path } from "./edit.ts";

/** One way to change a bundle, and what has to come of it. */
export interface Mutation {
  readonly name: string;
  /** Undefined where a bundle has not what it changes. */
  readonly mutate: Mutate;
  /** Where a verification may stop; none for what {@link TOLERATED} names. */
  readonly steps: readonly Step[];
}

type Mutate = (bundle: JsonObject, base: Base) => JsonObject | undefined;

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
  "one of two timestamps taken out",
  "the timestamp's other signature",
  "the timestamp's certificate taken out",
  "the timestamp's certificate put in",
  "NULL as parameters in the timestamp's frame",
] as const;

/** Those that leave fewer trusted times than there were. */
export const FEWER_TIMES: ReadonlySet<string> = new Set<(typeof TOLERATED)[number]>([
  "the promise taken out where a timestamp remains",
  "one of two timestamps taken out",
]);

const MATERIAL: Path = ["verificationMaterial"];
const ENTRIES: Path = [...MATERIAL, "tlogEntries"];
const ENTRY: Path = [...ENTRIES, 0];
const PROOF: Path = [...ENTRY, "inclusionProof"];
const CHECKPOINT: Path = [...PROOF, "checkpoint", "envelope"];
const PROMISE: Path = [...ENTRY, "inclusionPromise", "signedEntryTimestamp"];
const TIME: Path = [...ENTRY, "integratedTime"];
const CHAIN: Path = [...MATERIAL, "x509CertificateChain", "certificates"];
const STAMPS: Path = [...MATERIAL, "timestampVerificationData", "rfc3161Timestamps"];
const TOKEN: Path = [...STAMPS, 0, "signedTimestamp"];
const HINT: Path = [...MATERIAL, "publicKey", "hint"];
const ENVELOPE: Path = ["dsseEnvelope"];
const PAYLOAD: Path = [...ENVELOPE, "payload"];
const SIGNATURES: Path = [...ENVELOPE, "signatures"];
const MESSAGE: Path = ["messageSignature"];
const DIGEST: Path = [...MESSAGE, "messageDigest"];
const LABEL: Path = ["mediaType"];

const LABELS = {
  "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
  "0.3, older": "application/vnd.dev.sigstore.bundle+json;version=0.3",
} as const;

const signaturePath = (bundle: JsonObject): Path =>
  bundle["messageSignature"] === undefined ? [...SIGNATURES, 0, "sig"] : [...MESSAGE, "signature"];

function leafPath(bundle: JsonObject): Path | undefined {
  if (at(bundle, [...MATERIAL, "certificate"]) !== undefined) {
    return [...MATERIAL, "certificate", "rawBytes"];
  }
  return at(bundle, CHAIN) === undefined ? undefined : [...CHAIN, 0, "rawBytes"];
}

type Where = Path | ((bundle: JsonObject) => Path | undefined);

/** Puts what `change` makes of the value there; where it makes nothing, the mutation does not apply. */
function value(
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

const set = (where: Where, to: Json): Mutate => value(where, () => to);

function without(...paths: readonly Path[]): Mutate {
  return (bundle) =>
    paths.every((path) => at(bundle, path) !== undefined)
      ? paths.reduce<JsonObject>((left, path) => put(left, path, undefined) as JsonObject, bundle)
      : undefined;
}

function bytes(
  where: Where,
  change: (bytes: Buffer, base: Base) => Uint8Array | undefined,
): Mutate {
  return value(where, (text, base) => {
    const changed = change(Buffer.from(String(text), "base64"), base);
    return changed === undefined ? undefined : Buffer.from(changed).toString("base64");
  });
}

function text(where: Where, change: (text: string) => string | undefined): Mutate {
  return value(where, (found) => change(String(found)));
}

/** The same member of another bundle, where it is another. */
function donated(where: Where): Mutate {
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

function both(...mutates: readonly Mutate[]): Mutate {
  return (bundle, base) =>
    mutates.reduce<JsonObject | undefined>(
      (left, mutate) => (left === undefined ? undefined : mutate(left, base)),
      bundle,
    );
}

/** Applies only where the bundle is as asked. */
function where(condition: (bundle: JsonObject, base: Base) => boolean, mutate: Mutate): Mutate {
  return (bundle, base) => (condition(bundle, base) ? mutate(bundle, base) : undefined);
}

const plus = (path: Path, amount: number): Mutate =>
  text(path, (count) => String(Number(count) + amount));

const label = (bundle: JsonObject): string => String(bundle["mediaType"]);
const isLabelled = (version: keyof typeof LABELS): ((bundle: JsonObject) => boolean) => {
  return (bundle) => label(bundle) === LABELS[version];
};
const hasChain = (bundle: JsonObject): boolean => at(bundle, CHAIN) !== undefined;
const hasCertificate = (bundle: JsonObject): boolean => leafPath(bundle) !== undefined;
const isSingle = (bundle: JsonObject): boolean => hasCertificate(bundle) && !hasChain(bundle);
const hasProof = (bundle: JsonObject): boolean => isJsonObject(at(bundle, PROOF));
const hasPromise = (bundle: JsonObject): boolean =>
  isJsonObject(at(bundle, [...ENTRY, "inclusionPromise"]));
const stampCount = (bundle: JsonObject): number => {
  const stamps = at(bundle, STAMPS);
  return Array.isArray(stamps) ? stamps.length : 0;
};
const isIntotoOf2023 = (bundle: JsonObject): boolean =>
  at(bundle, [...ENTRY, "kindVersion", "kind"]) === "intoto" &&
  Number(at(bundle, TIME)) * 1000 < Date.parse("2024-01-01T00:00:00Z");
const isEcdsaLog = (bundle: JsonObject): boolean => hasPromise(bundle);

const NO_PROOF = without(PROOF);
const NO_PROMISE = without([...ENTRY, "inclusionPromise"], TIME);

const LABEL_MUTATIONS: readonly Mutation[] = [
  {
    name: "a label of an unknown version",
    steps: ["bundle"],
    mutate: set(LABEL, "application/vnd.dev.sigstore.bundle+json;version=0.9"),
  },
  {
    name: "a label of a version to come",
    steps: ["bundle"],
    mutate: set(LABEL, "application/vnd.dev.sigstore.bundle.v1.0+json"),
  },
  {
    name: "a label in capitals",
    steps: ["bundle"],
    mutate: text(LABEL, (found) => found.toUpperCase()),
  },
  {
    name: "a label with a space behind it",
    steps: ["bundle"],
    mutate: text(LABEL, (found) => `${found} `),
  },
  { name: "a label that every object has", steps: ["bundle"], mutate: set(LABEL, "__proto__") },
  { name: "no label", steps: ["bundle"], mutate: without(LABEL) },
  {
    name: "version 0.1 without a promise",
    steps: ["log-promise", "bundle"],
    mutate: where((bundle) => !hasPromise(bundle), set(LABEL, LABELS["0.1"])),
  },
  {
    name: "a version that has certificates elsewhere",
    steps: ["bundle"],
    mutate: where(isSingle, set(LABEL, LABELS["0.2"])),
  },
  {
    name: "a version that has no chains",
    steps: ["bundle", "log-inclusion"],
    mutate: where(hasChain, set(LABEL, LABELS["0.3"])),
  },
  {
    name: "a version that demands a proof",
    steps: ["log-inclusion"],
    mutate: where((bundle) => !hasProof(bundle) && hasChain(bundle), set(LABEL, LABELS["0.2"])),
  },
  {
    name: "the label of another version whose demands are met",
    steps: [],
    mutate: where(
      (bundle) =>
        hasProof(bundle) && hasPromise(bundle) && !isSingle(bundle) && !isLabelled("0.1")(bundle),
      set(LABEL, LABELS["0.1"]),
    ),
  },
  {
    name: "the older spelling of the label",
    steps: [],
    mutate: where(isLabelled("0.3"), set(LABEL, LABELS["0.3, older"])),
  },
  {
    name: "version 0.1, a chain, and no proof",
    steps: ["log-inclusion"],
    mutate: where(
      (bundle) => hasProof(bundle) && hasPromise(bundle) && !isIntotoOf2023(bundle),
      (bundle, base) => {
        const path = leafPath(bundle);
        const lowered = both(set(LABEL, LABELS["0.1"]), NO_PROOF)(bundle, base);
        if (lowered === undefined || path === undefined || hasChain(bundle)) return lowered;
        const certificates: Json = [{ rawBytes: at(bundle, path) ?? null }];
        const moved = put(lowered, [...MATERIAL, "x509CertificateChain"], { certificates });
        return put(moved, [...MATERIAL, "certificate"], undefined) as JsonObject;
      },
    ),
  },
  {
    name: "the proof of a promised intoto entry of before 2024 taken out",
    steps: [],
    mutate: where(
      (bundle) => hasProof(bundle) && hasPromise(bundle) && isIntotoOf2023(bundle),
      both(set(LABEL, LABELS["0.1"]), NO_PROOF),
    ),
  },
];

const CONTENT_MUTATIONS: readonly Mutation[] = [
  {
    name: "a byte of the payload",
    steps: ["signature"],
    mutate: bytes(PAYLOAD, (payload) => flipped(payload, 40)),
  },
  {
    name: "the last byte of the payload",
    steps: ["signature"],
    mutate: bytes(PAYLOAD, (payload) => flipped(payload, -1)),
  },
  {
    name: "a payload cut short",
    steps: ["signature"],
    mutate: bytes(PAYLOAD, (payload) => payload.subarray(0, -1)),
  },
  {
    name: "a payload with a line end behind it",
    steps: ["signature"],
    mutate: bytes(PAYLOAD, (payload) => Buffer.concat([payload, Buffer.from("\n")])),
  },
  { name: "an empty payload", steps: ["bundle"], mutate: set(PAYLOAD, "") },
  {
    name: "a payload in base64url",
    steps: ["bundle"],
    mutate: text(PAYLOAD, (payload) =>
      respelled(payload, payload.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")),
    ),
  },
  {
    name: "a payload without padding",
    steps: ["bundle"],
    mutate: text(PAYLOAD, (payload) => respelled(payload, payload.replaceAll("=", ""))),
  },
  {
    name: "a payload with a line end in its base64",
    steps: ["bundle"],
    mutate: text(PAYLOAD, (payload) => `${payload.slice(0, 76)}\n${payload.slice(76)}`),
  },
  {
    name: "base64 with other bits behind its end",
    steps: ["bundle"],
    mutate: text(signaturePath, (found) =>
      found.endsWith("==")
        ? looseBits(found, 2)
        : found.endsWith("=")
          ? looseBits(found, 1)
          : undefined,
    ),
  },
  {
    name: "another subject",
    steps: ["signature"],
    mutate: bytes(PAYLOAD, (payload) =>
      Buffer.from(
        payload
          .toString()
          .replace(
            /"sha(256|512)":"./,
            (found) => `${found.slice(0, -1)}${found.endsWith("0") ? "1" : "0"}`,
          ),
      ),
    ),
  },
  {
    name: "another subject, and a log entry to match",
    steps: ["signature"],
    mutate: both(
      bytes(PAYLOAD, (payload) => flipped(payload, 40)),
      matchingBody,
    ),
  },
  {
    name: "another payload type",
    steps: ["signature"],
    mutate: set([...ENVELOPE, "payloadType"], "application/json"),
  },
  {
    name: "an empty payload type",
    steps: ["bundle"],
    mutate: set([...ENVELOPE, "payloadType"], ""),
  },
  { name: "the payload of another", steps: ["signature"], mutate: donated(PAYLOAD) },
  {
    name: "the envelope of another",
    steps: ["signature", "public-key", "log-entry"],
    mutate: donated(ENVELOPE),
  },
  {
    name: "a byte of the signature",
    steps: ["signature"],
    mutate: bytes(signaturePath, (signature) => flipped(signature, -2)),
  },
  {
    name: "a signature cut short",
    steps: ["signature"],
    mutate: bytes(signaturePath, (signature) => signature.subarray(0, -1)),
  },
  {
    name: "a signature with a byte behind it",
    steps: ["signature"],
    mutate: bytes(signaturePath, (signature) => Buffer.concat([signature, Buffer.of(0)])),
  },
  { name: "an empty signature", steps: ["bundle"], mutate: set(signaturePath, "") },
  {
    name: "a signature of zeros",
    steps: ["signature"],
    mutate: bytes(signaturePath, () =>
      sequence(element(TAG.integer, Buffer.of(0)), element(TAG.integer, Buffer.of(0))),
    ),
  },
  {
    name: "the signature's other signature",
    steps: ["log-entry"],
    mutate: bytes(signaturePath, (signature) => otherSignature(signature)),
  },
  { name: "the signature of another", steps: ["signature"], mutate: donated(signaturePath) },
  {
    name: "a second signature",
    steps: ["bundle"],
    mutate: value(SIGNATURES, (found) => [
      ...(found as readonly Json[]),
      ...(found as readonly Json[]),
    ]),
  },
  { name: "no signatures", steps: ["bundle"], mutate: set(SIGNATURES, []) },
  {
    name: "another key id",
    steps: ["public-key"],
    mutate: value([...SIGNATURES, 0], (found) => ({ ...(found as JsonObject), keyid: "another" })),
  },
  {
    name: "no key id for a key",
    steps: ["public-key"],
    mutate: where((bundle) => at(bundle, HINT) !== undefined, without([...SIGNATURES, 0, "keyid"])),
  },
  {
    name: "an empty key id left out",
    steps: [],
    mutate: where(
      (bundle) => at(bundle, [...SIGNATURES, 0, "keyid"]) === "",
      without([...SIGNATURES, 0, "keyid"]),
    ),
  },
  {
    name: "an envelope and a message signature",
    steps: ["bundle"],
    mutate: where(
      (bundle) => at(bundle, ENVELOPE) !== undefined,
      (bundle) =>
        put(bundle, MESSAGE, {
          messageDigest: { algorithm: "SHA2_256", digest: hash("sha256", "", "base64") },
          signature: "AAAA",
        }) as JsonObject,
    ),
  },
  {
    name: "neither envelope nor message signature",
    steps: ["bundle"],
    mutate: (bundle) => put(put(bundle, ENVELOPE, undefined), MESSAGE, undefined) as JsonObject,
  },
  {
    name: "another message digest",
    steps: ["artifact"],
    mutate: bytes([...DIGEST, "digest"], (digest) => flipped(digest, 0)),
  },
  {
    name: "a message digest cut short",
    steps: ["bundle"],
    mutate: bytes([...DIGEST, "digest"], (digest) => digest.subarray(1)),
  },
  {
    name: "another algorithm for the message digest",
    steps: ["bundle"],
    mutate: set([...DIGEST, "algorithm"], "SHA2_512"),
  },
  {
    name: "an unknown algorithm for the message digest",
    steps: ["bundle"],
    mutate: set([...DIGEST, "algorithm"], "SHA1"),
  },
  {
    name: "an algorithm that every object has",
    steps: ["bundle"],
    mutate: set([...DIGEST, "algorithm"], "constructor"),
  },
  {
    name: "the message's SHA-512 for its SHA-256",
    steps: ["log-entry"],
    mutate: value(DIGEST, (_, { artifact }) =>
      artifact?.kind === "bytes"
        ? { algorithm: "SHA2_512", digest: hash("sha512", artifact.bytes, "base64") }
        : undefined,
    ),
  },
  { name: "no message digest", steps: ["bundle"], mutate: without(DIGEST) },
];

/** Undefined where the other spelling is the same. */
function respelled(found: string, other: string): string | undefined {
  return other === found ? undefined : other;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Sets a bit that decoding throws away. */
function looseBits(found: string, padding: number): string {
  const end = found.length - padding - 1;
  const digit = BASE64[BASE64.indexOf(found[end] ?? "A") | 1] ?? "";
  return `${found.slice(0, end)}${digit}${found.slice(end + 1)}`;
}

/** The entry's digest of the payload made to fit, in kinds that have one. */
function matchingBody(bundle: JsonObject): JsonObject | undefined {
  const payload = Buffer.from(String(at(bundle, PAYLOAD)), "base64");
  const path: Path = [...ENTRY, "canonicalizedBody"];
  const body = JSON.parse(Buffer.from(String(at(bundle, path)), "base64").toString()) as Json;
  const places: readonly Path[] = [
    ["spec", "payloadHash", "value"],
    ["spec", "content", "payloadHash", "value"],
  ];
  const place = places.find((known) => at(body, known) !== undefined);
  if (place === undefined) return undefined;
  const matched = canonicalJson(put(body, place, hash("sha256", payload)));
  return put(bundle, path, Buffer.from(matched).toString("base64")) as JsonObject;
}

const SCT_LIST = oid("1.3.6.1.4.1.11129.2.4.2");
const ISSUER = oid("1.3.6.1.4.1.57264.1.1");

/** Changes the byte a way behind some bytes of a certificate. */
function after(certificate: Buffer, found: Buffer, distance: number): Buffer | undefined {
  const place = certificate.indexOf(found);
  return place === -1 ? undefined : flipped(certificate, place + found.length + distance);
}

// What a certificate says is compared with the log's record before its own signature is.
const ALTERED: readonly Step[] = ["log-entry"];

const CERTIFICATE_MUTATIONS: readonly Mutation[] = [
  {
    name: "a byte of the certificate's signature",
    steps: ALTERED,
    mutate: bytes(leafPath, (certificate) => flipped(certificate, -1)),
  },
  {
    name: "another letter in the certificate's name",
    steps: ALTERED,
    mutate: bytes(leafPath, (certificate) => after(certificate, oid("2.5.29.17"), 30)),
  },
  {
    name: "another letter in the certificate's issuer claim",
    steps: ALTERED,
    mutate: bytes(leafPath, (certificate) => after(certificate, ISSUER, 12)),
  },
  {
    name: "another certificate timestamp",
    steps: ALTERED,
    mutate: bytes(leafPath, (certificate) => after(certificate, SCT_LIST, 50)),
  },
  {
    name: "a certificate valid for longer",
    steps: ALTERED,
    mutate: bytes(leafPath, (certificate) =>
      derEdited(certificate, [0, 4, 1], (time) => flipped(time, -4)),
    ),
  },
  {
    name: "the certificate's other signature",
    steps: ALTERED,
    mutate: bytes(leafPath, (certificate) =>
      derEdited(certificate, [2], (bits) =>
        element(
          TAG.bitString,
          Buffer.of(0),
          otherSignature(bits.subarray(bits[1] === undefined || bits[1] < 0x80 ? 3 : 4)),
        ),
      ),
    ),
  },
  {
    name: "another key in the certificate",
    steps: ["signature", "certificate"],
    mutate: bytes(leafPath, (certificate) =>
      derEdited(certificate, [0, 6], (spki) => flipped(spki, -1)),
    ),
  },
  {
    name: "a certificate cut short",
    steps: ["certificate"],
    mutate: bytes(leafPath, (certificate) => certificate.subarray(0, -1)),
  },
  {
    name: "a certificate with a byte behind it",
    steps: ["certificate"],
    mutate: bytes(leafPath, (certificate) => Buffer.concat([certificate, Buffer.of(0)])),
  },
  {
    name: "a certificate with a length in a longer form",
    steps: ["certificate"],
    mutate: bytes(leafPath, (certificate) =>
      Buffer.concat([Buffer.of(0x30, 0x83, 0x00), certificate.subarray(2)]),
    ),
  },
  {
    name: "a certificate with TRUE written as 1",
    steps: ["certificate"],
    mutate: bytes(leafPath, (certificate) => {
      const place = certificate.indexOf(Buffer.of(1, 1, 0xff));
      return flipped(certificate, place + 2, 0xfe);
    }),
  },
  {
    name: "a certificate with an element more",
    steps: ["certificate"],
    mutate: bytes(leafPath, (certificate) => sequence(certificate.subarray(4), element(TAG.null))),
  },
  {
    name: "a certificate of another tag",
    steps: ["certificate"],
    mutate: bytes(leafPath, (certificate) => flipped(certificate, 0)),
  },
  { name: "the certificate of another", steps: ["signature"], mutate: donated(leafPath) },
  {
    name: "no certificate but bytes",
    steps: ["certificate"],
    mutate: bytes(leafPath, () => Buffer.from("no certificate")),
  },
  { name: "an empty certificate", steps: ["bundle"], mutate: set(leafPath, "") },
  {
    name: "the authority's certificate for the signer's",
    steps: ["signature"],
    mutate: bytes(
      leafPath,
      (_, { trust }) => trust.root.authorities[0]?.chain.links[0]?.certificate.encoded,
    ),
  },
  { name: "an empty chain", steps: ["bundle"], mutate: set(CHAIN, []) },
  {
    name: "a chain with the certificate twice",
    steps: ["certificate-chain"],
    mutate: value(CHAIN, (chain) => [
      (chain as readonly Json[])[0] ?? null,
      ...(chain as readonly Json[]),
    ]),
  },
  {
    name: "a chain with bytes as second certificate",
    steps: ["certificate-chain"],
    mutate: value(CHAIN, (chain) => [
      (chain as readonly Json[])[0] ?? null,
      { rawBytes: "anVuaw==" },
    ]),
  },
  {
    name: "a chain with the root alone above",
    steps: ["certificate-chain"],
    mutate: (bundle, base) =>
      hasChain(bundle) ? chained(bundle, base, (links) => links.slice(1)) : undefined,
  },
  {
    name: "a chain longer than any",
    steps: ["bundle"],
    mutate: value(CHAIN, (chain) =>
      Array.from({ length: 1000 }, () => (chain as readonly Json[])[0] ?? null),
    ),
  },
  {
    name: "the authority's certificates added to the chain",
    steps: [],
    mutate: where(
      (bundle) => hasChain(bundle) && at(bundle, [...CHAIN, 1]) === undefined,
      (bundle, base) => chained(bundle, base, (links) => links),
    ),
  },
  {
    name: "the authority's certificates taken out of the chain",
    steps: [],
    mutate: where(
      (bundle) => at(bundle, [...CHAIN, 1]) !== undefined,
      value(CHAIN, (chain) => (chain as readonly Json[]).slice(0, 1)),
    ),
  },
  {
    name: "a certificate in the field of other versions",
    steps: ["bundle"],
    mutate: where(hasCertificate, (bundle) => {
      const raw = { rawBytes: at(bundle, leafPath(bundle) ?? []) ?? null };
      return put(bundle, MATERIAL, {
        ...(at(bundle, MATERIAL) as JsonObject),
        ...(hasChain(bundle)
          ? { certificate: raw }
          : { x509CertificateChain: { certificates: [raw] } }),
      }) as JsonObject;
    }),
  },
  {
    name: "a certificate and a key",
    steps: ["bundle"],
    mutate: where(
      hasCertificate,
      (bundle) => put(bundle, [...MATERIAL, "publicKey"], { hint: "key" }) as JsonObject,
    ),
  },
  {
    name: "a key in place of the certificate",
    steps: ["public-key", "signature"],
    mutate: where(hasCertificate, (bundle, { keys }) => {
      const bare = put(
        put(bundle, [...MATERIAL, "certificate"], undefined),
        [...MATERIAL, "x509CertificateChain"],
        undefined,
      );
      return put(bare, [...MATERIAL, "publicKey"], { hint: keys[0]?.keyId ?? "" }) as JsonObject;
    }),
  },
  {
    name: "neither certificate nor key",
    steps: ["bundle"],
    mutate: (bundle) =>
      ["certificate", "x509CertificateChain", "publicKey"].reduce(
        (left, name) => put(left, [...MATERIAL, name], undefined) as JsonObject,
        bundle,
      ),
  },
  {
    name: "an unknown key's hint",
    steps: ["public-key"],
    mutate: text(HINT, (hint) => `${hint}x`),
  },
  {
    name: "the hint of another trusted key",
    steps: ["public-key"],
    mutate: value(HINT, (hint, { keys }) => keys.find(({ keyId }) => keyId !== hint)?.keyId),
  },
  { name: "an empty hint", steps: ["bundle"], mutate: set(HINT, "") },
  {
    name: "the hint and key id of another trusted key",
    steps: ["signature"],
    mutate: (bundle, { keys }) => {
      const other = keys.find(({ keyId }) => keyId !== at(bundle, HINT));
      return at(bundle, HINT) === undefined || other === undefined
        ? undefined
        : (put(
            put(bundle, HINT, other.keyId),
            [...SIGNATURES, 0, "keyid"],
            other.keyId,
          ) as JsonObject);
    },
  },
];

function chained(
  bundle: JsonObject,
  { trust }: Base,
  choose: (links: readonly Buffer[]) => readonly Buffer[],
): JsonObject {
  const leaf = at(bundle, [...CHAIN, 0]) ?? null;
  const { authorities } = trust.root;
  const links = (authorities.at(-1)?.chain.links ?? []).map(
    ({ certificate }) => certificate.encoded,
  );
  const above = choose(links).map((encoded) => ({ rawBytes: encoded.toString("base64") }));
  return put(bundle, CHAIN, [leaf, ...above]) as JsonObject;
}

const BODY: Path = [...ENTRY, "canonicalizedBody"];
const LOG_ID: Path = [...ENTRY, "logId", "keyId"];

const ENTRY_MUTATIONS: readonly Mutation[] = [
  { name: "no log entries", steps: ["log-entry"], mutate: set(ENTRIES, []) },
  {
    name: "the log entry twice",
    steps: ["log-entry"],
    mutate: value(ENTRIES, (found) => [
      ...(found as readonly Json[]),
      ...(found as readonly Json[]),
    ]),
  },
  {
    name: "the log entry twice, of other indices",
    steps: ["log-entry"],
    mutate: (bundle) => {
      const entry = at(bundle, ENTRY);
      const copy = put(entry ?? null, ["logIndex"], "7");
      return put(bundle, ENTRIES, [entry ?? null, copy]) as JsonObject;
    },
  },
  {
    name: "a thousand log entries",
    steps: ["bundle"],
    mutate: value(ENTRIES, (found) =>
      Array.from({ length: 1000 }, () => (found as readonly Json[])[0] ?? null),
    ),
  },
  { name: "the log entry of another", steps: ["log-entry"], mutate: donated(ENTRY) },
  {
    name: "the log entry of another beside the right one",
    steps: ["log-entry"],
    mutate: value(ENTRIES, (found, { donor }) => [
      ...(found as readonly Json[]),
      at(donor, ENTRY) ?? null,
    ]),
  },
  {
    name: "the next log index",
    steps: ["log-promise", "log-inclusion"],
    mutate: plus([...ENTRY, "logIndex"], 1),
  },
  {
    name: "the first log index",
    steps: ["log-promise", "log-inclusion"],
    mutate: set([...ENTRY, "logIndex"], "0"),
  },
  {
    name: "a negative log index",
    steps: ["bundle"],
    mutate: text([...ENTRY, "logIndex"], (count) => `-${count}`),
  },
  {
    name: "a log index with a zero in front",
    steps: ["bundle"],
    mutate: text([...ENTRY, "logIndex"], (count) => `0${count}`),
  },
  {
    name: "a log index with a plus in front",
    steps: ["bundle"],
    mutate: text([...ENTRY, "logIndex"], (count) => `+${count}`),
  },
  {
    name: "a log index in other digits",
    steps: ["bundle"],
    mutate: text([...ENTRY, "logIndex"], (count) => `0x${Number(count).toString(16)}`),
  },
  {
    name: "a log index as a number",
    steps: ["bundle"],
    mutate: value([...ENTRY, "logIndex"], (count) => Number(count)),
  },
  {
    name: "a log index beyond exact numbers",
    steps: ["bundle"],
    mutate: set([...ENTRY, "logIndex"], "9007199254740993"),
  },
  {
    name: "a byte of the log's id",
    steps: ["log-entry"],
    mutate: bytes(LOG_ID, (id) => flipped(id, 3)),
  },
  {
    name: "the id of another trusted log",
    steps: ["log-promise", "log-checkpoint"],
    mutate: bytes(LOG_ID, (id, { trust }) => {
      const other = trust.root.logs.find((log) => log.id !== id.toString("hex"));
      return other === undefined ? undefined : Buffer.from(other.id, "hex");
    }),
  },
  {
    name: "a log's id cut short",
    steps: ["log-entry"],
    mutate: bytes(LOG_ID, (id) => id.subarray(1)),
  },
  { name: "no log's id", steps: ["bundle"], mutate: without([...ENTRY, "logId"]) },
  { name: "a second later", steps: ["log-promise"], mutate: plus(TIME, 1) },
  { name: "a day later", steps: ["log-promise"], mutate: plus(TIME, 86_400) },
  {
    name: "a time in the far future",
    steps: ["log-promise"],
    mutate: set(TIME, "9007199254740991"),
  },
  { name: "no time for the promise", steps: ["log-promise"], mutate: without(TIME) },
  { name: "the time 0", steps: ["log-promise"], mutate: set(TIME, "0") },
  {
    name: "a time that nobody promised",
    steps: ["log-promise"],
    mutate: where(
      (bundle) => !hasPromise(bundle),
      (bundle) => put(bundle, TIME, "1750000000") as JsonObject,
    ),
  },
  {
    name: "a byte of the body",
    steps: ["log-entry", "log-promise"],
    mutate: bytes(BODY, (body) => flipped(body, -5)),
  },
  {
    name: "a body with a space more",
    steps: ["log-promise", "log-inclusion"],
    mutate: bytes(BODY, (body) => Buffer.from(body.toString().replace(":", ": "))),
  },
  {
    name: "a body with a field more",
    steps: ["log-promise", "log-inclusion"],
    mutate: bytes(BODY, (body) => Buffer.from(body.toString().replace("{", '{"a":1,'))),
  },
  {
    name: "a body that is no JSON",
    steps: ["log-entry"],
    mutate: bytes(BODY, (body) => body.subarray(1)),
  },
  {
    name: "a body that is no object",
    steps: ["log-entry"],
    mutate: bytes(BODY, () => Buffer.from("[]")),
  },
  { name: "an empty body", steps: ["bundle"], mutate: set(BODY, "") },
  { name: "the body of another", steps: ["log-entry"], mutate: donated(BODY) },
  {
    name: "another kind of entry",
    steps: ["log-entry"],
    mutate: set([...ENTRY, "kindVersion", "kind"], "rfc3161"),
  },
  {
    name: "another version of entry",
    steps: ["log-entry"],
    mutate: set([...ENTRY, "kindVersion", "version"], "9.9.9"),
  },
  {
    name: "another kind in label and body",
    steps: ["log-entry"],
    mutate: both(
      set([...ENTRY, "kindVersion", "kind"], "alpine"),
      bytes(BODY, (body) =>
        Buffer.from(canonicalJson(put(JSON.parse(body.toString()) as Json, ["kind"], "alpine"))),
      ),
    ),
  },
  { name: "no kind of entry", steps: ["bundle"], mutate: without([...ENTRY, "kindVersion"]) },
  {
    name: "a byte of the promise",
    steps: ["log-promise"],
    mutate: bytes(PROMISE, (promise) => flipped(promise, -1)),
  },
  {
    name: "a promise cut short",
    steps: ["log-promise"],
    mutate: bytes(PROMISE, (promise) => promise.subarray(0, -1)),
  },
  { name: "an empty promise", steps: ["bundle"], mutate: set(PROMISE, "") },
  { name: "the promise of another", steps: ["log-promise"], mutate: donated(PROMISE) },
  {
    name: "no promise for the time",
    steps: ["log-promise"],
    mutate: without([...ENTRY, "inclusionPromise"]),
  },
  {
    name: "no promise and no time",
    steps: ["log-promise", "log-inclusion", "timestamp"],
    mutate: NO_PROMISE,
  },
  {
    name: "no promise, no time, and the proof's index",
    steps: ["timestamp"],
    mutate: where(
      (bundle) => stampCount(bundle) === 0 && hasProof(bundle) && !isLabelled("0.1")(bundle),
      both(
        NO_PROMISE,
        (bundle) =>
          put(
            bundle,
            [...ENTRY, "logIndex"],
            at(bundle, [...PROOF, "logIndex"]) ?? null,
          ) as JsonObject,
      ),
    ),
  },
  {
    name: "the promise taken out where a timestamp remains",
    steps: [],
    mutate: where(
      (bundle) => stampCount(bundle) > 0 && hasProof(bundle) && hasPromise(bundle),
      both(
        NO_PROMISE,
        (bundle) =>
          put(
            bundle,
            [...ENTRY, "logIndex"],
            at(bundle, [...PROOF, "logIndex"]) ?? null,
          ) as JsonObject,
      ),
    ),
  },
  {
    name: "the promise's other signature",
    steps: [],
    mutate: bytes(PROMISE, (promise) => otherSignature(promise)),
  },
];

/** A checkpoint's text in its parts: what is signed, and the lines of signatures. */
function checkpoint(
  change: (lines: readonly string[], body: string) => string | undefined,
): Mutate {
  return text(CHECKPOINT, (found) => {
    const parted = found.indexOf("\n\n");
    return change(found.slice(parted + 2, -1).split("\n"), found.slice(0, parted + 1));
  });
}

/** The log's own line, its signature changed. */
function ownSignature(change: (signature: Buffer) => Buffer): Mutate {
  return checkpoint(([own = "", ...rest], body) =>
    isEd25519OrEcdsa(own) ? `${body}\n${[resigned(own, change), ...rest].join("\n")}\n` : undefined,
  );
}

const isEd25519OrEcdsa = (line: string): boolean => line.startsWith("— ");

function resigned(line: string, change: (signature: Buffer) => Buffer): string {
  const [dash = "", name = "", encoded = ""] = line.split(" ");
  const signed = Buffer.from(encoded, "base64");
  const changed = Buffer.concat([signed.subarray(0, 4), change(signed.subarray(4))]);
  return `${dash} ${name} ${changed.toString("base64")}`;
}

const WITNESS = `— witness.invalid ${Buffer.alloc(76, 7).toString("base64")}`;

const PROOF_MUTATIONS: readonly Mutation[] = [
  {
    name: "no proof",
    steps: ["log-inclusion"],
    mutate: where((bundle) => !isIntotoOf2023(bundle) || !isLabelled("0.1")(bundle), NO_PROOF),
  },
  {
    name: "null for the proof",
    steps: ["log-inclusion"],
    mutate: where(
      (bundle) => !isIntotoOf2023(bundle) || !isLabelled("0.1")(bundle),
      value(PROOF, () => null),
    ),
  },
  {
    name: "the next index in the proof",
    steps: ["log-inclusion"],
    mutate: plus([...PROOF, "logIndex"], 1),
  },
  {
    name: "the first index in the proof",
    steps: ["log-inclusion"],
    mutate: set([...PROOF, "logIndex"], "0"),
  },
  {
    name: "an index beyond the tree",
    steps: ["log-inclusion"],
    mutate: value(PROOF, (proof) => put(proof, ["logIndex"], at(proof, ["treeSize"]) ?? null)),
  },
  { name: "a larger tree", steps: ["log-checkpoint"], mutate: plus([...PROOF, "treeSize"], 1) },
  { name: "a smaller tree", steps: ["log-checkpoint"], mutate: plus([...PROOF, "treeSize"], -1) },
  { name: "an empty tree", steps: ["log-checkpoint"], mutate: set([...PROOF, "treeSize"], "0") },
  {
    name: "a byte of the root",
    steps: ["log-checkpoint"],
    mutate: bytes([...PROOF, "rootHash"], (root) => flipped(root, 0)),
  },
  { name: "no root", steps: ["bundle"], mutate: without([...PROOF, "rootHash"]) },
  {
    name: "a root of 31 bytes",
    steps: ["log-inclusion"],
    mutate: bytes([...PROOF, "rootHash"], (root) => root.subarray(1)),
  },
  {
    name: "a byte of a hash",
    steps: ["log-inclusion"],
    mutate: bytes([...PROOF, "hashes", 0], (found) => flipped(found, 31)),
  },
  {
    name: "a hash less",
    steps: ["log-inclusion"],
    mutate: value([...PROOF, "hashes"], (hashes) => (hashes as readonly Json[]).slice(1)),
  },
  {
    name: "the last hash less",
    steps: ["log-inclusion"],
    mutate: value([...PROOF, "hashes"], (hashes) => (hashes as readonly Json[]).slice(0, -1)),
  },
  {
    name: "a hash more",
    steps: ["log-inclusion"],
    mutate: value([...PROOF, "hashes"], (hashes) => [
      ...(hashes as readonly Json[]),
      (hashes as readonly Json[])[0] ?? null,
    ]),
  },
  {
    name: "hashes in the other order",
    steps: ["log-inclusion"],
    mutate: value([...PROOF, "hashes"], (hashes) => [...(hashes as readonly Json[])].reverse()),
  },
  { name: "no hashes", steps: ["log-inclusion"], mutate: set([...PROOF, "hashes"], []) },
  {
    name: "a hash of 33 bytes",
    steps: ["log-inclusion"],
    mutate: bytes([...PROOF, "hashes", 0], (found) => Buffer.concat([found, Buffer.of(0)])),
  },
  { name: "an empty hash", steps: ["bundle"], mutate: set([...PROOF, "hashes", 0], "") },
  {
    name: "ten thousand hashes",
    steps: ["bundle"],
    mutate: value([...PROOF, "hashes"], (hashes) =>
      Array.from({ length: 10_000 }, () => (hashes as readonly Json[])[0] ?? null),
    ),
  },
  {
    name: "the proof of another",
    steps: ["log-inclusion", "log-checkpoint"],
    mutate: donated(PROOF),
  },
  { name: "no checkpoint", steps: ["log-checkpoint"], mutate: without([...PROOF, "checkpoint"]) },
  { name: "an empty checkpoint", steps: ["bundle"], mutate: set(CHECKPOINT, "") },
  {
    name: "a checkpoint of another origin",
    steps: ["log-checkpoint"],
    mutate: text(CHECKPOINT, (found) => `x${found}`),
  },
  {
    name: "a checkpoint of a larger tree",
    steps: ["log-checkpoint"],
    mutate: text(CHECKPOINT, (found) =>
      found.replace(/\n(\d+)\n/, (_, size: string) => `\n${String(Number(size) + 1)}\n`),
    ),
  },
  {
    name: "a checkpoint of another root",
    steps: ["log-checkpoint"],
    mutate: checkpoint((lines, body) => {
      const [origin = "", size = "", root = ""] = body.split("\n");
      const other = flipped(Buffer.from(root, "base64"), 5).toString("base64");
      return `${origin}\n${size}\n${other}\n\n${lines.join("\n")}\n`;
    }),
  },
  {
    name: "another root in checkpoint and proof",
    steps: ["log-checkpoint"],
    mutate: both(
      bytes([...PROOF, "rootHash"], (root) => flipped(root, 5)),
      checkpoint((lines, body) => {
        const [origin = "", size = "", root = ""] = body.split("\n");
        const other = flipped(Buffer.from(root, "base64"), 5).toString("base64");
        return `${origin}\n${size}\n${other}\n\n${lines.join("\n")}\n`;
      }),
    ),
  },
  {
    name: "a line more in what the checkpoint signs",
    steps: ["log-checkpoint"],
    mutate: checkpoint((lines, body) => `${body}more\n\n${lines.join("\n")}\n`),
  },
  {
    name: "a byte of the checkpoint's signature",
    steps: ["log-checkpoint"],
    mutate: ownSignature((signature) => flipped(signature, -1)),
  },
  {
    name: "a checkpoint without signatures",
    steps: ["log-checkpoint"],
    mutate: checkpoint((_, body) => `${body}\n`),
  },
  {
    name: "a checkpoint of witnesses alone",
    steps: ["log-checkpoint"],
    mutate: checkpoint((_, body) => `${body}\n${WITNESS}\n`),
  },
  {
    name: "another name at the checkpoint's signature",
    steps: ["log-checkpoint"],
    mutate: checkpoint(
      ([own = "", ...rest], body) =>
        `${body}\n${[own.replace(/^— \S+/, "— other.invalid"), ...rest].join("\n")}\n`,
    ),
  },
  {
    name: "a pattern for the name at the checkpoint's signature",
    steps: ["log-checkpoint"],
    mutate: checkpoint(
      ([own = "", ...rest], body) =>
        `${body}\n${[own.replace(/^— \S+/, "— .*"), ...rest].join("\n")}\n`,
    ),
  },
  {
    name: "another key's hint at the checkpoint's signature",
    steps: ["log-checkpoint"],
    mutate: checkpoint(([own = "", ...rest], body) => {
      const [dash = "", name = "", encoded = ""] = own.split(" ");
      const other = flipped(Buffer.from(encoded, "base64"), 0).toString("base64");
      return `${body}\n${[`${dash} ${name} ${other}`, ...rest].join("\n")}\n`;
    }),
  },
  {
    name: "a wrong signature of the log beside the right one",
    steps: ["log-checkpoint"],
    mutate: checkpoint(
      ([own = "", ...rest], body) =>
        `${body}\n${[own, resigned(own, (signature) => flipped(signature, -1)), ...rest].join("\n")}\n`,
    ),
  },
  {
    name: "a checkpoint without its last line end",
    steps: ["log-checkpoint"],
    mutate: text(CHECKPOINT, (found) => found.slice(0, -1)),
  },
  {
    name: "a checkpoint with a line end more",
    steps: ["log-checkpoint"],
    mutate: text(CHECKPOINT, (found) => `${found}\n`),
  },
  {
    name: "a checkpoint with carriage returns",
    steps: ["log-checkpoint"],
    mutate: text(CHECKPOINT, (found) => found.replaceAll("\n", "\r\n")),
  },
  {
    name: "a hyphen at the checkpoint's signature",
    steps: ["log-checkpoint"],
    mutate: text(CHECKPOINT, (found) => found.replace("—", "-")),
  },
  {
    name: "a thousand lines of witnesses",
    steps: ["log-checkpoint", "bundle"],
    mutate: checkpoint(
      (lines, body) =>
        `${body}\n${[...lines, ...Array.from({ length: 500 }, () => WITNESS)].join("\n")}\n`,
    ),
  },
  {
    name: "the checkpoint of another",
    steps: ["log-checkpoint"],
    mutate: donated([...PROOF, "checkpoint"]),
  },
  {
    name: "a witness's line added to the checkpoint",
    steps: [],
    mutate: checkpoint((lines, body) => `${body}\n${[...lines, WITNESS].join("\n")}\n`),
  },
  {
    name: "the lines of witnesses taken out of the checkpoint",
    steps: [],
    mutate: checkpoint(([own = "", ...rest], body) =>
      rest.length === 0 ? undefined : `${body}\n${own}\n`,
    ),
  },
  {
    name: "the checkpoint's signature twice",
    steps: [],
    mutate: checkpoint(
      ([own = "", ...rest], body) => `${body}\n${[own, own, ...rest].join("\n")}\n`,
    ),
  },
  {
    name: "the checkpoint's other signature",
    steps: [],
    mutate: where(
      isEcdsaLog,
      ownSignature((signature) => otherSignature(signature)),
    ),
  },
];

/** Places in a timestamp: SignedData, its one SignerInfo, its TSTInfo. */
const SIGNED_DATA = [1, 1, 0];
const SIGNER = [...SIGNED_DATA, -1, 0];
const INFO = [...SIGNED_DATA, 2, 1, 0];

function token(path: readonly number[], change: (found: Buffer) => Buffer): Mutate {
  return bytes(TOKEN, (response) => derEdited(response, path, change));
}

const NULL = element(TAG.null);
const withNull = (algorithm: Buffer): Buffer =>
  algorithm.includes(NULL)
    ? sequence(algorithm.subarray(2, -2))
    : sequence(algorithm.subarray(2), NULL);

/** SignedData with other certificates: undefined for none. */
function embedded(certificates: Buffer | undefined): (signedData: Buffer) => Buffer {
  return (signedData) => {
    const parts = partsOf(signedData);
    const kept = parts.filter((part) => part[0] !== 0xa0);
    const signers = kept.pop() ?? Buffer.alloc(0);
    const added = certificates === undefined ? [] : [tagged(0, certificates)];
    return sequence(...kept, ...added, signers);
  };
}

function partsOf(der: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  derEdited(der, [0], (found) => found);
  for (let index = 0; ; index += 1) {
    let part: Buffer | undefined;
    derEdited(der, [index], (found) => (part = found));
    if (part === undefined) return parts;
    parts.push(part);
  }
}

const isEmbedded = (bundle: JsonObject): boolean => {
  const response = at(bundle, TOKEN);
  if (typeof response !== "string") return false;
  let signedData = Buffer.alloc(0);
  derEdited(Buffer.from(response, "base64"), SIGNED_DATA, (found) => (signedData = found));
  return partsOf(signedData).some((part) => part[0] === 0xa0);
};

const STAMPER = (base: Base): Buffer | undefined =>
  base.trust.root.timestampAuthorities[0]?.chain.links[0]?.certificate.encoded;

const TIMESTAMP_MUTATIONS: readonly Mutation[] = [
  {
    name: "a byte of the timestamp",
    steps: ["timestamp"],
    mutate: bytes(TOKEN, (response) => flipped(response, Math.floor(response.length / 2))),
  },
  {
    name: "a timestamp cut short",
    steps: ["timestamp"],
    mutate: bytes(TOKEN, (response) => response.subarray(0, -1)),
  },
  {
    name: "a timestamp with a byte behind it",
    steps: ["timestamp"],
    mutate: bytes(TOKEN, (response) => Buffer.concat([response, Buffer.of(0)])),
  },
  {
    name: "a timestamp with a length in a longer form",
    steps: ["timestamp"],
    mutate: bytes(TOKEN, (response) =>
      Buffer.concat([Buffer.of(0x30, 0x83, 0x00), response.subarray(2)]),
    ),
  },
  { name: "an empty timestamp", steps: ["bundle"], mutate: set(TOKEN, "") },
  {
    name: "no timestamp where nobody else knows the time",
    steps: ["timestamp"],
    mutate: where((bundle) => stampCount(bundle) > 0 && !hasPromise(bundle), set(STAMPS, [])),
  },
  {
    name: "the timestamp twice",
    steps: ["timestamp"],
    mutate: where(
      (bundle) => stampCount(bundle) > 0,
      value(STAMPS, (found) => [...(found as readonly Json[]), ...(found as readonly Json[])]),
    ),
  },
  {
    name: "a thousand timestamps",
    steps: ["bundle"],
    mutate: where(
      (bundle) => stampCount(bundle) > 0,
      value(STAMPS, (found) =>
        Array.from({ length: 1000 }, () => (found as readonly Json[])[0] ?? null),
      ),
    ),
  },
  { name: "the timestamp of another", steps: ["timestamp"], mutate: donated(TOKEN) },
  {
    name: "the timestamp of another beside the right one",
    steps: ["timestamp"],
    mutate: value(STAMPS, (found, { donor }) => {
      const other = at(donor, [...STAMPS, 0]);
      return other === undefined || (found as readonly Json[]).length === 0
        ? undefined
        : [...(found as readonly Json[]), other];
    }),
  },
  {
    name: "another time in the timestamp",
    steps: ["timestamp"],
    mutate: token([...INFO], (info) => {
      const place = info.lastIndexOf("Z");
      return flipped(info, info.indexOf("Z") === -1 ? place : info.indexOf("Z") - 1);
    }),
  },
  {
    name: "another imprint in the timestamp",
    steps: ["timestamp"],
    mutate: token([...INFO], (info) => flipped(info, 60)),
  },
  {
    name: "a timestamp granted with modifications",
    steps: ["timestamp"],
    mutate: token([0], () => sequence(element(TAG.integer, Buffer.of(1)))),
  },
  {
    name: "a timestamp that was refused",
    steps: ["timestamp"],
    mutate: token([0], () => sequence(element(TAG.integer, Buffer.of(2)))),
  },
  {
    name: "another kind of content in the timestamp",
    steps: ["timestamp"],
    mutate: token([...SIGNED_DATA, 2, 0], () => oid("1.2.840.113549.1.7.1")),
  },
  {
    name: "a byte of the timestamp's signature",
    steps: ["timestamp"],
    mutate: token([...SIGNER, -1], (signature) => flipped(signature, -1)),
  },
  {
    name: "a signed attribute less in the timestamp",
    steps: ["timestamp"],
    mutate: token([...SIGNER, 3], (attributes) => tagged(0, ...partsOf(attributes).slice(1))),
  },
  {
    name: "signed attributes in another order",
    steps: ["timestamp"],
    mutate: token([...SIGNER, 3], (attributes) => tagged(0, ...partsOf(attributes).reverse())),
  },
  {
    name: "unsigned attributes in the timestamp",
    steps: ["timestamp"],
    mutate: token(SIGNER, (signer) =>
      sequence(...partsOf(signer), tagged(1, sequence(oid("1.2.3"), element(TAG.set)))),
    ),
  },
  {
    name: "a second signer in the timestamp",
    steps: ["timestamp"],
    mutate: token([...SIGNED_DATA, -1], (signers) =>
      element(TAG.set, ...partsOf(signers), ...partsOf(signers)),
    ),
  },
  {
    name: "another digest algorithm in the timestamp",
    steps: ["timestamp"],
    mutate: token([...SIGNER, 2], () => sequence(oid("2.16.840.1.101.3.4.2.3"))),
  },
  {
    name: "another serial number for the timestamp's certificate",
    steps: ["timestamp"],
    mutate: token([...SIGNER, 1, 1], (serial) => flipped(serial, -1)),
  },
  {
    name: "another certificate in the timestamp",
    steps: ["timestamp"],
    mutate: (bundle, base) => {
      const [certificate] = base.trust.root.authorities.map(
        ({ chain }) => chain.links[0]?.certificate.encoded,
      );
      return certificate === undefined
        ? undefined
        : token(SIGNED_DATA, embedded(certificate))(bundle, base);
    },
  },
  {
    name: "bytes for a certificate in the timestamp",
    steps: ["timestamp"],
    mutate: token(SIGNED_DATA, embedded(sequence(NULL))),
  },
  {
    name: "the timestamp's other signature",
    steps: [],
    mutate: token([...SIGNER, -1], (signature) =>
      element(TAG.octetString, otherSignature(signature.subarray(2))),
    ),
  },
  {
    name: "the timestamp's certificate taken out",
    steps: [],
    mutate: where(isEmbedded, token(SIGNED_DATA, embedded(undefined))),
  },
  {
    name: "the timestamp's certificate put in",
    steps: [],
    mutate: where(
      (bundle) => stampCount(bundle) > 0 && !isEmbedded(bundle),
      (bundle, base) => token(SIGNED_DATA, embedded(STAMPER(base)))(bundle, base),
    ),
  },
  {
    name: "NULL as parameters in the timestamp's frame",
    steps: [],
    mutate: both(token([...SIGNED_DATA, 1, 0], withNull), token([...SIGNER, 2], withNull)),
  },
  {
    name: "one of two timestamps taken out",
    steps: [],
    mutate: where(
      (bundle) => stampCount(bundle) === 2,
      value(STAMPS, (found) => (found as readonly Json[]).slice(1)),
    ),
  },
  {
    name: "no timestamp data for an empty list",
    steps: [],
    mutate: where(
      (bundle) => stampCount(bundle) === 0,
      without([...MATERIAL, "timestampVerificationData"]),
    ),
  },
];

const stranger = (path: Path): Mutate =>
  value(path, (found) => (isJsonObject(found) ? { ...found, stranger: 1 } : undefined));

const SHAPE_MUTATIONS: readonly Mutation[] = [
  {
    name: "an unknown field in the bundle",
    steps: ["bundle"],
    mutate: (bundle) => ({ ...bundle, stranger: 1 }),
  },
  { name: "an unknown field in the material", steps: ["bundle"], mutate: stranger(MATERIAL) },
  { name: "an unknown field in the log entry", steps: ["bundle"], mutate: stranger(ENTRY) },
  { name: "an unknown field in the proof", steps: ["bundle"], mutate: stranger(PROOF) },
  {
    name: "an unknown field in the checkpoint",
    steps: ["bundle"],
    mutate: stranger([...PROOF, "checkpoint"]),
  },
  { name: "an unknown field in the envelope", steps: ["bundle"], mutate: stranger(ENVELOPE) },
  {
    name: "an unknown field beside the signature",
    steps: ["bundle"],
    mutate: stranger([...SIGNATURES, 0]),
  },
  {
    name: "a field named in the older spelling of protobuf",
    steps: ["bundle"],
    mutate: (bundle) => {
      const { mediaType, ...rest } = bundle;
      return { media_type: mediaType ?? null, ...rest };
    },
  },
  { name: "no verification material", steps: ["bundle"], mutate: without(MATERIAL) },
  {
    name: "a list in place of the material",
    steps: ["bundle"],
    mutate: value(MATERIAL, (material) => [material]),
  },
  {
    name: "a bundle in a bundle",
    steps: ["bundle"],
    mutate: (bundle) => ({ ...bundle, verificationMaterial: bundle }),
  },
  {
    name: "null for a field that is not there",
    steps: [],
    mutate: (bundle) => ({
      ...bundle,
      [bundle["dsseEnvelope"] === undefined ? "dsseEnvelope" : "messageSignature"]: null,
    }),
  },
];

export const MUTATIONS: readonly Mutation[] = [
  ...LABEL_MUTATIONS,
  ...CONTENT_MUTATIONS,
  ...CERTIFICATE_MUTATIONS,
  ...ENTRY_MUTATIONS,
  ...PROOF_MUTATIONS,
  ...TIMESTAMP_MUTATIONS,
  ...SHAPE_MUTATIONS,
];
