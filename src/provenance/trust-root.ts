import type { KeyObject } from "node:crypto";
import { isJsonObject, parseJson, type Json, type JsonObject } from "../model/canonical.ts";
import { Failure, messageOf } from "../model/failure.ts";
import { importKey, parseCertificate, type Certificate } from "./certificate.ts";
import { chainOf, type AuthorityChain } from "./chain.ts";
import { exactBase64 } from "./base64.ts";
import { verification } from "./verification.ts";

/**
 * Whom a verification trusts: Sigstore's `TrustedRoot` (protobuf-specs, `sigstore_trustroot.proto`),
 * parsed and checked whole. Chains of authorities are verified here, once.
 */
export interface TrustRoot {
  readonly logs: readonly TrustedLog[];
  readonly ctLogs: readonly TrustedLog[];
  readonly authorities: readonly TrustedAuthority[];
  readonly timestampAuthorities: readonly TrustedAuthority[];
}

/** Both ends belong to it. */
export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface TrustedLog extends Window {
  readonly baseUrl: string;
  /** Lower-case hexadecimal. */
  readonly id: string;
  /** The first bytes of the key's id in checkpoints, which for new logs is not the log's id. */
  readonly checkpointKeyHint: Buffer;
  readonly key: KeyObject;
}

export interface TrustedAuthority extends Window {
  readonly uri: string;
  readonly chain: AuthorityChain;
}

export function isWithin(momentMs: number, { fromMs, untilMs }: Window): boolean {
  return fromMs <= momentMs && momentMs <= untilMs;
}

const MEDIA_TYPES = new Set([
  "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
  "application/vnd.dev.sigstore.trustedroot.v0.2+json",
]);
const TEXT_LENGTH_MAX = 4 * 1024 * 1024;
const MEMBERS_MAX = 256;
const HINT_BYTES = 4;

/** @throws Failure "bad-config" for a text that is no trust root, or one with an entry that is wrong */
export function parseTrustRoot(text: string): TrustRoot {
  const result = verification(() => trustRootFrom(jsonOf(text)));
  if (result.state === "failed") throw wrong(result.why);
  return result.value;
}

function wrong(why: string): Failure {
  return new Failure("bad-config", `The trust root cannot be used: ${why}`);
}

function jsonOf(text: string): JsonObject {
  if (text.length > TEXT_LENGTH_MAX) throw wrong("it is larger than 4 MiB.");
  try {
    const json = parseJson(text);
    if (isJsonObject(json)) return json;
  } catch (error) {
    throw wrong(`it is not JSON (${messageOf(error)}).`);
  }
  throw wrong("it is no JSON object.");
}

function trustRootFrom(json: JsonObject): TrustRoot {
  if (!MEDIA_TYPES.has(textIn(json, "mediaType"))) throw wrong("its media type is not known.");
  return {
    logs: listIn(json, "tlogs").flatMap(logFrom),
    ctLogs: listIn(json, "ctlogs").flatMap(logFrom),
    authorities: listIn(json, "certificateAuthorities").map(authorityFrom),
    timestampAuthorities: listIn(json, "timestampAuthorities").map(authorityFrom),
  };
}

/** None for a key of a kind that is not known yet: what such a log signs is not trusted, no more. */
function logFrom(json: JsonObject): readonly TrustedLog[] {
  const publicKey = objectIn(json, "publicKey");
  const key = keyFrom(publicKey);
  const id = bytesIn(objectIn(json, "logId"), "keyId");
  const { checkpointKeyId } = json;
  const hintSource = isJsonObject(checkpointKeyId) ? bytesIn(checkpointKeyId, "keyId") : id;
  const window = windowFrom(publicKey);
  if (key === undefined) return [];
  return [
    {
      baseUrl: textIn(json, "baseUrl"),
      id: id.toString("hex"),
      checkpointKeyHint: hintSource.subarray(0, HINT_BYTES),
      key,
      ...window,
    },
  ];
}

/** Some certificate logs have RSA keys without the wrapping that all others have. */
function keyFrom(json: JsonObject): KeyObject | undefined {
  const bytes = bytesIn(json, "rawBytes");
  const isBareRsa = textIn(json, "keyDetails").startsWith("PKCS1_RSA_");
  const result = verification(() => importKey(bytes, "trust-root", isBareRsa ? "pkcs1" : "spki"));
  return result.state === "verified" ? result.value : undefined;
}

function authorityFrom(json: JsonObject): TrustedAuthority {
  const certificates: readonly Certificate[] = listIn(objectIn(json, "certChain"), "certificates")
    .map((certificate) => bytesIn(certificate, "rawBytes"))
    .map((bytes) => parseCertificate(bytes, "trust-root"));
  return {
    uri: typeof json["uri"] === "string" ? json["uri"] : "",
    chain: chainOf(certificates),
    ...windowFrom(json),
  };
}

/** A missing start must not read as "always was": the entry, and with it the root, is refused. */
function windowFrom(json: JsonObject): Window {
  const validFor = objectIn(json, "validFor");
  const end = validFor["end"] ?? null;
  return {
    fromMs: instantFrom(validFor["start"]),
    untilMs: end === null ? Number.POSITIVE_INFINITY : instantFrom(end),
  };
}

function instantFrom(value: Json | undefined): number {
  const text = typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? value : "";
  const instant = Date.parse(text);
  if (Number.isNaN(instant))
    throw wrong("a period of validity has no start, or no date as an end.");
  return instant;
}

function listIn(json: JsonObject, name: string): readonly JsonObject[] {
  const list = json[name] ?? [];
  if (!Array.isArray(list) || list.length > MEMBERS_MAX || !list.every(isJsonObject)) {
    throw wrong(`"${name}" is not a list of objects.`);
  }
  return list;
}

function objectIn(json: JsonObject, name: string): JsonObject {
  const value = json[name];
  if (!isJsonObject(value)) throw wrong(`"${name}" is missing.`);
  return value;
}

function textIn(json: JsonObject, name: string): string {
  const value = json[name];
  if (typeof value !== "string") throw wrong(`"${name}" is missing.`);
  return value;
}

function bytesIn(json: JsonObject, name: string): Buffer {
  const bytes = exactBase64(textIn(json, name));
  if (bytes === undefined || bytes.length === 0) throw wrong(`"${name}" is not base64.`);
  return bytes;
}
