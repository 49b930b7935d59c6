import { hash } from "node:crypto";
import { parseCheckpoint, type Checkpoint } from "../log/checkpoint.ts";
import { leafHash, rootFromInclusion } from "../log/merkle.ts";
import { canonicalJson, isJsonObject, parseJson, type JsonObject } from "../model/canonical.ts";
import type { InclusionProof, LogEntry } from "./bundle.ts";
import { checkRecorded, type SignedContent } from "./log-record.ts";
import { isSignedBy } from "./signature.ts";
import { isWithin, type TrustedLog } from "./trust-root.ts";
import { refuse } from "./verification.ts";

export interface VerifiedEntry {
  readonly log: TrustedLog;
  /** Undefined where the log vouches for no time, as Rekor v2 does not. */
  readonly integratedAtMs: number | undefined;
}

/**
 * One entry of a transparency log: it records just this signature, and the log's key vouches for it
 * by a promise (Rekor v1), by inclusion under a signed checkpoint, or both. Whatever is there has to
 * be right; what has to be there does not depend on the bundle's label, which nothing signs.
 */
export function verifyEntry(
  entry: LogEntry,
  content: SignedContent,
  logs: readonly TrustedLog[],
): VerifiedEntry {
  const log = logs.find(({ id }) => id === entry.logId);
  if (log === undefined) {
    return refuse("log-entry", "The log that recorded it is not a trusted one.", "untrusted");
  }
  const body = bodyOf(entry);
  checkRecorded(body, entry, content);
  const integratedAtMs = promisedTime(entry, log);
  if (entry.proof !== undefined) checkInclusion(entry, entry.proof, log);
  checkSuffices(entry, integratedAtMs);
  return { log, integratedAtMs };
}

/** Two entries of one log would count twice where somebody counts. */
export function refuseDuplicates(entries: readonly LogEntry[]): void {
  const places = entries.map(({ logId, body }) => `${logId} ${hash("sha256", body)}`);
  if (new Set(places).size < places.length) refuse("log-entry", "A log entry is there twice.");
}

/** Entries made at a time that only timestamps tell have to fall into the log's time as well. */
export function checkLogWindow({ log }: VerifiedEntry, timesMs: readonly number[]): void {
  if (!timesMs.every((timeMs) => isWithin(timeMs, log))) {
    refuse("log-entry", "The log's key was not in use when the entry was made.", "untrusted");
  }
}

function bodyOf(entry: LogEntry): JsonObject {
  let json: unknown;
  try {
    json = parseJson(entry.body.toString());
  } catch {
    return refuse("log-entry", "The body of the log entry is not JSON.");
  }
  if (!isJsonObject(json) || json["kind"] !== entry.kind || json["apiVersion"] !== entry.version) {
    return refuse("log-entry", "The body of the log entry is of another kind than its label.");
  }
  return json;
}

/** Rekor v1's signed entry timestamp: over the canonical JSON of four fields. */
function promisedTime(entry: LogEntry, log: TrustedLog): number | undefined {
  const { body, integratedTimeS, logId, logIndex, promise } = entry;
  if (promise === undefined) {
    if (integratedTimeS === undefined) return undefined;
    return refuse("log-promise", "The log entry states a time that no promise of the log signs.");
  }
  if (integratedTimeS === undefined) {
    return refuse("log-promise", "The log's promise is for no time.");
  }
  const signed = canonicalJson({
    body: body.toString("base64"),
    integratedTime: integratedTimeS,
    logID: logId,
    logIndex,
  });
  if (!isSignedBy(log.key, Buffer.from(signed), promise)) {
    refuse("log-promise", "The log's promise is not signed by the log.");
  }
  return integratedTimeS * 1000;
}

/** RFC 9162 inclusion under a signed head. Root and size stand twice, and must be the same. */
function checkInclusion(entry: LogEntry, proof: InclusionProof, log: TrustedLog): void {
  const checkpoint = parseCheckpoint(proof.checkpoint);
  if (checkpoint === undefined) {
    return refuse("log-checkpoint", "The log's checkpoint cannot be read.");
  }
  checkCheckpoint(checkpoint, log);
  if (proof.treeSize !== checkpoint.size || !proof.rootHash.equals(checkpoint.root)) {
    refuse("log-checkpoint", "The proof of inclusion is for another tree than the checkpoint.");
  }
  const root = rootFromInclusion(
    leafHash(entry.body),
    proof.logIndex,
    checkpoint.size,
    proof.hashes,
  );
  if (root === undefined || !root.equals(checkpoint.root)) {
    refuse("log-inclusion", "The proof of inclusion does not lead to the log's root.");
  }
  // Without a promise nothing signs the index of the entry; in Rekor v2 both are the same.
  if (entry.promise === undefined && entry.logIndex !== proof.logIndex) {
    refuse("log-inclusion", "The log entry and its proof name two places in the log.");
  }
}

/**
 * At least one signature of the log's own key over the checkpoint. Lines of witnesses and of keys
 * that are not known are passed over (C2SP signed-note); one that claims to be this key's and is not
 * refuses the checkpoint. The name on the line is not signed, so it must be the origin's.
 */
function checkCheckpoint(checkpoint: Checkpoint, log: TrustedLog): void {
  const own = checkpoint.signatures.filter(
    ({ name, keyHint }) =>
      keyHint.equals(log.checkpointKeyHint) &&
      (checkpoint.origin === name || checkpoint.origin.startsWith(`${name} - `)),
  );
  if (own.length === 0) {
    refuse("log-checkpoint", "The checkpoint carries no signature of the log.");
  }
  if (!own.every(({ signature }) => isSignedBy(log.key, checkpoint.body, signature))) {
    refuse("log-checkpoint", "The checkpoint's signature is not the log's.");
  }
}

/** The kind of entry that npm's clients made before they kept proofs; they kept promises only. */
const PROMISE_ONLY_KIND = "intoto";
/** npm 9 did not keep them; npm 10 (September 2023) does, and 9 went out of use within the year. */
const PROMISE_ONLY_UNTIL_MS = Date.parse("2024-01-01T00:00:00Z");

/** Without this, deleting the proof and rewriting the label would go unnoticed. */
function checkSuffices(entry: LogEntry, integratedAtMs: number | undefined): void {
  if (entry.proof !== undefined) return;
  const isOld = integratedAtMs !== undefined && integratedAtMs < PROMISE_ONLY_UNTIL_MS;
  if (entry.kind !== PROMISE_ONLY_KIND || !isOld) {
    refuse("log-inclusion", "The log entry has no proof of inclusion.");
  }
}
