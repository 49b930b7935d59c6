import { hash } from "node:crypto";
import { canonicalJson, type Json, type JsonObject } from "../../../../src/model/canonical.ts";
import { element, sequence, TAG } from "../der.ts";
import { at, flipped, otherSignature, put, type Path } from "../edit.ts";
import {
  both,
  bytes,
  DIGEST,
  donated,
  ENTRY,
  ENVELOPE,
  HINT,
  listOf,
  MESSAGE,
  PAYLOAD,
  refused,
  set,
  SIGNATURES,
  signaturePath,
  text,
  textOf,
  tolerated,
  value,
  where,
  without,
  type Mutation,
} from "./mutation.ts";

export const CONTENT_MUTATIONS: readonly Mutation[] = [
  refused(
    "a byte of the payload",
    ["signature"],
    bytes(PAYLOAD, (payload) => flipped(payload, 40)),
  ),
  refused(
    "the last byte of the payload",
    ["signature"],
    bytes(PAYLOAD, (payload) => flipped(payload, -1)),
  ),
  refused(
    "a payload cut short",
    ["signature"],
    bytes(PAYLOAD, (payload) => payload.subarray(0, -1)),
  ),
  refused(
    "a payload with a line end behind it",
    ["signature"],
    bytes(PAYLOAD, (payload) => Buffer.concat([payload, Buffer.from("\n")])),
  ),
  refused("an empty payload", ["bundle"], set(PAYLOAD, "")),
  refused(
    "a payload in base64url",
    ["bundle"],
    text(PAYLOAD, (payload) =>
      respelled(payload, payload.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")),
    ),
  ),
  refused(
    "a payload without padding",
    ["bundle"],
    text(PAYLOAD, (payload) => respelled(payload, payload.replaceAll("=", ""))),
  ),
  refused(
    "a payload with a line end in its base64",
    ["bundle"],
    text(PAYLOAD, (payload) => `${payload.slice(0, 76)}\n${payload.slice(76)}`),
  ),
  refused(
    "base64 with other bits behind its end",
    ["bundle"],
    text(signaturePath, (found) =>
      found.endsWith("==")
        ? looseBits(found, 2)
        : found.endsWith("=")
          ? looseBits(found, 1)
          : undefined,
    ),
  ),
  refused(
    "another subject",
    ["signature"],
    bytes(PAYLOAD, (payload) =>
      Buffer.from(
        payload
          .toString()
          .replace(
            /"sha(256|512)":"./,
            (found) => `${found.slice(0, -1)}${found.endsWith("0") ? "1" : "0"}`,
          ),
      ),
    ),
  ),
  refused(
    "another subject, and a log entry to match",
    ["signature"],
    both(
      bytes(PAYLOAD, (payload) => flipped(payload, 40)),
      matchingBody,
    ),
  ),
  refused(
    "another payload type",
    ["signature"],
    set([...ENVELOPE, "payloadType"], "application/json"),
  ),
  refused("an empty payload type", ["bundle"], set([...ENVELOPE, "payloadType"], "")),
  refused("the payload of another", ["signature"], donated(PAYLOAD)),
  refused("the envelope of another", ["signature", "public-key", "log-entry"], donated(ENVELOPE)),
  refused(
    "a byte of the signature",
    ["signature"],
    bytes(signaturePath, (signature) => flipped(signature, -2)),
  ),
  refused(
    "a signature cut short",
    ["signature"],
    bytes(signaturePath, (signature) => signature.subarray(0, -1)),
  ),
  refused(
    "a signature with a byte behind it",
    ["signature"],
    bytes(signaturePath, (signature) => Buffer.concat([signature, Buffer.of(0)])),
  ),
  refused("an empty signature", ["bundle"], set(signaturePath, "")),
  refused(
    "a signature of zeros",
    ["signature"],
    bytes(signaturePath, () =>
      sequence(element(TAG.integer, Buffer.of(0)), element(TAG.integer, Buffer.of(0))),
    ),
  ),
  refused(
    "the signature's other signature",
    ["log-entry"],
    bytes(signaturePath, (signature) => otherSignature(signature)),
  ),
  refused("the signature of another", ["signature"], donated(signaturePath)),
  refused(
    "a second signature",
    ["bundle"],
    value(SIGNATURES, (found) => [...listOf(found), ...listOf(found)]),
  ),
  refused("no signatures", ["bundle"], set(SIGNATURES, [])),
  refused(
    "another key id",
    ["public-key"],
    value([...SIGNATURES, 0], (found) => ({ ...(found as JsonObject), keyid: "another" })),
  ),
  refused(
    "no key id for a key",
    ["public-key"],
    where((bundle) => at(bundle, HINT) !== undefined, without([...SIGNATURES, 0, "keyid"])),
  ),
  tolerated(
    "an empty key id left out",
    where(
      (bundle) => at(bundle, [...SIGNATURES, 0, "keyid"]) === "",
      without([...SIGNATURES, 0, "keyid"]),
    ),
  ),
  refused(
    "an envelope and a message signature",
    ["bundle"],
    where(
      (bundle) => at(bundle, ENVELOPE) !== undefined,
      (bundle) =>
        put(bundle, MESSAGE, {
          messageDigest: { algorithm: "SHA2_256", digest: hash("sha256", "", "base64") },
          signature: "AAAA",
        }) as JsonObject,
    ),
  ),
  refused(
    "neither envelope nor message signature",
    ["bundle"],
    (bundle) => put(put(bundle, ENVELOPE, undefined), MESSAGE, undefined) as JsonObject,
  ),
  refused(
    "another message digest",
    ["artifact"],
    bytes([...DIGEST, "digest"], (digest) => flipped(digest, 0)),
  ),
  refused(
    "a message digest cut short",
    ["bundle"],
    bytes([...DIGEST, "digest"], (digest) => digest.subarray(1)),
  ),
  refused(
    "another algorithm for the message digest",
    ["bundle"],
    set([...DIGEST, "algorithm"], "SHA2_512"),
  ),
  refused(
    "an unknown algorithm for the message digest",
    ["bundle"],
    set([...DIGEST, "algorithm"], "SHA1"),
  ),
  refused(
    "an algorithm that every object has",
    ["bundle"],
    set([...DIGEST, "algorithm"], "constructor"),
  ),
  refused(
    "the message's SHA-512 for its SHA-256",
    ["log-entry"],
    value(DIGEST, (_, { artifact }) =>
      artifact?.kind === "bytes"
        ? { algorithm: "SHA2_512", digest: hash("sha512", artifact.bytes, "base64") }
        : undefined,
    ),
  ),
  refused("no message digest", ["bundle"], without(DIGEST)),
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
  const payload = Buffer.from(textOf(at(bundle, PAYLOAD)), "base64");
  const path: Path = [...ENTRY, "canonicalizedBody"];
  const body = JSON.parse(Buffer.from(textOf(at(bundle, path)), "base64").toString()) as Json;
  const places: readonly Path[] = [
    ["spec", "payloadHash", "value"],
    ["spec", "content", "payloadHash", "value"],
  ];
  const place = places.find((known) => at(body, known) !== undefined);
  if (place === undefined) return undefined;
  const matched = canonicalJson(put(body, place, hash("sha256", payload)));
  return put(bundle, path, Buffer.from(matched).toString("base64")) as JsonObject;
}
