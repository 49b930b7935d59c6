import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { isJsonObject, parseJson, type Json, type JsonObject } from "../model/canonical.ts";
import { Failure, messageOf } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { hasRepeatedName } from "../model/repeated-names.ts";
import { exactBase64 } from "./base64.ts";
import type { Window } from "./trust-root.ts";
import type { TrustedKey } from "./verify-bundle.ts";

/** What a registry's key may sign: `name@version:integrity`, or publish attestations. */
export type KeyUsage = "npm:signatures" | "npm:attestations";

/** The keys of one registry. An id always names one key: it is the key's own fingerprint. */
export interface RegistryKeys {
  /** Keys and usages that can be asked for; 0 when the registry has none that can be used. */
  readonly size: number;
  /** Entries that are not used, each with the reason; another entry is not worse for it. */
  readonly refused: readonly RefusedKey[];
  keyFor(usage: KeyUsage, keyId: string): TrustedKey | undefined;
}

export interface RefusedKey {
  /** As it was claimed; printable. */
  readonly keyId: string;
  /** One sentence. */
  readonly why: string;
}

const TEXT_LENGTH_MAX = 256 * 1024;
const KEYS_MAX = 256;
const KEY_ID_SHOWN_MAX = 80;

export const NO_KEYS: RegistryKeys = keysOf([], []);

/**
 * Reads either form of a registry's keys: the TUF target `<registry>/keys.json` (each entry has
 * `keyId`, `keyUsage` and `publicKey`), or the answer of `/-/npm/v1/keys` (each entry has `keyid`,
 * `keytype`, `scheme`, `key` and `expires`), whose keys are for both usages and have no start.
 *
 * An entry that is wrong, or of a kind that is not known yet, is refused alone.
 * @throws Failure "bad-metadata" for a text that is no list of keys
 */
export function parseRegistryKeys(text: string): RegistryKeys {
  const entries = entriesIn(text).flatMap(readEntry);
  const uses = Map.groupBy(entries.filter(isUse), ({ usage, keyId }) => useOf(usage, keyId));
  const unique = [...uses.values()].flatMap((same) => (same.length === 1 ? same : []));
  const repeated = [...uses.values()].flatMap((same) => (same.length > 1 ? same.slice(0, 1) : []));
  return keysOf(unique, [
    ...entries.filter((entry): entry is RefusedKey => !isUse(entry)),
    // Which of two periods of validity counts is nobody's to guess.
    ...repeated.map(({ keyId }) => ({ keyId, why: "It is listed twice for one usage." })),
  ]);
}

interface Use extends TrustedKey {
  readonly usage: KeyUsage;
}

function isUse(entry: Use | RefusedKey): entry is Use {
  return "usage" in entry;
}

function keysOf(uses: readonly Use[], refused: readonly RefusedKey[]): RegistryKeys {
  const byUse = new Map(
    uses.map(({ usage, ...trusted }) => [useOf(usage, trusted.keyId), trusted]),
  );
  return {
    size: byUse.size,
    refused,
    keyFor: (usage, keyId) => byUse.get(useOf(usage, keyId)),
  };
}

function useOf(usage: KeyUsage, keyId: string): string {
  return `${usage} ${keyId}`;
}

function entriesIn(text: string): readonly JsonObject[] {
  if (text.length > TEXT_LENGTH_MAX) throw wrong("they are longer than 256 KiB.");
  let json: Json;
  try {
    json = parseJson(text);
  } catch (error) {
    throw wrong(`they are not JSON (${printable(messageOf(error))}).`);
  }
  if (hasRepeatedName(text, json)) throw wrong("a field is there twice.");
  const list = isJsonObject(json) ? json["keys"] : undefined;
  if (!Array.isArray(list) || !list.every(isJsonObject)) throw wrong("they are no list of keys.");
  if (list.length > KEYS_MAX) throw wrong(`they are more than ${String(KEYS_MAX)}.`);
  return list;
}

function wrong(why: string): Failure {
  return new Failure("bad-metadata", `The registry's keys cannot be used: ${why}`);
}

/** How an entry stops, inside this file only: {@link readEntry} turns it into a refusal. */
class Unusable extends Error {
  override readonly name = "Unusable";
}

function readEntry(entry: JsonObject): readonly (Use | RefusedKey)[] {
  const claimed = entry["keyId"] ?? entry["keyid"];
  try {
    return "keyId" in entry ? [targetUse(entry)] : endpointUses(entry);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const keyId = typeof claimed === "string" ? printable(claimed, KEY_ID_SHOWN_MAX) : "";
    return [{ keyId, why: error.message }];
  }
}

/** Sigstore's `PublicKey` (protobuf-specs, `sigstore_common.proto`) with what npm adds to it. */
function targetUse(entry: JsonObject): Use {
  const { keyId, keyUsage, publicKey } = entry;
  if (keyUsage !== "npm:signatures" && keyUsage !== "npm:attestations") {
    throw new Unusable("Its usage is not known.");
  }
  if (!isJsonObject(publicKey) || publicKey["keyDetails"] !== "PKIX_ECDSA_P256_SHA_256") {
    throw new Unusable("It is of a kind that is not known.");
  }
  const key = keyNamed(keyId, publicKey["rawBytes"]);
  return { usage: keyUsage, ...key, ...windowFrom(publicKey["validFor"]) };
}

const KEY_TYPE = "ecdsa-sha2-nistp256";

function endpointUses(entry: JsonObject): readonly Use[] {
  const { keyid, keytype, scheme, key: encoded, expires } = entry;
  if (keytype !== KEY_TYPE || scheme !== KEY_TYPE) {
    throw new Unusable("It is of a kind that is not known.");
  }
  const key = keyNamed(keyid, encoded);
  const untilMs = expires === null ? Number.POSITIVE_INFINITY : instantFrom(expires);
  const window = { fromMs: Number.NEGATIVE_INFINITY, untilMs };
  return [
    { usage: "npm:signatures", ...key, ...window },
    { usage: "npm:attestations", ...key, ...window },
  ];
}

function windowFrom(validFor: Json | undefined): Window {
  if (!isJsonObject(validFor)) throw new Unusable("It has no period of validity.");
  const end = validFor["end"] ?? null;
  return {
    fromMs: instantFrom(validFor["start"]),
    untilMs: end === null ? Number.POSITIVE_INFINITY : instantFrom(end),
  };
}

function instantFrom(value: Json | undefined): number {
  const text = typeof value === "string" ? value : "";
  const isWritten = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text);
  const instant = isWritten ? Date.parse(text) : Number.NaN;
  // `Date` takes the 30th of February for a day in March.
  if (Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(text.slice(0, 19))) {
    throw new Unusable("Its period of validity is not given by dates.");
  }
  return instant;
}

/** SPKI of an uncompressed P-256 point (RFC 5480), which DER can write in this one way only. */
const SPKI_HEAD = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;

/** The key, if it has the fingerprint by which it is called. */
function keyNamed(
  keyId: Json | undefined,
  encoded: Json | undefined,
): { readonly keyId: string; readonly key: KeyObject } {
  const spki = typeof encoded === "string" ? exactBase64(encoded) : undefined;
  const head = spki?.subarray(0, SPKI_HEAD.length);
  const point = spki?.subarray(SPKI_HEAD.length);
  if (
    spki === undefined ||
    head?.equals(SPKI_HEAD) !== true ||
    point?.length !== POINT_BYTES ||
    point[0] !== UNCOMPRESSED
  ) {
    throw new Unusable("It is no P-256 key.");
  }
  const own = fingerprintOf(point);
  if (keyId !== own) throw new Unusable("Its id is not the key's fingerprint.");
  return { keyId: own, key: imported(spki) };
}

function imported(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw new Unusable("It is no point on P-256.");
  }
}

/** As `ssh-keygen -l` prints it: over the key's wire form (RFC 5656, section 3.1). */
function fingerprintOf(point: Uint8Array): string {
  const fields = [Buffer.from(KEY_TYPE), Buffer.from("nistp256"), point];
  const wire = Buffer.concat(fields.flatMap((field) => [lengthOf(field), field]));
  return `SHA256:${hash("sha256", wire, "base64").replace(/=+$/, "")}`;
}

function lengthOf(field: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(field.length);
  return length;
}
