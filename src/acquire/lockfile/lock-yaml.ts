import { FAILSAFE_SCHEMA, loadAll, YAMLException } from "js-yaml";
import { isJsonObject, type JsonObject } from "../../model/canonical.ts";
import { refuseLockfile } from "./lockfile.ts";

/** pnpm writes one document for the project and, since version 11, one for its own dependencies. */
const DOCUMENTS_MAX = 2;
const DEPTH_MAX = 32;

/** Every scalar is text, as the file has it; neither package manager writes anchors or tags. */
export function parseLockYaml(path: string, text: string): readonly JsonObject[] {
  const documents = documentsIn(path, text);
  if (documents.length > DOCUMENTS_MAX) refuseLockfile(path, "it holds too many documents");
  return documents.map((document) =>
    isJsonObject(document) ? document : refuseLockfile(path, "it holds no table"),
  );
}

function documentsIn(path: string, text: string): readonly unknown[] {
  try {
    return loadAll(text, { schema: FAILSAFE_SCHEMA, maxAliases: 0, maxDepth: DEPTH_MAX });
  } catch (error) {
    // Whatever the parser throws is about the text: it touches nothing else.
    if (!(error instanceof YAMLException))
      return refuseLockfile(path, "it is no YAML", undefined, error);
    const line = error.mark === undefined ? undefined : error.mark.line + 1;
    return refuseLockfile(path, error.reason, line, error);
  }
}
