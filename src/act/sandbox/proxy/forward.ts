import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Failure } from "../../../model/failure.ts";
import type { DownloadHost } from "../hosts.ts";
import { counted } from "./allowance.ts";
import { authorizationFor, dialPlain, type DialRules } from "./dial.ts";
import { printTarget, type Target } from "./target.ts";

const SILENCE_MS = 120_000;

/** Fields that are about one connection (RFC 9110, section 7.6.1), and those meant for this proxy. */
const HOP_BY_HOP = new Set([
  ...[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ],
  ...["proxy-authorization", "proxy-authenticate", "proxy-authentication-info", "host", "expect"],
]);

export interface ForwardWork {
  readonly target: Target;
  readonly rule: DownloadHost;
  readonly dial: DialRules;
}

/**
 * Hands on a request in absolute form and its answer. The request is written anew from its parts, so
 * that no two readers can find different requests in it.
 *
 * @returns bytes of the body that came down
 * @throws Failure "unauthorized" for a request that is more than a download
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  work: ForwardWork,
): Promise<number> {
  mustBeDownload(request, work.target);
  const { socket, proxy } = await dialPlain(work.target, work.rule, work.dial);
  try {
    const answer = await send(request, work, { socket, proxy });
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
    let received = 0;
    const count = counted(
      (bytes) => {
        received += bytes;
        return true;
      },
      () => new Failure("cancelled", "The download was given up."),
    );
    await pipeline(answer, count, response);
    return received;
  } finally {
    socket.destroy();
  }
}

function mustBeDownload(request: IncomingMessage, target: Target): void {
  const { method = "", headers } = request;
  const hasBody =
    headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  if ((method === "GET" || method === "HEAD") && !hasBody) return;
  throw new Failure(
    "unauthorized",
    `Veln refused to send ${method} to ${printTarget(target)}: scripts may fetch from there and nothing else.`,
    { found: `${printTarget(target)} to send it something` },
  );
}

async function send(
  request: IncomingMessage,
  { target }: ForwardWork,
  line: Awaited<ReturnType<typeof dialPlain>>,
): Promise<IncomingMessage> {
  const url = new URL(request.url ?? "");
  const authorization = line.proxy === undefined ? undefined : authorizationFor(line.proxy);
  return new Promise((resolve, reject) => {
    const onward = httpRequest({
      method: request.method ?? "GET",
      path: line.proxy === undefined ? `${url.pathname}${url.search}` : url.href,
      createConnection: () => line.socket,
      timeout: SILENCE_MS,
      headers: {
        ...endToEnd(request),
        host: url.host,
        ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
      },
    });
    onward.on("response", resolve);
    onward.on("timeout", () => {
      onward.destroy(new Failure("timed-out", `${printTarget(target)} went silent.`));
    });
    onward.on("error", (error) => {
      const sentence = `${printTarget(target)} cannot be reached: ${error.message}.`;
      reject(error instanceof Failure ? error : new Failure("upstream-unavailable", sentence));
    });
    onward.end();
  });
}

function endToEnd({ headers }: IncomingMessage): Record<string, string | string[]> {
  const names = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const named = new Set(names);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) || named.has(name) ? [] : [[name, value]],
    ),
  );
}
