import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Failure, FailureCode } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";

/** One table from failure to HTTP status. 502 says "upstream", 503 "ask again", 403 "no". */
const STATUS: Readonly<Record<FailureCode, number>> = {
  usage: 400,
  "bad-config": 500,
  "bad-policy": 500,
  "bad-archive": 403,
  "bad-metadata": 502,
  "not-found": 404,
  unauthorized: 401,
  "upstream-unavailable": 502,
  "upstream-broken": 502,
  "too-large": 403,
  "timed-out": 502,
  offline: 502,
  "store-altered": 500,
  "store-unavailable": 500,
  "sandbox-unavailable": 500,
  cancelled: 499,
};

export interface Refusal {
  readonly status: number;
  /** One sentence with the reason and where to read on: npm prints it as it is. */
  readonly sentence: string;
  readonly retryAfterSeconds?: number;
}

export function refusalOf(failure: Failure): Refusal {
  const retryAfterSeconds = failure.detail.retryAfterSeconds;
  return {
    status: STATUS[failure.code],
    sentence: failure.message,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Package managers show different parts of an error: the body, the status text, or a header. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    // Bytes are already on their way: a broken connection is the one error every client notices.
    response.destroy();
    return;
  }
  const sentence = printable(refusal.sentence, 600);
  const ascii = sentence.replaceAll("…", "...").replaceAll(/[^\u0020-\u007e]/g, "?");
  const body = Buffer.from(JSON.stringify({ error: sentence, reason: sentence }));
  response.writeHead(refusal.status, reasonPhrase(refusal.status, ascii, response), {
    "content-type": "application/json",
    "content-length": body.length,
    "cache-control": "no-store",
    "npm-notice": ascii,
    ...(refusal.retryAfterSeconds === undefined
      ? {}
      : { "retry-after": String(Math.max(1, Math.ceil(refusal.retryAfterSeconds))) }),
  });
  response.end(body);
}

/** npm prints the body's `error` and the status text in one line, so the text does not repeat it. */
function reasonPhrase(status: number, sentence: string, response: ServerResponse): string {
  const showsBody = /^npm\//i.test(response.req.headers["user-agent"] ?? "");
  return showsBody ? (STATUS_CODES[status] ?? "Refused") : sentence;
}
