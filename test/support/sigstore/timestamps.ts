import { hash, randomBytes } from "node:crypto";
import { authority, stampingCertificate, type Authority, type Validity } from "./authority.ts";
import {
  element,
  generalizedTime,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tagged,
  TAG,
  utcTime,
} from "./der.ts";
import { ecdsaKeys, signatureAlgorithm, signedBy, type KeyPair } from "./keys.ts";

/** An RFC 3161 timestamp authority. */
export interface TimestampAuthority {
  readonly keys: KeyPair;
  readonly serial: Buffer;
  readonly issuer: Authority;
  /** Leaf first, to the root. */
  readonly chain: readonly Buffer[];
}

export function timestampAuthority(organization: string, validity: Validity): TimestampAuthority {
  const issuer = authority(organization, "time-stamping", validity);
  const keys = ecdsaKeys("P-384");
  const serial = Buffer.concat([Buffer.of(0x33), randomBytes(15)]);
  const leaf = stampingCertificate(issuer, keys, validity, serial);
  return { keys, serial, issuer, chain: [leaf, ...issuer.chain] };
}

export interface Stamping {
  readonly atMs: number;
  /** Whether the token carries its certificate. */
  readonly embedded?: boolean;
  /** Whose signature it carries; the authority's own by default. */
  readonly keys?: KeyPair;
}

const SHA384 = sequence(oid("2.16.840.1.101.3.4.2.2"));
const SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"), element(TAG.null));
const TST_INFO = oid("1.2.840.113549.1.9.16.1.4");

/** A granted response: TSTInfo inside CMS SignedData with one signer. */
export function timestampOf(
  message: Uint8Array,
  stamper: TimestampAuthority,
  stamping: Stamping,
): Buffer {
  const info = sequence(
    integer(1),
    oid("1.3.6.1.4.1.57264.2"),
    sequence(SHA256, octetString(hash("sha256", message, "buffer"))),
    integer(Buffer.concat([Buffer.of(0x44), randomBytes(15)])),
    generalizedTime(stamping.atMs),
    sequence(integer(1)),
    integer(Buffer.concat([Buffer.of(0x55), randomBytes(7)])),
  );
  const [leaf = Buffer.alloc(0)] = stamper.chain;
  const signedData = sequence(
    integer(3),
    setOf(SHA384),
    sequence(TST_INFO, tagged(0, octetString(info))),
    ...(stamping.embedded === true ? [tagged(0, leaf)] : []),
    setOf(signerInfo(info, leaf, stamper, stamping)),
  );
  return sequence(
    sequence(integer(0)),
    sequence(oid("1.2.840.113549.1.7.2"), tagged(0, signedData)),
  );
}

function signerInfo(
  info: Buffer,
  leaf: Buffer,
  stamper: TimestampAuthority,
  { atMs, keys = stamper.keys }: Stamping,
): Buffer {
  const attribute = (id: string, value: Buffer): Buffer => sequence(oid(id), setOf(value));
  // ESSCertIDv2 with SHA-256, which DER leaves out as the default.
  const certificateId = sequence(octetString(hash("sha256", leaf, "buffer")));
  const attributes = [
    attribute("1.2.840.113549.1.9.3", TST_INFO),
    attribute("1.2.840.113549.1.9.5", utcTime(atMs)),
    attribute("1.2.840.113549.1.9.4", octetString(hash("sha384", info, "buffer"))),
    attribute("1.2.840.113549.1.9.16.2.47", sequence(sequence(certificateId))),
  ].sort((one, other) => Buffer.compare(one, other));
  return sequence(
    integer(1),
    sequence(stamper.issuer.name, integer(stamper.serial)),
    SHA384,
    tagged(0, ...attributes),
    signatureAlgorithm(keys),
    octetString(signedBy(keys, element(TAG.set, ...attributes))),
  );
}
