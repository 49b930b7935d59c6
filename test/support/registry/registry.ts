import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import type { JsonObject } from "../../../src/model/canonical.ts";
import { abbreviatedPackument, fullPackument, type HeldPackage } from "./documents.ts";
import { send, type Fault, type Reply } from "./faults.ts";
import { published, tarballPathOf, type FixturePackage } from "./packages.ts";
import { bytesReply, jsonReply, NOT_FOUND, UNAUTHORIZED } from "./replies.ts";
import { serviceReply } from "./services.ts";

/** An npm registry on loopback that holds what a test declares and remembers what it was asked. */
export interface FixtureRegistry {
  /** `http://localhost:PORT/`: by name, so that a gate's own 127.0.0.1 can be told apart. */
  readonly url: string;
  readonly requests: readonly RegistryRequest[];
  add(declared: FixturePackage): void;
  /** Published advisories, in the form of npm's bulk endpoint. */
  advise(name: string, advisories: readonly JsonObject[]): void;
  /** @param path decoded, query excluded */
  misbehave(path: string, fault: Fault): void;
  behave(path: string): void;
}

export interface RegistryRequest {
  readonly method: string;
  /** Decoded, query excluded. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** With its content coding undone. */
  readonly body: Buffer;
}

export interface RegistryOptions {
  readonly packages?: readonly FixturePackage[];
  /** Every request has to carry it as a bearer token. */
  readonly token?: string;
  readonly cacheControl?: string;
}

interface State {
  readonly options: RegistryOptions;
  readonly packages: Map<string, HeldPackage>;
  readonly advisories: Map<string, readonly JsonObject[]>;
  readonly faults: Map<string, { readonly fault: Fault; left: number }>;
  readonly requests: RegistryRequest[];
  url: string;
}

/** Closed when the test that asked for it has ended. */
export async function startRegistry(options: RegistryOptions = {}): Promise<FixtureRegistry> {
  const state: State = {
    options,
    packages: new Map(),
    advisories: new Map(),
    faults: new Map(),
    requests: [],
    url: "",
  };
  for (const declared of options.packages ?? []) hold(declared, state);
  const { port, close } = await listen((request, response) => answer(request, response, state));
  onTestFinished(close);
  state.url = `http://localhost:${String(port)}/`;
  return {
    url: state.url,
    requests: state.requests,
    add: (declared) => hold(declared, state),
    advise: (name, advisories) => state.advisories.set(name, advisories),
    misbehave: (path, fault) =>
      state.faults.set(path, { fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    behave: (path) => state.faults.delete(path),
  };
}

/** What was asked for below a package's `/-/`, in order. */
export function tarballsAsked(registry: FixtureRegistry): string[] {
  return registry.requests.filter(({ path }) => path.endsWith(".tgz")).map(({ path }) => path);
}

function hold({ name, versions, distTags, modifiedAtMs }: FixturePackage, state: State): void {
  const all = Object.entries(versions).map(([version, declared]) =>
    published(name, version, declared),
  );
  const latest = all.at(-1)?.version;
  state.packages.set(name, {
    name,
    versions: new Map(all.map((version) => [version.version, version])),
    distTags: new Map([
      ...(latest === undefined ? [] : [["latest", latest] as const]),
      ...Object.entries(distTags ?? {}),
    ]),
    modifiedAtMs: modifiedAtMs ?? Math.max(...all.map((version) => version.publishedAtMs ?? 0)),
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
): Promise<void> {
  const recorded = await record(request);
  state.requests.push(recorded);
  const reply = allowed(recorded, state) ? replyTo(recorded, state) : UNAUTHORIZED;
  await send(response, reply, faultAt(recorded.path, state));
}

function faultAt(path: string, { faults }: State): Fault | undefined {
  const planned = faults.get(path);
  if (planned === undefined || planned.left <= 0) return undefined;
  planned.left -= 1;
  return planned.fault;
}

function allowed({ headers }: RegistryRequest, { options }: State): boolean {
  return options.token === undefined || headers.authorization === `Bearer ${options.token}`;
}

function replyTo(request: RegistryRequest, state: State): Reply {
  const { method, path } = request;
  if (path.startsWith("/-/")) {
    return serviceReply(request, { ...state, user: "ann" }) ?? NOT_FOUND;
  }
  if (method === "PUT") return jsonReply({ ok: true, success: true }, 201);
  const name = path.slice(1);
  const held = state.packages.get(name);
  if (held !== undefined) return packumentReply(held, request, state);
  for (const { name: owner, versions } of state.packages.values()) {
    for (const version of versions.values()) {
      if (path === tarballPathOf(owner, version.version)) return bytesReply(version.served);
    }
  }
  return NOT_FOUND;
}

const ABBREVIATED = "application/vnd.npm.install-v1+json";

function packumentReply(held: HeldPackage, { headers }: RegistryRequest, state: State): Reply {
  const isShort = headers.accept?.includes(ABBREVIATED) === true;
  const document = (isShort ? abbreviatedPackument : fullPackument)(held, state.url);
  const { cacheControl } = state.options;
  const reply = jsonReply(document, 200, {
    "content-type": isShort ? ABBREVIATED : "application/json",
    ...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
  });
  const etag = `"${hash("sha256", reply.body, "hex").slice(0, 32)}"`;
  return headers["if-none-match"] === etag
    ? { status: 304, headers: { etag }, body: Buffer.alloc(0) }
    : { ...reply, headers: { ...reply.headers, etag } };
}

async function record(request: IncomingMessage): Promise<RegistryRequest> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece as Uint8Array);
  const body = Buffer.concat(pieces);
  return {
    method: request.method ?? "",
    path: decodeURIComponent((request.url ?? "").replace(/\?.*$/, "")),
    headers: request.headers,
    body: request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body,
  };
}

async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    // A request that its client gave up has nobody to be told.
    serve(request, response).catch(() => response.destroy());
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "localhost", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
