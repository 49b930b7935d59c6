import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Headers } from "../platform/network.ts";
import { ask, URL_LENGTH_MAX, type Asker } from "./asking.ts";
import { registryFor } from "./npm-config.ts";
import type { ForwardAnswer, ForwardRequest } from "./registry.ts";

/** RFC 9110 section 7.6.1, and what names the other side of one connection. */
const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** One attempt, bodies and codings untouched; the client decides whether to come again. */
export async function forward(asker: Asker, request: ForwardRequest): Promise<ForwardAnswer> {
  const registry = registryFor(asker.config, request.packageName);
  const { answer } = await ask(asker, {
    url: addressBelow(registry, request.path),
    registry,
    method: request.method,
    headers: endToEnd(request.headers, request.body !== undefined),
    ...(request.body === undefined ? {} : { body: request.body }),
    signal: request.signal,
  });
  return { status: answer.status, headers: endToEnd(answer.headers, true), body: answer.body };
}

/** @throws Failure "usage" for a path that leaves the registry: a client speaks, not a registry */
function addressBelow(registry: string, path: string): URL {
  const base = new URL(registry);
  const url = path.length > URL_LENGTH_MAX ? null : URL.parse(`${registry}${path.slice(1)}`);
  const inside =
    path.startsWith("/") && url?.origin === base.origin && url.pathname.startsWith(base.pathname);
  if (url !== null && inside) return url;
  throw new Failure("usage", `"${printable(path, 100)}" is no path of the registry.`, {
    path: printable(path, 100),
  });
}

function endToEnd(headers: Headers, hasBody: boolean): Headers {
  const named = [headers["connection"] ?? []]
    .flat()
    .flatMap((value) => value.split(","))
    .map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named, ...(hasBody ? [] : ["content-length"])]);
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !dropped.has(name)),
  );
}
