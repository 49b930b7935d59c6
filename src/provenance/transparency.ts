import { hash } from "node:crypto";
import { OID, reading, type Certificate } from "./certificate.ts";
import type { ChainLink } from "./chain.ts";
import { contextTag, Der, TAG } from "./der.ts";
import { verifies } from "./signature.ts";
import { isWithin, type TrustedLog } from "./trust-root.ts";
import { refuse } from "./verification.ts";

/** A signed certificate timestamp (RFC 6962, section 3.2), as embedded in certificates (3.3). */
interface CertificateTimestamp {
  readonly logId: string;
  readonly timeMs: bigint;
  readonly extensions: Buffer;
  readonly signature: Buffer;
}

const STEP = "certificate-transparency";
const TIMESTAMPS_MAX = 16;

/**
 * At least one trusted certificate log promised to publish this certificate. Promises of logs that
 * are not trusted are passed over; one of a trusted log that is wrong refuses the certificate.
 */
export function checkTransparency(
  certificate: Certificate,
  issuer: ChainLink,
  logs: readonly TrustedLog[],
): void {
  const timestamps = timestampsIn(certificate);
  if (timestamps.length === 0) {
    refuse(STEP, "The signing certificate was entered in no certificate log.");
  }
  const signed = precertificate(certificate, issuer);
  const known = timestamps.flatMap((timestamp) => {
    const log = logs.find(
      (log) => log.id === timestamp.logId && isWithin(Number(timestamp.timeMs), log),
    );
    return log === undefined ? [] : [{ timestamp, log }];
  });
  if (known.length === 0) {
    refuse(STEP, "No trusted certificate log knows the signing certificate.", "untrusted");
  }
  for (const { timestamp, log } of known) {
    const message = signedMessage(timestamp, signed);
    if (!verifies("sha256", message, log.key, timestamp.signature)) {
      refuse(STEP, "A certificate log did not sign what the signing certificate says it did.");
    }
  }
}

function timestampsIn({ extensions }: Certificate): readonly CertificateTimestamp[] {
  const extension = extensions.get(OID.sctList);
  if (extension === undefined) return [];
  const list = reading(STEP, "The list of certificate timestamps", () =>
    Der.read(extension.value).octetString(),
  );
  const reader = new TlsReader(new TlsReader(list).last(2));
  const timestamps: CertificateTimestamp[] = [];
  while (!reader.isAtEnd) {
    if (timestamps.length === TIMESTAMPS_MAX) refuse(STEP, "There are too many timestamps.");
    const timestamp = timestampFrom(reader.vector(2));
    if (timestamp !== undefined) timestamps.push(timestamp);
  }
  return timestamps;
}

/** hash sha256 (4), signature ecdsa (3): all that RFC 6962 logs of today use, besides RSA (1). */
const ALGORITHMS = new Set([0x0403, 0x0401]);

/** Undefined for versions that are not known, which RFC 6962 has clients pass over. */
function timestampFrom(bytes: Buffer): CertificateTimestamp | undefined {
  const reader = new TlsReader(bytes);
  if (reader.number(1) !== 0) return undefined;
  const logId = reader.bytes(32).toString("hex");
  const timeMs = reader.bytes(8).readBigUInt64BE();
  const extensions = reader.vector(2);
  if (!ALGORITHMS.has(reader.number(2))) {
    refuse(STEP, "A certificate timestamp is signed by an algorithm that is not known.");
  }
  return { logId, timeMs, extensions, signature: reader.last(2) };
}

/** The part of the signed message that is the certificate's: issuer key hash and TBS, less SCTs. */
function precertificate(certificate: Certificate, issuer: ChainLink): Buffer {
  const tbs = reading(STEP, "The signing certificate", () => withoutTimestamps(certificate.tbs));
  const length = Buffer.alloc(3);
  length.writeUIntBE(tbs.length, 0, 3);
  return Buffer.concat([hash("sha256", issuer.certificate.spki, "buffer"), length, tbs]);
}

function withoutTimestamps(tbs: Der): Buffer {
  const extensionsTag = contextTag(3, "constructed");
  const parts = tbs.sequence().map((part) => {
    if (part.tag !== extensionsTag) return part.encoded;
    const kept = part
      .only(extensionsTag)
      .sequence()
      .filter((extension) => extension.sequence()[0]?.oid() !== OID.sctList)
      .map((extension) => extension.encoded);
    return wrapped(extensionsTag, [wrapped(TAG.sequence, kept)]);
  });
  return wrapped(TAG.sequence, parts);
}

function wrapped(tag: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(tag), derLength(length), ...parts]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const used = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.of(0x80 | used.length), used]);
}

/** The struct of RFC 6962, section 3.2: version v1, type certificate_timestamp, precert_entry. */
function signedMessage({ timeMs, extensions }: CertificateTimestamp, signed: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(timeMs, 2);
  head.writeUInt16BE(1, 10);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(extensions.length);
  return Buffer.concat([head, signed, length, extensions]);
}

/** TLS presentation language (RFC 8446, section 3): numbers, and vectors with their length in front. */
class TlsReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) refuse(STEP, "A certificate timestamp ends early.");
    const read = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return read;
  }

  number(size: number): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  vector(lengthSize: number): Buffer {
    return this.bytes(this.number(lengthSize));
  }

  /** A vector with nothing behind it. */
  last(lengthSize: number): Buffer {
    const read = this.vector(lengthSize);
    if (!this.isAtEnd) refuse(STEP, "Something follows a certificate timestamp.");
    return read;
  }
}
