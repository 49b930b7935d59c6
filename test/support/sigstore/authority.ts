import { hash, randomBytes } from "node:crypto";
import {
  bitString,
  boolean,
  distinguishedName,
  integer,
  labelled,
  octetString,
  oid,
  sequence,
  tagged,
  utcTime,
} from "./der.ts";
import {
  ecdsaKeys,
  keyIdentifier,
  signatureAlgorithm,
  signatureBits,
  signedBy,
  spkiOf,
  type KeyPair,
} from "./keys.ts";
import type { CertificateSigner } from "./signers.ts";

/** Somebody who signs certificates, and the certificate that says so. */
export interface Authority {
  readonly keys: KeyPair;
  readonly name: Buffer;
  /** DER, its own first, then whoever issued it, to the root. */
  readonly chain: readonly Buffer[];
}

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

interface Certified extends Validity {
  readonly subject: Buffer;
  readonly keys: KeyPair;
  readonly extensions: readonly Buffer[];
  readonly serial?: Buffer;
}

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const SCT_LIST = "1.3.6.1.4.1.11129.2.4.2";
const FULCIO = "1.3.6.1.4.1.57264.1";

const KEY_USAGE = { digitalSignature: Buffer.of(0x80), signing: Buffer.of(0x06) };

export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  const flag = critical ? [boolean(true)] : [];
  return sequence(oid(id), ...flag, octetString(value));
}

function keyUsage(usage: keyof typeof KEY_USAGE): Buffer {
  const unusedBits = usage === "digitalSignature" ? 7 : 1;
  return extension("2.5.29.15", bitString(KEY_USAGE[usage], unusedBits), true);
}

function basicConstraints(pathLength?: number): Buffer {
  const length = pathLength === undefined ? [] : [integer(pathLength)];
  return extension("2.5.29.19", sequence(boolean(true), ...length), true);
}

function extendedKeyUsage(usages: readonly string[], critical = false): Buffer {
  return extension("2.5.29.37", sequence(...usages.map(oid)), critical);
}

function keyIds(subject: KeyPair, issuer: KeyPair): readonly Buffer[] {
  return [
    extension("2.5.29.14", octetString(keyIdentifier(subject))),
    extension("2.5.29.35", sequence(labelled(0, keyIdentifier(issuer)))),
  ];
}

function toBeSigned(certified: Certified, issuer: { name: Buffer; keys: KeyPair }): Buffer {
  return sequence(
    tagged(0, integer(2)),
    integer(certified.serial ?? Buffer.concat([Buffer.of(0x11), randomBytes(18)])),
    signatureAlgorithm(issuer.keys),
    issuer.name,
    sequence(utcTime(certified.notBeforeMs), utcTime(certified.notAfterMs)),
    certified.subject,
    spkiOf(certified.keys),
    tagged(3, sequence(...certified.extensions)),
  );
}

function certificate(tbs: Buffer, issuer: KeyPair): Buffer {
  return sequence(tbs, signatureAlgorithm(issuer), signatureBits(issuer, tbs));
}

/** A root with one intermediate, both P-384, as Fulcio and Sigstore's timestamp authority are built. */
export function authority(
  organization: string,
  purpose: "code-signing" | "time-stamping",
  validity: Validity,
): Authority {
  const rootKeys = ecdsaKeys("P-384");
  const rootName = distinguishedName(organization, `${purpose} root`);
  const root = { name: rootName, keys: rootKeys };
  const rootCertificate = certificate(
    toBeSigned(
      {
        ...validity,
        subject: rootName,
        keys: rootKeys,
        extensions: [
          keyUsage("signing"),
          basicConstraints(1),
          extension("2.5.29.14", octetString(keyIdentifier(rootKeys))),
        ],
      },
      root,
    ),
    rootKeys,
  );
  const keys = ecdsaKeys("P-384");
  const name = distinguishedName(organization, `${purpose} intermediate`);
  const usage = purpose === "code-signing" ? CODE_SIGNING : TIME_STAMPING;
  const intermediate = certificate(
    toBeSigned(
      {
        ...validity,
        subject: name,
        keys,
        extensions: [
          keyUsage("signing"),
          extendedKeyUsage([usage]),
          basicConstraints(0),
          ...keyIds(keys, rootKeys),
        ],
      },
      root,
    ),
    rootKeys,
  );
  return { keys, name, chain: [intermediate, rootCertificate] };
}

/** What makes timestamps: a leaf under the authority, with a critical extended key usage. */
export function stampingCertificate(
  issuer: Authority,
  keys: KeyPair,
  validity: Validity,
  serial: Buffer,
): Buffer {
  const tbs = toBeSigned(
    {
      ...validity,
      serial,
      subject: distinguishedName("box.invalid", "time-stamping"),
      keys,
      extensions: [
        keyUsage("digitalSignature"),
        ...keyIds(keys, issuer.keys),
        extendedKeyUsage([TIME_STAMPING], true),
      ],
    },
    issuer,
  );
  return certificate(tbs, issuer.keys);
}

/** A certificate log: a key, and the id that promises name it by. */
export interface CertificateLog {
  readonly keys: KeyPair;
  readonly id: Buffer;
}

export function certificateLog(): CertificateLog {
  const keys = ecdsaKeys("P-256");
  return { keys, id: hash("sha256", spkiOf(keys), "buffer") };
}

export interface Leaf extends Validity {
  readonly keys: KeyPair;
  readonly signer: CertificateSigner;
  /** Written as they are, in this order; DER AlternativeNames are the signer's by default. */
  readonly names?: readonly Buffer[];
  readonly usages?: readonly string[];
  readonly isAuthority?: boolean;
  readonly more?: readonly Buffer[];
  readonly promises: readonly CertificatePromise[];
}

/** One signed certificate timestamp. */
export interface CertificatePromise {
  readonly log: CertificateLog;
  readonly atMs: number;
  /** Whose signature it carries; the log's own by default. */
  readonly keys?: KeyPair;
  /** As certificate logs with static tiles fill them. */
  readonly extensions?: Buffer;
}

/** A signing certificate after Fulcio's profile, entered in certificate logs (RFC 6962). */
export function signingCertificate(
  leaf: Leaf,
  issuer: Authority,
  signedWith = issuer.keys,
): Buffer {
  const extensions = [
    keyUsage("digitalSignature"),
    extendedKeyUsage(leaf.usages ?? [CODE_SIGNING]),
    ...(leaf.isAuthority === true ? [basicConstraints()] : []),
    ...keyIds(leaf.keys, issuer.keys),
    extension("2.5.29.17", sequence(...(leaf.names ?? leaf.signer.names)), true),
    ...leaf.signer.claims.map(([arc, value]) => extension(`${FULCIO}.${String(arc)}`, value)),
    ...(leaf.more ?? []),
  ];
  const certified: Certified = {
    ...leaf,
    subject: sequence(),
    serial: Buffer.concat([Buffer.of(0x22), randomBytes(19)]),
    extensions,
  };
  if (leaf.promises.length === 0) return certificate(toBeSigned(certified, issuer), signedWith);
  const before = toBeSigned(certified, issuer);
  const list = timestampList(leaf.promises, before, issuer);
  const entered = { ...certified, extensions: [...extensions, extension(SCT_LIST, list)] };
  return certificate(toBeSigned(entered, issuer), signedWith);
}

/** RFC 6962, section 3.3: a TLS vector inside an OCTET STRING. */
function timestampList(
  promises: readonly CertificatePromise[],
  tbs: Buffer,
  issuer: Authority,
): Buffer {
  const list = promises.map((promise) => vector(2, timestamp(promise, tbs, issuer)));
  return octetString(vector(2, Buffer.concat(list)));
}

function timestamp(promise: CertificatePromise, tbs: Buffer, issuer: Authority): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(promise.atMs));
  const extensions = vector(2, promise.extensions ?? Buffer.alloc(0));
  const issuerHash = hash("sha256", spkiOf(issuer.keys), "buffer");
  const signed = Buffer.concat([
    Buffer.of(0, 0),
    time,
    Buffer.of(0, 1),
    issuerHash,
    vector(3, tbs),
    extensions,
  ]);
  const signature = signedBy(promise.keys ?? promise.log.keys, signed);
  const algorithm = Buffer.of(4, 3);
  return Buffer.concat([
    Buffer.of(0),
    promise.log.id,
    time,
    extensions,
    algorithm,
    vector(2, signature),
  ]);
}

function vector(lengthBytes: number, content: Uint8Array): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}
