import { hash } from "node:crypto";
import { printable } from "../model/printable.ts";
import {
  algorithmOid,
  extendedKeyUsageOf,
  KEY_USAGE,
  keyUsageOf,
  OID,
  parseCertificate,
  reading,
} from "./certificate.ts";
import { checkIssued, isValidAt, linkOf, type ChainLink } from "./chain.ts";
import { contextTag, Der, DerError, TAG } from "./der.ts";
import { isSignedWith, verifies } from "./signature.ts";
import { isWithin, type TrustedAuthority } from "./trust-root.ts";
import { refuse } from "./verification.ts";

const STEP = "timestamp";

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

/** A chain of three and the one that signed are the most that is seen. */
const CERTIFICATES_MAX = 8;

type DigestName = "sha1" | "sha256" | "sha384" | "sha512";

const DIGESTS: Readonly<Record<string, DigestName>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** An RFC 3161 token: a TSTInfo inside CMS SignedData (RFC 5652). Nothing in it is verified yet. */
interface Token {
  readonly info: Buffer;
  readonly certificates: readonly Buffer[];
  readonly signer: SignerInfo;
}

interface SignerInfo {
  readonly issuer: Buffer;
  readonly serial: Buffer;
  readonly digest: DigestName;
  /** As it is signed: a SET, although the message tags it [0]. */
  readonly signedAttributes: Buffer;
  readonly attributes: ReadonlyMap<string, Der>;
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
}

/**
 * The time at which a trusted authority saw `message`. A token that is wrong refuses, and so does one
 * whose authority is not trusted: what stands in a bundle has to count.
 *
 * @returns ms since 1970
 */
export function verifyTimestamp(
  response: Uint8Array,
  message: Uint8Array,
  authorities: readonly TrustedAuthority[],
): number {
  const token = reading(STEP, "The timestamp", () => tokenIn(response));
  const { timeMs, imprint, imprintDigest } = reading(STEP, "The timestamp", () =>
    infoFrom(token.info),
  );
  if (!hash(imprintDigest, message, "buffer").equals(imprint)) {
    refuse(STEP, "The timestamp is for another signature.");
  }
  const signer = signerOf(token, timeMs, authorities);
  reading(STEP, "The timestamp", () => checkSigned(token, signer));
  return timeMs;
}

function tokenIn(response: Uint8Array): Token {
  const [status, contentInfo, ...rest] = Der.read(response).sequence();
  // granted (0); "granted with modifications" (1) is an answer to another question.
  if (status?.sequence()[0]?.smallInteger() !== 0 || rest.length > 0 || contentInfo === undefined) {
    throw new DerError("it was not granted");
  }
  if (status.sequence().length > 1) throw new DerError("it was granted with remarks");
  const [type, wrapped, ...more] = contentInfo.sequence();
  if (type?.oid() !== SIGNED_DATA || wrapped === undefined || more.length > 0) {
    throw new DerError("it is no signed data");
  }
  return signedDataFrom(wrapped.only(contextTag(0, "constructed")));
}

function signedDataFrom(signedData: Der): Token {
  const [version, digests, content, ...rest] = signedData.sequence();
  const signers = rest.pop();
  const [certificates, ...unknown] = rest;
  if (version?.smallInteger() !== 3 || digests === undefined || unknown.length > 0) {
    throw new DerError("it is signed data of another version");
  }
  const signer = signerFrom(signers?.only(TAG.set));
  if (digestOf(digests.only(TAG.set)) !== signer.digest) {
    throw new DerError("it names two digest algorithms");
  }
  const embedded = certificates?.children(contextTag(0, "constructed")) ?? [];
  if (embedded.length > CERTIFICATES_MAX) throw new DerError("it carries too many certificates");
  const [type, wrapped, ...more] = content?.sequence() ?? [];
  if (type?.oid() !== TST_INFO || wrapped === undefined || more.length > 0) {
    throw new DerError("it is no timestamp");
  }
  return {
    info: wrapped.only(contextTag(0, "constructed")).octetString(),
    certificates: embedded.map(({ encoded }) => encoded),
    signer,
  };
}

function digestOf(algorithm: Der): DigestName {
  const name = DIGESTS[algorithmOid(algorithm)];
  if (name === undefined) throw new DerError("its digest algorithm is not known");
  return name;
}

function signerFrom(info: Der | undefined): SignerInfo {
  const [version, id, digest, attributes, algorithm, signature, ...rest] = info?.sequence() ?? [];
  const [issuer, serial, ...more] = id?.sequence() ?? [];
  // Unsigned attributes would be the last element: nothing covers them.
  if (version?.smallInteger() !== 1 || rest.length > 0 || more.length > 0) {
    throw new DerError("its signer is not described as expected");
  }
  if (!issuer || !serial || !digest || !attributes || !algorithm || !signature) {
    throw new DerError("its signer is not described whole");
  }
  const signedAttributes = Buffer.from(attributes.encoded);
  signedAttributes[0] = TAG.set;
  return {
    issuer: issuer.encoded,
    serial: serial.integerBytes(),
    digest: digestOf(digest),
    signedAttributes,
    attributes: attributesFrom(attributes),
    signatureAlgorithm: algorithmOid(algorithm),
    signature: signature.octetString(),
  };
}

function attributesFrom(attributes: Der): ReadonlyMap<string, Der> {
  const values = new Map<string, Der>();
  for (const attribute of attributes.children(contextTag(0, "constructed"))) {
    const [type, set, ...rest] = attribute.sequence();
    if (type === undefined || set === undefined || rest.length > 0 || values.has(type.oid())) {
      throw new DerError("a signed attribute is there twice or has no value");
    }
    values.set(type.oid(), set.only(TAG.set));
  }
  return values;
}

interface Info {
  readonly timeMs: number;
  readonly imprint: Buffer;
  readonly imprintDigest: DigestName;
}

/** What follows the time (accuracy, ordering, nonce, name) is signed too and changes nothing here. */
function infoFrom(bytes: Buffer): Info {
  const [version, policy, imprint, serial, time] = Der.read(bytes).sequence();
  const [algorithm, digest, ...rest] = imprint?.sequence() ?? [];
  if (version?.smallInteger() !== 1 || policy === undefined || rest.length > 0) {
    throw new DerError("it is of another version");
  }
  policy.oid();
  serial?.integerBytes();
  if (algorithm === undefined || digest === undefined || time === undefined) {
    throw new DerError("it is not whole");
  }
  return {
    timeMs: time.expect(TAG.generalizedTime).timeMs(),
    imprint: digest.octetString(),
    imprintDigest: digestOf(algorithm),
  };
}

/**
 * The certificate that signed: one of a trusted authority's chain, or one in the token that the
 * authority issued. Certificates in the token that are neither refuse it, because nothing signs them.
 */
function signerOf(
  token: Token,
  timeMs: number,
  authorities: readonly TrustedAuthority[],
): ChainLink {
  const embedded = token.certificates.map((bytes) => linkOf(parseCertificate(bytes, STEP), STEP));
  for (const authority of authorities) {
    const { links } = authority.chain;
    const strangers = embedded.filter((link) => !links.some((known) => isSame(known, link)));
    const signer = [...links, ...strangers].find((link) => isNamedBy(token.signer, link));
    if (signer === undefined) continue;
    if (strangers.some((link) => link !== signer)) {
      refuse(STEP, "The timestamp carries certificates that are not its authority's.");
    }
    if (strangers.includes(signer)) {
      const [issuer] = links;
      if (issuer?.isAuthority !== true || !isUnder(signer, issuer)) continue;
      checkIssued(signer.certificate, issuer, 0, STEP);
    }
    checkMayStamp(signer, authority, timeMs);
    return signer;
  }
  return refuse(STEP, "The timestamp's authority is not a trusted one.", "untrusted");
}

function isSame(one: ChainLink, other: ChainLink): boolean {
  return one.certificate.encoded.equals(other.certificate.encoded);
}

function isUnder(signer: ChainLink, issuer: ChainLink): boolean {
  return signer.certificate.issuer.equals(issuer.certificate.subject);
}

function isNamedBy({ issuer, serial }: SignerInfo, { certificate }: ChainLink): boolean {
  return certificate.issuer.equals(issuer) && certificate.serial.equals(serial);
}

/** RFC 3161, section 2.3: a critical extended key usage with time stamping and nothing else. */
function checkMayStamp(signer: ChainLink, authority: TrustedAuthority, timeMs: number): void {
  const { certificate } = signer;
  const usages = reading(STEP, "The timestamp's certificate", () =>
    extendedKeyUsageOf(certificate),
  );
  const keyUsage = reading(STEP, "The timestamp's certificate", () => keyUsageOf(certificate));
  const mayStamp =
    usages?.length === 1 &&
    usages[0] === OID.timeStamping &&
    certificate.extensions.get(OID.extendedKeyUsage)?.critical === true &&
    keyUsage?.has(KEY_USAGE.digitalSignature) !== false;
  if (!mayStamp) refuse(STEP, "The timestamp's certificate is not for making timestamps.");
  const when = printable(new Date(timeMs).toISOString());
  if (!isWithin(timeMs, authority)) {
    refuse(STEP, `The timestamp's authority was not trusted at ${when}.`, "untrusted");
  }
  const chain = [certificate, ...authority.chain.links.map((link) => link.certificate)];
  if (!chain.every((link) => isValidAt(link, timeMs))) {
    refuse(STEP, `A certificate of the timestamp's authority was not valid at ${when}.`);
  }
}

/** RFC 5652, section 5.4 and 11; RFC 5816 for the certificate that the signature itself names. */
function checkSigned(token: Token, signer: ChainLink): void {
  const { attributes, digest, signedAttributes, signatureAlgorithm, signature } = token.signer;
  if (attributes.get(CONTENT_TYPE)?.oid() !== TST_INFO) {
    throw new DerError("its signature is for something else");
  }
  const stated = attributes.get(MESSAGE_DIGEST)?.octetString();
  if (stated === undefined || !hash(digest, token.info, "buffer").equals(stated)) {
    refuse(STEP, "The timestamp was altered.");
  }
  if (!namesSigner(attributes, signer.certificate.encoded)) {
    refuse(STEP, "The timestamp's signature names another certificate.");
  }
  if (!isSigned(signatureAlgorithm, digest, signer, signedAttributes, signature)) {
    refuse(STEP, "The timestamp's signature is wrong.");
  }
}

const ANY_RSA = "1.2.840.113549.1.1.1";

function isSigned(
  algorithm: string,
  digest: DigestName,
  signer: ChainLink,
  message: Buffer,
  signature: Buffer,
): boolean {
  // CMS writes plain "RSA" and leaves the hash to the digest algorithm beside it.
  return algorithm === ANY_RSA && signer.key.asymmetricKeyType === "rsa"
    ? verifies(digest, message, signer.key, signature)
    : isSignedWith(algorithm, signer.key, message, signature);
}

function namesSigner(attributes: ReadonlyMap<string, Der>, certificate: Buffer): boolean {
  const second = attributes.get(SIGNING_CERTIFICATE_V2);
  const first = attributes.get(SIGNING_CERTIFICATE);
  const id = (second ?? first)?.sequence()[0]?.sequence()[0]?.sequence();
  if (id === undefined) return false;
  const [algorithm, digest] = id[0]?.tag === TAG.sequence ? [id[0], id[1]] : [undefined, id[0]];
  // Without an algorithm: SHA-256 in the second version, SHA-1 in the first.
  const byDefault = second === undefined ? "sha1" : "sha256";
  const name = algorithm === undefined ? byDefault : digestOf(algorithm);
  return digest?.octetString().equals(hash(name, certificate, "buffer")) === true;
}
