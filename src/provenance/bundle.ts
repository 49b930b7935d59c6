import { isJsonObject, parseJson, type Json, type JsonObject } from "../model/canonical.ts";
import { hasRepeatedName } from "../model/repeated-names.ts";
import { exactBase64 } from "./base64.ts";
import { refuse } from "./verification.ts";

/**
 * A Sigstore bundle (protobuf-specs, `sigstore_bundle.proto`, JSON form), versions 0.1 to 0.3.
 * Well formed and within bounds; nothing in it is verified. Fields that the format does not have
 * refuse it: nothing signs them, so nobody else should get to read them either.
 */
export interface Bundle {
  readonly version: "0.1" | "0.2" | "0.3";
  readonly material: Material;
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Buffer[];
  readonly content: Content;
}

export type Material =
  | { readonly kind: "certificate"; readonly leaf: Buffer; readonly above: readonly Buffer[] }
  | { readonly kind: "key"; readonly hint: string };

export type Content = Envelope | MessageSignature;

/** DSSE 1.0, with the one signature that a bundle may have. */
export interface Envelope {
  readonly kind: "envelope";
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly keyId: string;
}

export interface MessageSignature {
  readonly kind: "message";
  readonly digest: { readonly algorithm: "sha256" | "sha384" | "sha512"; readonly bytes: Buffer };
  readonly signature: Buffer;
}

export interface LogEntry {
  readonly logIndex: number;
  /** Lower-case hexadecimal. */
  readonly logId: string;
  readonly kind: string;
  readonly version: string;
  /** Seconds since 1970; trusted only together with the promise that signs it. */
  readonly integratedTimeS: number | undefined;
  readonly promise: Buffer | undefined;
  readonly proof: InclusionProof | undefined;
  /** Canonical JSON: the leaf of the log. */
  readonly body: Buffer;
}

export interface InclusionProof {
  readonly logIndex: number;
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

const BUNDLE_LENGTH_MAX = 4 * 1024 * 1024;
const PAYLOAD_BYTES_MAX = 1024 * 1024;
const ENTRIES_MAX = 32;
const TIMESTAMPS_MAX = 32;
const CERTIFICATES_MAX = 10;
/** A tree of 2^64 leaves would need no more. */
const HASHES_MAX = 64;
const TEXT_MAX = 64 * 1024;
const BYTES_MAX = 64 * 1024;
const HASH_BYTES = 32;

const VERSIONS: Readonly<Record<string, Bundle["version"]>> = {
  "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
  "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
  "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
  "application/vnd.dev.sigstore.bundle.v0.3+json": "0.3",
};

/** Refuses (step "bundle") what is not to the letter. */
export function readBundle(text: string): Bundle {
  if (text.length > BUNDLE_LENGTH_MAX) refuse("bundle", "The bundle is larger than 4 MiB.");
  let json: Json;
  try {
    json = parseJson(text);
  } catch {
    refuse("bundle", "The bundle is not JSON.");
  }
  if (hasRepeatedName(text, json)) refuse("bundle", "The bundle has a field twice.");
  return bundleFrom(json);
}

export function bundleFrom(json: Json | undefined): Bundle {
  const bundle = objectAt(json, "bundle", [
    "mediaType",
    "verificationMaterial",
    "dsseEnvelope",
    "messageSignature",
  ]);
  const mediaType = textAt(bundle, "mediaType");
  const version = Object.hasOwn(VERSIONS, mediaType) ? VERSIONS[mediaType] : undefined;
  if (version === undefined) {
    return refuse("bundle", `Bundles of the type "${mediaType}" are not known.`, "unsupported");
  }
  const material = objectAt(bundle["verificationMaterial"], "verificationMaterial", [
    "x509CertificateChain",
    "certificate",
    "publicKey",
    "tlogEntries",
    "timestampVerificationData",
  ]);
  const entries = listAt(material, "tlogEntries", ENTRIES_MAX).map((entry) => entryFrom(entry));
  for (const entry of entries) checkProofPresence(entry, version);
  return {
    version,
    material: materialFrom(material, version),
    entries,
    timestamps: timestampsFrom(material["timestampVerificationData"]),
    content: contentFrom(bundle),
  };
}

/**
 * What each version of the format demands. The label is not signed, so it can only ever ask for
 * more: what is asked of every bundle, whatever its label, is in `log-entry.ts`.
 */
function checkProofPresence(entry: LogEntry, version: Bundle["version"]): void {
  if (version === "0.1" && entry.promise === undefined) {
    refuse("log-promise", "A bundle of version 0.1 has no promise of the log.");
  }
  if (version !== "0.1" && entry.proof === undefined) {
    refuse("log-inclusion", `A bundle of version ${version} has no proof of inclusion.`);
  }
}

function materialFrom(material: JsonObject, version: Bundle["version"]): Material {
  const kinds = ["x509CertificateChain", "certificate", "publicKey"].filter((name) =>
    isThere(material[name]),
  );
  const [kind] = kinds;
  if (kinds.length !== 1) refuse("bundle", "The bundle names not exactly one key or certificate.");
  if (kind === "publicKey") {
    return { kind: "key", hint: textAt(objectAt(material[kind], kind, ["hint"]), "hint") };
  }
  if ((kind === "certificate") !== (version === "0.3")) {
    refuse("bundle", `A bundle of version ${version} holds its certificate in another field.`);
  }
  if (kind === "certificate") {
    return { kind, leaf: certificateAt(material[kind]), above: [] };
  }
  const chain = objectAt(material["x509CertificateChain"], "x509CertificateChain", [
    "certificates",
  ]);
  const [leaf, ...above] = listAt(chain, "certificates", CERTIFICATES_MAX).map(certificateAt);
  if (leaf === undefined) return refuse("bundle", "The bundle's chain of certificates is empty.");
  return { kind: "certificate", leaf, above };
}

function certificateAt(json: Json | undefined): Buffer {
  return bytesAt(objectAt(json, "certificate", ["rawBytes"]), "rawBytes");
}

function entryFrom(json: Json): LogEntry {
  const entry = objectAt(json, "tlogEntries", [
    "logIndex",
    "logId",
    "kindVersion",
    "integratedTime",
    "inclusionPromise",
    "inclusionProof",
    "canonicalizedBody",
  ]);
  const kindVersion = objectAt(entry["kindVersion"], "kindVersion", ["kind", "version"]);
  const integratedTimeS = countAt(entry, "integratedTime");
  return {
    logIndex: countAt(entry, "logIndex"),
    logId: bytesAt(objectAt(entry["logId"], "logId", ["keyId"]), "keyId").toString("hex"),
    kind: textAt(kindVersion, "kind"),
    version: textAt(kindVersion, "version"),
    integratedTimeS: integratedTimeS === 0 ? undefined : integratedTimeS,
    promise: promiseFrom(entry["inclusionPromise"]),
    proof: isThere(entry["inclusionProof"]) ? proofFrom(entry["inclusionProof"]) : undefined,
    body: bytesAt(entry, "canonicalizedBody", PAYLOAD_BYTES_MAX * 3),
  };
}

function promiseFrom(json: Json | undefined): Buffer | undefined {
  if (!isThere(json)) return undefined;
  const promise = objectAt(json, "inclusionPromise", ["signedEntryTimestamp"]);
  return bytesAt(promise, "signedEntryTimestamp");
}

function proofFrom(json: Json | undefined): InclusionProof {
  const proof = objectAt(json, "inclusionProof", [
    "logIndex",
    "rootHash",
    "treeSize",
    "hashes",
    "checkpoint",
  ]);
  if (!isThere(proof["checkpoint"])) {
    refuse("log-checkpoint", "A proof of inclusion has no checkpoint.");
  }
  const checkpoint = objectAt(proof["checkpoint"], "checkpoint", ["envelope"]);
  const hashes = listAt(proof, "hashes", HASHES_MAX).map((hash) => decoded(hash, "hashes"));
  const rootHash = bytesAt(proof, "rootHash");
  if ([rootHash, ...hashes].some(({ length }) => length !== HASH_BYTES)) {
    refuse("log-inclusion", "A hash in the proof of inclusion has not 32 bytes.");
  }
  return {
    logIndex: countAt(proof, "logIndex"),
    treeSize: countAt(proof, "treeSize"),
    rootHash,
    hashes,
    checkpoint: textAt(checkpoint, "envelope"),
  };
}

function timestampsFrom(json: Json | undefined): readonly Buffer[] {
  if (!isThere(json)) return [];
  const data = objectAt(json, "timestampVerificationData", ["rfc3161Timestamps"]);
  return listAt(data, "rfc3161Timestamps", TIMESTAMPS_MAX).map((timestamp) =>
    bytesAt(objectAt(timestamp, "rfc3161Timestamps", ["signedTimestamp"]), "signedTimestamp"),
  );
}

function contentFrom(bundle: JsonObject): Content {
  const hasEnvelope = isThere(bundle["dsseEnvelope"]);
  if (hasEnvelope === isThere(bundle["messageSignature"])) {
    refuse("bundle", "The bundle holds not exactly one of envelope and message signature.");
  }
  return hasEnvelope
    ? envelopeFrom(bundle["dsseEnvelope"])
    : messageFrom(bundle["messageSignature"]);
}

function envelopeFrom(json: Json | undefined): Envelope {
  const envelope = objectAt(json, "dsseEnvelope", ["payload", "payloadType", "signatures"]);
  const [first, ...rest] = listAt(envelope, "signatures", ENTRIES_MAX);
  if (first === undefined || rest.length > 0) {
    refuse("bundle", "The bundle's envelope has not exactly one signature.");
  }
  const signature = objectAt(first, "signatures", ["sig", "keyid"]);
  return {
    kind: "envelope",
    payloadType: textAt(envelope, "payloadType"),
    payload: bytesAt(envelope, "payload", PAYLOAD_BYTES_MAX),
    signature: bytesAt(signature, "sig"),
    keyId: isThere(signature["keyid"]) ? textAt(signature, "keyid", true) : "",
  };
}

const DIGESTS: Readonly<
  Record<string, readonly [MessageSignature["digest"]["algorithm"], number]>
> = { SHA2_256: ["sha256", 32], SHA2_384: ["sha384", 48], SHA2_512: ["sha512", 64] };

function messageFrom(json: Json | undefined): MessageSignature {
  const message = objectAt(json, "messageSignature", ["messageDigest", "signature"]);
  const digest = objectAt(message["messageDigest"], "messageDigest", ["algorithm", "digest"]);
  const name = textAt(digest, "algorithm");
  const [algorithm, length] = (Object.hasOwn(DIGESTS, name) ? DIGESTS[name] : undefined) ?? [];
  const bytes = bytesAt(digest, "digest");
  if (algorithm === undefined || bytes.length !== length) {
    return refuse("bundle", "The bundle's message digest is of no known kind.");
  }
  return {
    kind: "message",
    digest: { algorithm, bytes },
    signature: bytesAt(message, "signature"),
  };
}

/** Protobuf's JSON form has null for a field that is not there. */
function isThere(json: Json | undefined): boolean {
  return json !== undefined && json !== null;
}

function objectAt(json: Json | undefined, name: string, fields: readonly string[]): JsonObject {
  if (!isJsonObject(json)) return refuse("bundle", `The bundle has no object "${name}".`);
  const stranger = Object.keys(json).find((field) => !fields.includes(field));
  if (stranger !== undefined) {
    refuse("bundle", `The bundle has an unknown field "${stranger}" in "${name}".`);
  }
  return json;
}

function listAt(json: JsonObject, name: string, lengthMax: number): readonly Json[] {
  const list = json[name] ?? [];
  if (!Array.isArray(list) || list.length > lengthMax) {
    refuse("bundle", `The bundle's "${name}" is no list, or one that is too long.`);
  }
  return list;
}

function textAt(json: JsonObject, name: string, mayBeEmpty = false): string {
  const text = json[name];
  if (typeof text !== "string" || text.length > TEXT_MAX || (text === "" && !mayBeEmpty)) {
    return refuse("bundle", `The bundle's "${name}" is no text of a sensible length.`);
  }
  return text;
}

function bytesAt(json: JsonObject, name: string, bytesMax = BYTES_MAX): Buffer {
  return decoded(json[name], name, bytesMax);
}

function decoded(json: Json | undefined, name: string, bytesMax = BYTES_MAX): Buffer {
  const text = typeof json === "string" && json.length <= bytesMax * 2 ? json : "";
  const bytes = exactBase64(text);
  if (bytes === undefined || bytes.length === 0 || bytes.length > bytesMax) {
    return refuse("bundle", `The bundle's "${name}" is not base64, or of no sensible length.`);
  }
  return bytes;
}

/** Protobuf's int64, which JSON has as decimal text and leaves out where it is 0. */
function countAt(json: JsonObject, name: string): number {
  const text = json[name] ?? "0";
  const count =
    typeof text === "string" && /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) {
    return refuse("bundle", `The bundle's "${name}" is no count.`);
  }
  return count;
}
