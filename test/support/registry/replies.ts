import type { Json } from "../../../src/model/canonical.ts";
import type { Reply } from "./faults.ts";

export function jsonReply(
  body: Json,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

export function bytesReply(body: Uint8Array): Reply {
  return { status: 200, headers: { "content-type": "application/octet-stream" }, body };
}

export const NOT_FOUND: Reply = jsonReply({ error: "Not found" }, 404);
export const UNAUTHORIZED: Reply = jsonReply({ error: "Unauthorized" }, 401);
