import { isJsonObject, parseJson, type Json, type JsonObject } from "../../model/canonical.ts";
import { messageOf } from "../../model/failure.ts";
import { refuseLockfile } from "./lockfile.ts";

export function parseLockJson(path: string, text: string): JsonObject {
  let json: Json;
  try {
    json = parseJson(text);
  } catch (error) {
    return refuseLockfile(path, messageOf(error), lineOfError(text, error), error);
  }
  return isJsonObject(json) ? json : refuseLockfile(path, "it is no JSON object");
}

/** V8 says "… in JSON at position 17 (line 2 column 3)", for most of what can be wrong. */
function lineOfError(text: string, error: unknown): number | undefined {
  const at = / at position (\d+)/.exec(messageOf(error))?.[1];
  return at === undefined ? undefined : text.slice(0, Number(at)).split("\n").length;
}

/** A text that says something; lockfiles leave out, or empty, what they do not know. */
export function textIn(entry: JsonObject, field: string): string | undefined {
  const value = Object.hasOwn(entry, field) ? entry[field] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
