import { isJsonObject, type Json, type JsonObject } from "../model/canonical.ts";
import type { Envelope } from "./bundle.ts";
import { statementObject } from "./statement.ts";
import { refuse } from "./verification.ts";

const SUBJECTS_MAX = 10_000;

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

function subjectDigests(envelope: Envelope): readonly JsonObject[] {
  const { subject } = statementObject(envelope);
  if (!Array.isArray(subject) || subject.length > SUBJECTS_MAX) {
    return refuse("statement", "The statement has no list of subjects.");
  }
  return subject.map((item: Json) => {
    const digest = isJsonObject(item) ? item["digest"] : undefined;
    return isJsonObject(digest) ? digest : refuse("statement", "A subject has no digest.");
  });
}
