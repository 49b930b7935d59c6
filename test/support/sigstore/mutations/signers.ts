import type { JsonObject } from "../../../../src/model/canonical.ts";
import type { Step } from "../../../../src/model/provenance.ts";
import type { Base } from "../bases.ts";
import { element, oid, sequence, TAG } from "../der.ts";
import { at, derEdited, flipped, otherSignature, put } from "../edit.ts";
import {
  type Mutation,
  MATERIAL,
  CHAIN,
  HINT,
  leafPath,
  value,
  set,
  bytes,
  text,
  donated,
  where,
  hasChain,
  hasCertificate,
  refused,
  tolerated,
  listOf,
  SIGNATURES,
} from "./mutation.ts";

const SCT_LIST = oid("1.3.6.1.4.1.11129.2.4.2");
const ISSUER = oid("1.3.6.1.4.1.57264.1.1");

/** Changes the byte a way behind some bytes of a certificate. */
function after(certificate: Buffer, found: Buffer, distance: number): Buffer | undefined {
  const place = certificate.indexOf(found);
  return place === -1 ? undefined : flipped(certificate, place + found.length + distance);
}

// What a certificate says is compared with the log's record before its own signature is.
const ALTERED: readonly Step[] = ["log-entry"];

export const CERTIFICATE_MUTATIONS: readonly Mutation[] = [
  refused(
    "a byte of the certificate's signature",
    ALTERED,
    bytes(leafPath, (certificate) => flipped(certificate, -1)),
  ),
  refused(
    "another letter in the certificate's name",
    ALTERED,
    bytes(leafPath, (certificate) => after(certificate, oid("2.5.29.17"), 30)),
  ),
  refused(
    "another letter in the certificate's issuer claim",
    ALTERED,
    bytes(leafPath, (certificate) => after(certificate, ISSUER, 12)),
  ),
  refused(
    "another certificate timestamp",
    ALTERED,
    bytes(leafPath, (certificate) => after(certificate, SCT_LIST, 50)),
  ),
  refused(
    "a certificate valid for longer",
    ALTERED,
    bytes(leafPath, (certificate) =>
      derEdited(certificate, [0, 4, 1], (time) => flipped(time, -4)),
    ),
  ),
  refused(
    "the certificate's other signature",
    ALTERED,
    bytes(leafPath, (certificate) =>
      derEdited(certificate, [2], (bits) =>
        element(
          TAG.bitString,
          Buffer.of(0),
          otherSignature(bits.subarray(bits[1] === undefined || bits[1] < 0x80 ? 3 : 4)),
        ),
      ),
    ),
  ),
  refused(
    "another key in the certificate",
    ["signature", "certificate"],
    bytes(leafPath, (certificate) => derEdited(certificate, [0, 6], (spki) => flipped(spki, -1))),
  ),
  refused(
    "a certificate cut short",
    ["certificate"],
    bytes(leafPath, (certificate) => certificate.subarray(0, -1)),
  ),
  refused(
    "a certificate with a byte behind it",
    ["certificate"],
    bytes(leafPath, (certificate) => Buffer.concat([certificate, Buffer.of(0)])),
  ),
  refused(
    "a certificate with a length in a longer form",
    ["certificate"],
    bytes(leafPath, (certificate) =>
      Buffer.concat([Buffer.of(0x30, 0x83, 0x00), certificate.subarray(2)]),
    ),
  ),
  refused(
    "a certificate with TRUE written as 1",
    ["certificate"],
    bytes(leafPath, (certificate) => {
      const place = certificate.indexOf(Buffer.of(1, 1, 0xff));
      return flipped(certificate, place + 2, 0xfe);
    }),
  ),
  refused(
    "a certificate with an element more",
    ["certificate"],
    bytes(leafPath, (certificate) => sequence(certificate.subarray(4), element(TAG.null))),
  ),
  refused(
    "a certificate of another tag",
    ["certificate"],
    bytes(leafPath, (certificate) => flipped(certificate, 0)),
  ),
  refused("the certificate of another", ["signature"], donated(leafPath)),
  refused(
    "no certificate but bytes",
    ["certificate"],
    bytes(leafPath, () => Buffer.from("no certificate")),
  ),
  refused("an empty certificate", ["bundle"], set(leafPath, "")),
  refused(
    "the authority's certificate for the signer's",
    ["signature"],
    bytes(
      leafPath,
      (_, { trust }) => trust.root.authorities[0]?.chain.links[0]?.certificate.encoded,
    ),
  ),
  refused("an empty chain", ["bundle"], set(CHAIN, [])),
  refused(
    "a chain with the certificate twice",
    ["certificate-chain"],
    value(CHAIN, (chain) => [listOf(chain)[0] ?? null, ...listOf(chain)]),
  ),
  refused(
    "a chain with bytes as second certificate",
    ["certificate-chain"],
    value(CHAIN, (chain) => [listOf(chain)[0] ?? null, { rawBytes: "anVuaw==" }]),
  ),
  refused("a chain with the root alone above", ["certificate-chain"], (bundle, base) =>
    hasChain(bundle) ? chained(bundle, base, (links) => links.slice(1)) : undefined,
  ),
  refused(
    "a chain longer than any",
    ["bundle"],
    value(CHAIN, (chain) => Array.from({ length: 1000 }, () => listOf(chain)[0] ?? null)),
  ),
  tolerated(
    "the authority's certificates added to the chain",
    where(
      (bundle) => hasChain(bundle) && at(bundle, [...CHAIN, 1]) === undefined,
      (bundle, base) => chained(bundle, base, (links) => links),
    ),
  ),
  tolerated(
    "the authority's certificates taken out of the chain",
    where(
      (bundle) => at(bundle, [...CHAIN, 1]) !== undefined,
      value(CHAIN, (chain) => listOf(chain).slice(0, 1)),
    ),
  ),
  refused(
    "a certificate in the field of other versions",
    ["bundle"],
    where(hasCertificate, (bundle) => {
      const raw = { rawBytes: at(bundle, leafPath(bundle) ?? []) ?? null };
      return put(bundle, MATERIAL, {
        ...(at(bundle, MATERIAL) as JsonObject),
        ...(hasChain(bundle)
          ? { certificate: raw }
          : { x509CertificateChain: { certificates: [raw] } }),
      }) as JsonObject;
    }),
  ),
  refused(
    "a certificate and a key",
    ["bundle"],
    where(
      hasCertificate,
      (bundle) => put(bundle, [...MATERIAL, "publicKey"], { hint: "key" }) as JsonObject,
    ),
  ),
  refused(
    "a key in place of the certificate",
    ["public-key", "signature"],
    where(hasCertificate, (bundle, { keys }) => {
      const bare = put(
        put(bundle, [...MATERIAL, "certificate"], undefined),
        [...MATERIAL, "x509CertificateChain"],
        undefined,
      );
      return put(bare, [...MATERIAL, "publicKey"], { hint: keys[0]?.keyId ?? "" }) as JsonObject;
    }),
  ),
  refused("neither certificate nor key", ["bundle"], (bundle) =>
    ["certificate", "x509CertificateChain", "publicKey"].reduce(
      (left, name) => put(left, [...MATERIAL, name], undefined) as JsonObject,
      bundle,
    ),
  ),
  refused(
    "an unknown key's hint",
    ["public-key"],
    text(HINT, (hint) => `${hint}x`),
  ),
  refused(
    "the hint of another trusted key",
    ["public-key"],
    value(HINT, (hint, { keys }) => keys.find(({ keyId }) => keyId !== hint)?.keyId),
  ),
  refused("an empty hint", ["bundle"], set(HINT, "")),
  refused("the hint and key id of another trusted key", ["signature"], (bundle, { keys }) => {
    const other = keys.find(({ keyId }) => keyId !== at(bundle, HINT));
    return at(bundle, HINT) === undefined || other === undefined
      ? undefined
      : (put(
          put(bundle, HINT, other.keyId),
          [...SIGNATURES, 0, "keyid"],
          other.keyId,
        ) as JsonObject);
  }),
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
