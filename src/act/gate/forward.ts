import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { ForwardAnswer, Registry } from "../../acquire/registry.ts";
import { refuse } from "./answer.ts";

/** The registry's own interface passes through untouched, with one exception: see {@link looksLikeTarball}. */
export async function serveService(
  registry: Registry,
  packageName: string | undefined,
  token: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const stop = new AbortController();
  response.once("close", () => stop.abort());
  const answer = await registry.forward({
    method: request.method ?? "GET",
    path: request.url ?? "/",
    packageName,
    headers: headersOf(request, token),
    body: hasBody(request) ? request : undefined,
    signal: stop.signal,
  });
  await relay(answer, response);
}

async function relay(answer: ForwardAnswer, response: ServerResponse): Promise<void> {
  const body = answer.body[Symbol.asyncIterator]();
  const first = await body.next();
  const start = first.done === true ? new Uint8Array() : first.value;
  if (looksLikeTarball(answer, start)) {
    await body.return?.();
    return refuse(response, {
      status: 403,
      sentence:
        "Veln refused an archive that came from an address where the registry keeps no packages: nothing could be examined.",
    });
  }
  response.writeHead(answer.status, responseHeaders(answer));
  // Either side may hang up in the middle; the other one then sees a broken connection.
  await pipeline(withFirst(start, body), response).catch(() => response.destroy());
}

async function* withFirst(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Uninspected bytes must not pass for inspected ones, so no archive leaves by this door. */
function looksLikeTarball(answer: ForwardAnswer, start: Uint8Array): boolean {
  const type = headerText(answer.headers["content-type"]);
  const encoded = answer.headers["content-encoding"] !== undefined;
  const gzip = start[0] === 0x1f && start[1] === 0x8b;
  return /octet-stream|gzip|x-tar|compressed/i.test(type) || (gzip && !encoded);
}

function headerText(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value ?? []).join(", ");
}

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** RFC 9110, section 7.6.1; and the session's own token, which is nobody's business upstream. */
function headersOf(
  request: IncomingMessage,
  token: string | undefined,
): Record<string, string | readonly string[]> {
  const entries = Object.entries(request.headers).flatMap(([name, value]) => {
    if (value === undefined || HOP_BY_HOP.has(name) || name === "host") return [];
    if (name === "authorization" && token !== undefined && value === `Bearer ${token}`) return [];
    return [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

function responseHeaders(answer: ForwardAnswer): Record<string, string | string[]> {
  const entries = Object.entries(answer.headers)
    .filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()))
    .map(([name, value]) => [name, typeof value === "string" ? value : [...value]] as const);
  return Object.fromEntries(entries);
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers["content-length"] !== undefined ||
    request.headers["transfer-encoding"] !== undefined
  );
}
