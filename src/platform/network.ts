import { Readable } from "node:stream";
import { Agent, Pool, ProxyAgent, type Dispatcher } from "undici";
import { failureOf } from "./network-failure.ts";
import { proxyFor, type ProxyRules } from "./proxy.ts";

/** HTTP as the rest of Veln sees it: one request, one answer, no redirect followed, nothing decoded. */
export interface Network {
  /**
   * @throws Failure "cancelled", "timed-out", "upstream-unavailable" before the answer; iterating
   * its body throws these and "upstream-broken" for a body that was cut or has another length than
   * announced
   */
  request(request: NetworkRequest): Promise<NetworkAnswer>;
  close(): Promise<void>;
}

export interface NetworkRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly clientCertificate?: ClientCertificate | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Speak HTTP/2 where the server does: 306 tarballs took between a quarter and all of the time of
   * 15 HTTP/1.1 connections, seen from one machine close to a mirror. undici takes a reset stream
   * for the end of its body, so this is only for answers whose announced length is looked at.
   */
  readonly http2?: boolean;
}

export interface NetworkAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** For a body that nobody wants: gives the connection back, or closes it when much is left. */
  discard(): Promise<void>;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TlsRules {
  /** PEM; in place of the authorities that Node knows (NODE_EXTRA_CA_CERTS among them). */
  readonly authorities: readonly string[] | undefined;
  readonly verify: boolean;
  readonly clientCertificate: ClientCertificate | undefined;
}

export interface NetworkRules {
  readonly tls: TlsRules;
  readonly proxy: ProxyRules;
  readonly connectionsPerOrigin: number;
  /** Longest wait for the head of an answer, and between two pieces of its body. */
  readonly silenceMs: number;
}

const CONNECT_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 30_000;
const DISCARDED_BYTES_MAX = 64 * 1024;
const HEADER_BYTES_MAX = 64 * 1024;

export function createNetwork(rules: NetworkRules): Network {
  const dispatchers = new Map<string, Dispatcher>();
  const dispatcherFor = (request: NetworkRequest): Dispatcher => {
    const line: Line = {
      proxy: proxyFor(request.url, rules.proxy),
      certificate: request.clientCertificate ?? rules.tls.clientCertificate,
      http2: request.http2 ?? false,
    };
    const key = JSON.stringify([line.proxy, line.certificate, line.http2]);
    const known = dispatchers.get(key);
    if (known !== undefined) return known;
    const created = createDispatcher(rules, line);
    dispatchers.set(key, created);
    return created;
  };
  return {
    request: (request) => send(dispatcherFor(request), request),
    close: async () => {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

async function send(dispatcher: Dispatcher, request: NetworkRequest): Promise<NetworkAnswer> {
  const { url, signal } = request;
  try {
    const answer = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: mutable(request.headers),
      body: request.body === undefined ? null : Readable.from(request.body, { objectMode: false }),
      signal: signal ?? null,
    });
    return {
      status: answer.statusCode,
      headers: present(answer.headers),
      body: watched(answer.body, url, signal),
      discard: async () => {
        await answer.body.dump({ limit: DISCARDED_BYTES_MAX }).catch(() => undefined);
      },
    };
  } catch (error) {
    throw failureOf(error, url, signal);
  }
}

async function* watched(
  body: AsyncIterable<Uint8Array>,
  url: URL,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw failureOf(error, url, signal, "body");
  }
}

/** What has to be equal for two requests to share connections. */
interface Line {
  readonly proxy: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  readonly http2: boolean;
}

function createDispatcher(rules: NetworkRules, { proxy, certificate, http2 }: Line): Dispatcher {
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, rules.silenceMs);
  const tls = {
    ...(rules.tls.authorities === undefined ? {} : { ca: [...rules.tls.authorities] }),
    rejectUnauthorized: rules.tls.verify,
    timeout: connectTimeoutMs,
    allowH2: http2,
    preferH2: http2,
  };
  const pool = {
    connections: rules.connectionsPerOrigin,
    allowH2: http2,
    pipelining: 1,
    connectTimeout: connectTimeoutMs,
    headersTimeout: rules.silenceMs,
    bodyTimeout: rules.silenceMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
  };
  if (proxy === undefined) return new Agent({ ...pool, connect: { ...tls, ...certificate } });
  return new ProxyAgent({
    ...pool,
    uri: proxy,
    requestTls: { ...tls, ...certificate },
    proxyTls: tls,
    // Requests forwarded in absolute form go through a pool that gets no options of its own.
    factory: (origin, options: Pool.Options) => new Pool(origin, { ...options, ...pool }),
  });
}

function mutable(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : [...value],
    ]),
  );
}

function present(headers: Record<string, string | string[] | undefined>): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
