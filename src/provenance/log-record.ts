import { isJsonObject, type Json, type JsonObject } from "../model/canonical.ts";
import { exactBase64 } from "./base64.ts";
import type { LogEntry } from "./bundle.ts";
import { refuse } from "./verification.ts";

/** What a log entry has to be about: the bundle's one signature. */
export interface SignedContent {
  readonly signature: Buffer;
  /** DER of the signing certificate, or of the bare key's SubjectPublicKeyInfo. */
  readonly verifier: Buffer;
  readonly isCertificate: boolean;
  /** Digest of what was signed: of the message, or of the envelope's pre-authentication encoding. */
  readonly signedDigest: (algorithm: DigestName) => Buffer;
  /** For an envelope: digest and type of its payload, and the key id next to the signature. */
  readonly envelope:
    | {
        readonly payloadDigest: (algorithm: DigestName) => Buffer;
        readonly payloadType: string;
        readonly keyId: string;
      }
    | undefined;
}

export type DigestName = "sha256" | "sha384" | "sha512";

type Reader = (body: JsonObject, content: SignedContent) => void;

/** Rekor's entry types, by kind and version: `rekor/pkg/types`, `rekor-tiles` for the last two. */
const READERS: Readonly<Record<string, Reader>> = {
  "hashedrekord 0.0.1": checkHashedRekord,
  "intoto 0.0.2": checkIntoto,
  "dsse 0.0.1": checkDsse,
  "hashedrekord 0.0.2": checkHashedRekord2,
  "dsse 0.0.2": checkDsse2,
};

/** Refuses an entry whose digest, signature or key is not the bundle's. */
export function checkRecorded(body: JsonObject, entry: LogEntry, content: SignedContent): void {
  const type = `${entry.kind} ${entry.version}`;
  const check = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (check === undefined) {
    return refuse("log-entry", `Log entries of the kind "${type}" are not known.`, "unsupported");
  }
  check(body, content);
}

/** Old clients logged the digest of a message only; an envelope is logged as one since Rekor v2. */
function checkHashedRekord(body: JsonObject, content: SignedContent): void {
  if (content.envelope !== undefined) other("kind of content");
  const digest = at(body, "spec", "data", "hash");
  checkHexDigest(digest, content.signedDigest);
  const signature = at(body, "spec", "signature");
  checkSignature(bytesOf(field(signature, "content")), content);
  checkPem(bytesOf(at(signature, "publicKey", "content")), content);
}

/** The signature stands in it as base64 of base64. */
function checkIntoto(body: JsonObject, content: SignedContent): void {
  const { envelope } = content;
  if (envelope === undefined) return other("kind of content");
  const recorded = at(body, "spec", "content", "envelope");
  if (field(recorded, "payloadType") !== envelope.payloadType) other("payload type");
  checkHexDigest(at(body, "spec", "content", "payloadHash"), envelope.payloadDigest);
  const signature = onlyOf(field(recorded, "signatures"));
  if ((field(signature, "keyid") ?? "") !== envelope.keyId) other("key id");
  checkSignature(bytesOf(bytesOf(field(signature, "sig")).toString("latin1")), content);
  checkPem(bytesOf(field(signature, "publicKey")), content);
}

function checkDsse(body: JsonObject, content: SignedContent): void {
  if (content.envelope === undefined) return other("kind of content");
  checkHexDigest(at(body, "spec", "payloadHash"), content.envelope.payloadDigest);
  const signature = onlyOf(at(body, "spec", "signatures"));
  checkSignature(bytesOf(field(signature, "signature")), content);
  checkPem(bytesOf(field(signature, "verifier")), content);
}

function checkHashedRekord2(body: JsonObject, content: SignedContent): void {
  const record = at(body, "spec", "hashedRekordV002");
  checkDigest2(field(record, "data"), content.signedDigest);
  checkSignature2(field(record, "signature"), content);
}

function checkDsse2(body: JsonObject, content: SignedContent): void {
  if (content.envelope === undefined) return other("kind of content");
  const record = at(body, "spec", "dsseV002");
  checkDigest2(field(record, "payloadHash"), content.envelope.payloadDigest);
  checkSignature2(onlyOf(field(record, "signatures")), content);
}

function checkHexDigest(json: Json | undefined, digestOf: (name: DigestName) => Buffer): void {
  const name = digestName(field(json, "algorithm"), { sha256: "sha256", sha512: "sha512" });
  if (field(json, "value") !== digestOf(name).toString("hex")) other("digest");
}

const PROTOBUF_NAMES = { SHA2_256: "sha256", SHA2_384: "sha384", SHA2_512: "sha512" } as const;

function checkDigest2(json: Json | undefined, digestOf: (name: DigestName) => Buffer): void {
  const name = digestName(field(json, "algorithm"), PROTOBUF_NAMES);
  if (!bytesOf(field(json, "digest")).equals(digestOf(name))) other("digest");
}

function digestName(
  json: Json | undefined,
  names: Readonly<Record<string, DigestName>>,
): DigestName {
  const name = typeof json === "string" && Object.hasOwn(names, json) ? names[json] : undefined;
  return name ?? refuse("log-entry", "The log entry's digest is of no known kind.", "unsupported");
}

function checkSignature2(json: Json | undefined, content: SignedContent): void {
  checkSignature(bytesOf(field(json, "content")), content);
  const verifier = field(json, "verifier");
  const holder = field(verifier, content.isCertificate ? "x509Certificate" : "publicKey");
  checkVerifier(bytesOf(field(holder, "rawBytes")), content);
}

function checkSignature(recorded: Buffer, content: SignedContent): void {
  if (!recorded.equals(content.signature)) other("signature");
}

const PEM = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\n([A-Za-z0-9+/=\n]+)-----END \1-----\n*$/;

/** Early npm clients logged PEM without a line end behind it. */
function checkPem(recorded: Buffer, content: SignedContent): void {
  const [, kind, lines = ""] = PEM.exec(recorded.toString("latin1")) ?? [];
  if (kind !== (content.isCertificate ? "CERTIFICATE" : "PUBLIC KEY")) other("kind of key");
  checkVerifier(bytesOf(lines.replaceAll("\n", "")), content);
}

function checkVerifier(recorded: Buffer, content: SignedContent): void {
  if (!recorded.equals(content.verifier)) {
    other(content.isCertificate ? "certificate" : "key");
  }
}

function other(what: string): never {
  return refuse("log-entry", `The log recorded another ${what} than the bundle's.`);
}

function field(json: Json | undefined, name: string): Json | undefined {
  return isJsonObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
}

function at(json: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(field, json);
}

function onlyOf(json: Json | undefined): Json | undefined {
  if (!Array.isArray(json) || json.length !== 1) other("number of signatures");
  return (json as readonly Json[])[0];
}

function bytesOf(json: Json | undefined): Buffer {
  const bytes = typeof json === "string" ? exactBase64(json) : undefined;
  return bytes ?? refuse("log-entry", "The log entry lacks something, or it is not base64.");
}
