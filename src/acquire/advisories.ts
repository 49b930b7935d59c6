import { isJsonObject, parseJson, type Json, type JsonObject } from "../model/canonical.ts";
import { isFailure } from "../model/failure.ts";
import type { Registry } from "./registry.ts";

/** A published vulnerability, as npm's bulk advisory endpoint gives it. */
export interface Advisory {
  readonly id: string;
  readonly title: string;
  readonly vulnerableVersions: string;
}

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const ADVISORIES_MAX = 1_000;
/** A range takes time to compare with; published ones are a tenth as long. */
const RANGE_LENGTH_MAX = 2_000;

/**
 * The endpoint that `npm audit` uses. A registry that has none, or does not answer in its form,
 * knows of no advisory: the caller uses one only to let something pass, so silence is the safe side.
 */
export async function askAdvisories(
  registry: Registry,
  name: string,
  versions: readonly string[],
): Promise<readonly Advisory[]> {
  const body = Buffer.from(JSON.stringify({ [name]: versions }));
  try {
    const answer = await registry.forward({
      method: "POST",
      path: "/-/npm/v1/security/advisories/bulk",
      packageName: name,
      headers: { "content-type": "application/json", "content-length": String(body.length) },
      body: once(body),
    });
    const text = await readText(answer.body);
    return answer.status === 200 && text !== undefined
      ? parseAdvisories(parseJson(text), name)
      : [];
  } catch (error) {
    if (isFailure(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseAdvisories(answer: Json, name: string): readonly Advisory[] {
  const list = isJsonObject(answer) && Object.hasOwn(answer, name) ? answer[name] : undefined;
  if (!Array.isArray(list)) return [];
  return list.slice(0, ADVISORIES_MAX).flatMap((item: Json) => {
    const range = isJsonObject(item) ? item["vulnerable_versions"] : undefined;
    if (!isJsonObject(item) || typeof range !== "string") return [];
    if (range.length > RANGE_LENGTH_MAX) return [];
    const { title } = item;
    return [
      {
        id: idOf(item),
        title: typeof title === "string" ? title : "",
        vulnerableVersions: range,
      },
    ];
  });
}

/** The name people know it by ends its address: GHSA-… */
function idOf({ url, id }: JsonObject): string {
  const last = typeof url === "string" ? url.split("/").at(-1) : undefined;
  if (last !== undefined && last !== "") return last;
  return typeof id === "string" || typeof id === "number" ? String(id) : "an advisory";
}
