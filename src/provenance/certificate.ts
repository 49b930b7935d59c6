import { createPublicKey, type KeyObject } from "node:crypto";
import { contextTag, Der, DerError, TAG } from "./der.ts";
import { refuse } from "./verification.ts";
import type { Step } from "../model/provenance.ts";

/** An X.509 certificate (RFC 5280), its fields as they stand in the bytes that were signed. */
export interface Certificate {
  readonly encoded: Buffer;
  readonly tbs: Der;
  readonly serial: Buffer;
  /** OID of the signature over `tbs`, the same inside and outside. */
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  readonly extensions: ReadonlyMap<string, Extension>;
}

export interface Extension {
  readonly critical: boolean;
  readonly value: Buffer;
}

export const OID = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  sctList: "1.3.6.1.4.1.11129.2.4.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  timeStamping: "1.3.6.1.5.5.7.3.8",
} as const;

/** The critical extensions that are understood here; any other refuses the certificate (RFC 5280, 4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.subjectAltName,
  OID.basicConstraints,
  OID.extendedKeyUsage,
]);

const CERTIFICATE_BYTES_MAX = 64 * 1024;
const SERIAL_BYTES_MAX = 20;

/** Reads DER under the name of a step: what is no DER refuses the whole verification. */
export function reading<Value>(step: Step, what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) refuse(step, `${what} cannot be read: ${error.message}.`);
    throw error;
  }
}

export function parseCertificate(bytes: Uint8Array, step: Step): Certificate {
  if (bytes.length > CERTIFICATE_BYTES_MAX) refuse(step, "A certificate is larger than 64 KiB.");
  return reading(step, "A certificate", () => certificateFrom(bytes));
}

function certificateFrom(bytes: Uint8Array): Certificate {
  const whole = Der.read(bytes);
  const [tbs, algorithm, signature, ...rest] = whole.sequence();
  if (tbs === undefined || algorithm === undefined || signature === undefined || rest.length > 0) {
    throw new DerError("it has not three parts");
  }
  const [version, serial, inner, issuer, validity, subject, spki, ...optional] = tbs.sequence();
  if (version?.only(contextTag(0, "constructed")).smallInteger() !== 2) {
    throw new DerError("it is not of version 3");
  }
  const [notBefore, notAfter, ...moreTimes] = validity?.sequence() ?? [];
  if (notBefore === undefined || notAfter === undefined || moreTimes.length > 0) {
    throw new DerError("its validity has not two ends");
  }
  if (inner === undefined || !inner.encoded.equals(algorithm.encoded)) {
    throw new DerError("it names two signature algorithms");
  }
  return {
    encoded: whole.encoded,
    tbs,
    serial: serialOf(serial),
    signatureAlgorithm: algorithmOid(algorithm),
    signature: signature.bitString(),
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    notBeforeMs: notBefore.timeMs(),
    notAfterMs: notAfter.timeMs(),
    spki: nameOf(spki),
    extensions: extensionsOf(optional),
  };
}

function nameOf(element: Der | undefined): Buffer {
  if (element === undefined) throw new DerError("it ends early");
  return element.expect(TAG.sequence).encoded;
}

function serialOf(element: Der | undefined): Buffer {
  const bytes = element?.integerBytes();
  if (bytes === undefined || bytes.length > SERIAL_BYTES_MAX + 1 || (bytes[0] ?? 0) >= 0x80) {
    throw new DerError("its serial number is out of range");
  }
  return bytes;
}

/** OID of an AlgorithmIdentifier whose parameters are absent or NULL. */
export function algorithmOid(element: Der): string {
  const [oid, parameters, ...rest] = element.sequence();
  if (oid === undefined || rest.length > 0) throw new DerError("an algorithm is not named");
  if (parameters !== undefined && parameters.expect(TAG.null).content.length > 0) {
    throw new DerError("NULL is not empty");
  }
  return oid.oid();
}

function extensionsOf(optional: readonly Der[]): ReadonlyMap<string, Extension> {
  // Unique identifiers ([1], [2]) are in no certificate made this century.
  const [wrapped, ...rest] = optional;
  if (wrapped === undefined || rest.length > 0) throw new DerError("it has no extensions");
  const extensions = new Map<string, Extension>();
  for (const element of wrapped.only(contextTag(3, "constructed")).sequence()) {
    const [oid, ...parts] = element.sequence();
    const value = parts.at(-1);
    if (oid === undefined || value === undefined || parts.length > 2) {
      throw new DerError("an extension has no value");
    }
    const critical = parts.length === 2 && parts[0]?.boolean() === true;
    // DER leaves out a DEFAULT value.
    if (parts.length === 2 && !critical) throw new DerError("an extension writes out a default");
    const id = oid.oid();
    if (extensions.has(id)) throw new DerError("it has an extension twice");
    if (critical && !UNDERSTOOD.has(id)) throw new DerError(`it has a critical extension ${id}`);
    extensions.set(id, { critical, value: value.octetString() });
  }
  return extensions;
}

export interface BasicConstraints {
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
}

export function basicConstraintsOf({ extensions }: Certificate): BasicConstraints {
  const extension = extensions.get(OID.basicConstraints);
  if (extension === undefined) return { isAuthority: false, pathLength: undefined };
  const parts = Der.read(extension.value).sequence();
  const isAuthority = parts[0]?.boolean() === true;
  if (parts.length > 2 || (parts.length > 0 && !isAuthority)) {
    throw new DerError("its basic constraints are not written as DER asks");
  }
  return { isAuthority, pathLength: parts[1]?.smallInteger() };
}

export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5 } as const;

/** Undefined where the certificate does not restrict its key. */
export function keyUsageOf({ extensions }: Certificate): ReadonlySet<number> | undefined {
  const extension = extensions.get(OID.keyUsage);
  return extension === undefined ? undefined : Der.read(extension.value).namedBits();
}

export function extendedKeyUsageOf({ extensions }: Certificate): readonly string[] | undefined {
  const extension = extensions.get(OID.extendedKeyUsage);
  if (extension === undefined) return undefined;
  return Der.read(extension.value)
    .sequence()
    .map((usage) => usage.oid());
}

export function subjectKeyIdOf({ extensions }: Certificate): Buffer | undefined {
  const extension = extensions.get(OID.subjectKeyId);
  return extension === undefined ? undefined : Der.read(extension.value).octetString();
}

export function authorityKeyIdOf({ extensions }: Certificate): Buffer | undefined {
  const extension = extensions.get(OID.authorityKeyId);
  if (extension === undefined) return undefined;
  const keyId = Der.read(extension.value)
    .sequence()
    .find(({ tag }) => tag === contextTag(0, "primitive"));
  return keyId?.content;
}

/** Who a certificate is for: exactly one name. */
export interface AlternativeName {
  readonly kind: "uri" | "email" | "user-name";
  readonly value: string;
}

/** Fulcio's otherName for a user name, and the type inside it. */
const USER_NAME = "1.3.6.1.4.1.57264.1.7";

export function alternativeNameOf({ extensions }: Certificate): AlternativeName {
  const extension = extensions.get(OID.subjectAltName);
  const names = extension === undefined ? [] : Der.read(extension.value).sequence();
  const [name, ...rest] = names;
  if (name === undefined || rest.length > 0) throw new DerError("it is not for exactly one name");
  if (name.tag === contextTag(6, "primitive")) return { kind: "uri", value: ascii(name.content) };
  if (name.tag === contextTag(1, "primitive")) return { kind: "email", value: ascii(name.content) };
  const [type, value, ...more] = name.children(contextTag(0, "constructed"));
  if (type?.oid() !== USER_NAME || value === undefined || more.length > 0) {
    throw new DerError("it is for a name of an unknown kind");
  }
  return { kind: "user-name", value: value.only(contextTag(0, "constructed")).utf8() };
}

/** An IA5String; anything outside printable ASCII would make two names look like one. */
function ascii(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  if (!/^[\x21-\x7e]+$/.test(text)) throw new DerError("a name is not printable ASCII");
  return text;
}

/**
 * @throws refusal under the name of `step` for a key of a kind that Sigstore does not use
 */
export function importKey(der: Uint8Array, step: Step, type: "spki" | "pkcs1" = "spki"): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(der), format: "der", type });
  } catch {
    return refuse(step, "A public key cannot be read.");
  }
  if (hashOf(key) === undefined) {
    return refuse(step, "Keys of this kind are not supported.", "unsupported");
  }
  return key;
}

const HASH_OF_CURVE: Readonly<Record<string, SignatureHash>> = {
  prime256v1: "sha256",
  secp384r1: "sha384",
  secp521r1: "sha512",
};
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 8192;

/** What is hashed before signing; Ed25519 signs the message itself. */
export type SignatureHash = "sha256" | "sha384" | "sha512" | "none";

const HASHES = new WeakMap<KeyObject, SignatureHash>();

/** The hash that goes with a key (Sigstore's algorithm registry); undefined for other kinds of keys. */
export function hashOf(key: KeyObject): SignatureHash | undefined {
  // Asking a key for its details costs more than a look here, and authorities' keys live long.
  const known = HASHES.get(key);
  if (known !== undefined) return known;
  const found = findHash(key);
  if (found !== undefined) HASHES.set(key, found);
  return found;
}

const SPKIS = new WeakMap<KeyObject, Buffer>();

/** SubjectPublicKeyInfo of a key, in DER: written out once. */
export function spkiOf(key: KeyObject): Buffer {
  const known = SPKIS.get(key);
  if (known !== undefined) return known;
  const spki = key.export({ format: "der", type: "spki" });
  SPKIS.set(key, spki);
  return spki;
}

function findHash(key: KeyObject): SignatureHash | undefined {
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "ec") return HASH_OF_CURVE[namedCurve];
  if (key.asymmetricKeyType === "ed25519") return "none";
  if (key.asymmetricKeyType !== "rsa") return undefined;
  return modulusLength >= RSA_BITS_MIN && modulusLength <= RSA_BITS_MAX ? "sha256" : undefined;
}
