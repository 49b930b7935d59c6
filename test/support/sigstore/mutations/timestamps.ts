import type { JsonObject } from "../../../../src/model/canonical.ts";
import type { Base } from "../bases.ts";
import { element, oid, sequence, tagged, TAG } from "../der.ts";
import { at, derEdited, flipped, otherSignature } from "../edit.ts";
import {
  type Mutation,
  type Mutate,
  STAMPS,
  TOKEN,
  value,
  set,
  without,
  bytes,
  donated,
  both,
  where,
  hasPromise,
  stampCount,
  refused,
  tolerated,
  listOf,
  MATERIAL,
} from "./mutation.ts";

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
  let signedData: Buffer = Buffer.alloc(0);
  derEdited(Buffer.from(response, "base64"), SIGNED_DATA, (found) => (signedData = found));
  return partsOf(signedData).some((part) => part[0] === 0xa0);
};

const STAMPER = (base: Base): Buffer | undefined =>
  base.trust.root.timestampAuthorities[0]?.chain.links[0]?.certificate.encoded;

export const TIMESTAMP_MUTATIONS: readonly Mutation[] = [
  refused(
    "a byte of the timestamp",
    ["timestamp"],
    bytes(TOKEN, (response) => flipped(response, Math.floor(response.length / 2))),
  ),
  refused(
    "a timestamp cut short",
    ["timestamp"],
    bytes(TOKEN, (response) => response.subarray(0, -1)),
  ),
  refused(
    "a timestamp with a byte behind it",
    ["timestamp"],
    bytes(TOKEN, (response) => Buffer.concat([response, Buffer.of(0)])),
  ),
  refused(
    "a timestamp with a length in a longer form",
    ["timestamp"],
    bytes(TOKEN, (response) => Buffer.concat([Buffer.of(0x30, 0x83, 0x00), response.subarray(2)])),
  ),
  refused("an empty timestamp", ["bundle"], set(TOKEN, "")),
  refused(
    "no timestamp where nobody else knows the time",
    ["timestamp"],
    where((bundle) => stampCount(bundle) > 0 && !hasPromise(bundle), set(STAMPS, [])),
  ),
  refused(
    "the timestamp twice",
    ["timestamp"],
    where(
      (bundle) => stampCount(bundle) > 0,
      value(STAMPS, (found) => [...listOf(found), ...listOf(found)]),
    ),
  ),
  refused(
    "a thousand timestamps",
    ["bundle"],
    where(
      (bundle) => stampCount(bundle) > 0,
      value(STAMPS, (found) => Array.from({ length: 1000 }, () => listOf(found)[0] ?? null)),
    ),
  ),
  refused("the timestamp of another", ["timestamp"], donated(TOKEN)),
  refused(
    "the timestamp of another beside the right one",
    ["timestamp"],
    value(STAMPS, (found, { donor }) => {
      const other = at(donor, [...STAMPS, 0]);
      return other === undefined || listOf(found).length === 0
        ? undefined
        : [...listOf(found), other];
    }),
  ),
  refused(
    "another time in the timestamp",
    ["timestamp"],
    token([...INFO], (info) => {
      const place = info.lastIndexOf("Z");
      return flipped(info, info.indexOf("Z") === -1 ? place : info.indexOf("Z") - 1);
    }),
  ),
  refused(
    "another imprint in the timestamp",
    ["timestamp"],
    token([...INFO], (info) => flipped(info, 60)),
  ),
  refused(
    "a timestamp granted with modifications",
    ["timestamp"],
    token([0], () => sequence(element(TAG.integer, Buffer.of(1)))),
  ),
  refused(
    "a timestamp that was refused",
    ["timestamp"],
    token([0], () => sequence(element(TAG.integer, Buffer.of(2)))),
  ),
  refused(
    "another kind of content in the timestamp",
    ["timestamp"],
    token([...SIGNED_DATA, 2, 0], () => oid("1.2.840.113549.1.7.1")),
  ),
  refused(
    "a byte of the timestamp's signature",
    ["timestamp"],
    token([...SIGNER, -1], (signature) => flipped(signature, -1)),
  ),
  refused(
    "a signed attribute less in the timestamp",
    ["timestamp"],
    token([...SIGNER, 3], (attributes) => tagged(0, ...partsOf(attributes).slice(1))),
  ),
  refused(
    "signed attributes in another order",
    ["timestamp"],
    token([...SIGNER, 3], (attributes) => tagged(0, ...partsOf(attributes).reverse())),
  ),
  refused(
    "unsigned attributes in the timestamp",
    ["timestamp"],
    token(SIGNER, (signer) =>
      sequence(...partsOf(signer), tagged(1, sequence(oid("1.2.3"), element(TAG.set)))),
    ),
  ),
  refused(
    "a second signer in the timestamp",
    ["timestamp"],
    token([...SIGNED_DATA, -1], (signers) =>
      element(TAG.set, ...partsOf(signers), ...partsOf(signers)),
    ),
  ),
  refused(
    "another digest algorithm in the timestamp",
    ["timestamp"],
    token([...SIGNER, 2], () => sequence(oid("2.16.840.1.101.3.4.2.3"))),
  ),
  refused(
    "another serial number for the timestamp's certificate",
    ["timestamp"],
    token([...SIGNER, 1, 1], (serial) => flipped(serial, -1)),
  ),
  refused("another certificate in the timestamp", ["timestamp"], (bundle, base) => {
    const [certificate] = base.trust.root.authorities.map(
      ({ chain }) => chain.links[0]?.certificate.encoded,
    );
    return certificate === undefined
      ? undefined
      : token(SIGNED_DATA, embedded(certificate))(bundle, base);
  }),
  refused(
    "bytes for a certificate in the timestamp",
    ["timestamp"],
    token(SIGNED_DATA, embedded(sequence(NULL))),
  ),
  tolerated(
    "the timestamp's other signature",
    token([...SIGNER, -1], (signature) =>
      element(TAG.octetString, otherSignature(signature.subarray(2))),
    ),
  ),
  tolerated(
    "the timestamp's certificate taken out",
    where(isEmbedded, token(SIGNED_DATA, embedded(undefined))),
  ),
  tolerated(
    "the timestamp's certificate put in",
    where(
      (bundle) => stampCount(bundle) > 0 && !isEmbedded(bundle),
      (bundle, base) => token(SIGNED_DATA, embedded(STAMPER(base)))(bundle, base),
    ),
  ),
  tolerated(
    "NULL as parameters in the timestamp's frame",
    both(token([...SIGNED_DATA, 1, 0], withNull), token([...SIGNER, 2], withNull)),
  ),
  tolerated(
    "timestamps taken out where another time remains",
    where(
      (bundle) => stampCount(bundle) === 2,
      value(STAMPS, (found) => listOf(found).slice(1)),
    ),
  ),
  tolerated(
    "no timestamp data for an empty list",
    where(
      (bundle) => stampCount(bundle) === 0,
      without([...MATERIAL, "timestampVerificationData"]),
    ),
  ),
];
