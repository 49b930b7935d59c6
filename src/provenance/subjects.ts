import { isJsonObject, parseJson, type Json } from "../model/canonical.ts";
import type { Envelope } from "./bundle.ts";
import { refuse } from "./verification.ts";

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const SUBJECTS_MAX = 10_000;
const TYPES: readonly (Json | undefined)[] = [
  "https://in-toto.io/Statement/v0.1",
  "https://in-toto.io/Statement/v1",
];

/** Digests of a file; at least one of them has to be among a statement's subjects. */
export interface FileDigests {
  readonly sha256: string;
  /** Undefined when only the other is known. */
  readonly sha512: string | undefined;
}

/**
 * Refuses (step "artifact") an in-toto statement that is about other files. The digest alone
 * decides: a statement may be about several files, under whatever names.
 */
export function checkSubjectDigest(envelope: Envelope, file: FileDigests): void {
  const isAbout = subjectDigests(envelope).some(
    (digest) =>
      digest["sha256"] === file.sha256 ||
      (file.sha512 !== undefined && digest["sha512"] === file.sha512),
  );
  if (!isAbout) refuse("artifact", "The statement is about other files than this one.");
}

function subjectDigests({ payload, payloadType }: Envelope): readonly { [name: string]: Json }[] {
  if (payloadType !== PAYLOAD_TYPE) {
    return refuse(
      "statement",
      `It signs a "${payloadType}", which is no statement.`,
      "unsupported",
    );
  }
  const statement = jsonOf(payload);
  if (!isJsonObject(statement) || !TYPES.includes(statement["_type"])) {
    return refuse("statement", "It signs no in-toto statement of a known version.");
  }
  const { subject } = statement;
  if (!Array.isArray(subject) || subject.length > SUBJECTS_MAX) {
    return refuse("statement", "The statement has no list of subjects.");
  }
  return subject.map((item: Json) => {
    const digest = isJsonObject(item) ? item["digest"] : undefined;
    return isJsonObject(digest) ? digest : refuse("statement", "A subject has no digest.");
  });
}

function jsonOf(payload: Buffer): Json {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return refuse("statement", "The statement is not JSON.");
  }
}
