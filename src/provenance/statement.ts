import { isJsonObject, parseJson, type Json, type JsonObject } from "../model/canonical.ts";
import { label, toPurl, type PackageRef } from "../model/package-ref.ts";
import { hasRepeatedName } from "../model/repeated-names.ts";
import type { Envelope } from "./bundle.ts";
import { refuse } from "./verification.ts";

/** An in-toto statement about one package version, of the version 0.1 or 1. */
export interface Statement {
  readonly subject: { readonly purl: string; readonly sha512: string };
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

export const PREDICATE = {
  publish: "https://github.com/npm/attestation/tree/main/specs/publish/v0.1",
  provenance02: "https://slsa.dev/provenance/v0.2",
  provenance1: "https://slsa.dev/provenance/v1",
} as const;

export function isProvenance(predicateType: string): boolean {
  return predicateType === PREDICATE.provenance02 || predicateType === PREDICATE.provenance1;
}

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const TYPES: ReadonlySet<Json | undefined> = new Set([
  "https://in-toto.io/Statement/v0.1",
  "https://in-toto.io/Statement/v1",
]);
const SHA512 = /^[0-9a-f]{128}$/;
const TEXT_LENGTH_MAX = 2048;

/** What an envelope states; refuses (step "statement") what is not to the letter. */
export function statementIn(envelope: Envelope): Statement {
  const json = statementObject(envelope);
  const { predicate, predicateType } = json;
  if (typeof predicateType !== "string" || !isJsonObject(predicate)) {
    return refuse("statement", "The statement has no predicate.");
  }
  return { subject: subjectFrom(json["subject"]), predicateType, predicate };
}

/** Any in-toto statement, whatever it is about, as JSON. */
export function statementObject({ payload, payloadType }: Envelope): JsonObject {
  if (payloadType !== PAYLOAD_TYPE) {
    refuse("statement", `It signs a "${payloadType}", which is no statement.`, "unsupported");
  }
  const json = objectFrom(payload);
  if (!TYPES.has(json["_type"])) {
    refuse("statement", "It is no in-toto statement of a known version.", "unsupported");
  }
  return json;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Signed bytes that two readers read differently would let one sign for the other. */
function objectFrom(payload: Buffer): JsonObject {
  let text: string;
  let json: Json;
  try {
    text = UTF8.decode(payload);
    json = parseJson(text);
  } catch {
    return refuse("statement", "The statement is not JSON in UTF-8.");
  }
  if (!isJsonObject(json)) return refuse("statement", "The statement is no JSON object.");
  if (hasRepeatedName(text, json)) refuse("statement", "The statement has a field twice.");
  return json;
}

function subjectFrom(json: Json | undefined): Statement["subject"] {
  if (!Array.isArray(json) || json.length !== 1) {
    return refuse("statement", "The statement is not about exactly one package.");
  }
  const [subject] = json as readonly Json[];
  const purl = textAt(subject, "name");
  const sha512 = textAt(subject, "digest", "sha512");
  if (purl === undefined || sha512 === undefined || !SHA512.test(sha512)) {
    return refuse("statement", "The statement's subject has no name, or no sha512.");
  }
  return { purl, sha512 };
}

/** Refuses (step "artifact") a statement about another package, version or tarball. */
export function checkSubject(statement: Statement, ref: PackageRef, sha512: string): void {
  const { purl } = statement.subject;
  if (purl !== toPurl(ref) && purl !== npmPurl(ref)) {
    refuse("artifact", `The statement is about ${purl}, not about ${label(ref)}.`);
  }
  if (statement.subject.sha512 !== sha512) {
    refuse("artifact", `The statement is about other bytes than those of ${label(ref)}.`);
  }
}

/** npm encodes nothing but the scope's sign; names and versions with other signs in them are rare. */
function npmPurl({ name, version }: PackageRef): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}

/** A text at a path of objects; undefined where there is none, or an absurdly long one. */
export function textAt(json: Json | undefined, ...path: readonly string[]): string | undefined {
  const value = path.reduce<Json | undefined>(
    (outer, name) => (isJsonObject(outer) && Object.hasOwn(outer, name) ? outer[name] : undefined),
    json,
  );
  return typeof value === "string" && value.length <= TEXT_LENGTH_MAX ? value : undefined;
}
