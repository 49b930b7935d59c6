import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import semver from "semver";
import type { Packument } from "../../acquire/packument.ts";
import type { Registry } from "../../acquire/registry.ts";
import { isJsonObject } from "../../model/canonical.ts";
import { Failure, messageOf } from "../../model/failure.ts";
import { label, npmRef, type PackageRef } from "../../model/package-ref.ts";
import { printable } from "../../model/printable.ts";
import { refusalOf, refuse } from "./answer.ts";
import { hostPastGate, isForProxy, refuseTunnel } from "./connect.ts";
import { dialectOf, type Dialect } from "./dialect.ts";
import { serveService } from "./forward.ts";
import { viewPackument, viewVersion, type ViewOptions } from "./packument-view.ts";
import { isPartOfInstall, parseRoute, tarballPath, type Route } from "./route.ts";

/** What the rest of the product does for the gate. The gate does not know how verdicts come about. */
export interface GateDeps {
  readonly registry: Registry;
  /** Judges one version and hands out its bytes. Concurrent calls for one version share the work. */
  readonly admit: (ref: PackageRef) => Promise<Admission>;
  /** The versions of a package that are still cooling, exemptions already taken out. */
  readonly youngVersions: (packument: Packument) => Promise<ReadonlyMap<string, number>>;
  /** How old `modified` of an abbreviated document must be for all its versions to be settled. */
  readonly minVersionAgeMs: number;
  readonly nowMs: () => number;
  readonly onEvent?: (event: GateEvent) => void;
}

export type Admission =
  | { readonly state: "admitted"; readonly bytes: Uint8Array; readonly sha512: string }
  | {
      readonly state: "refused";
      readonly decision: "hold" | "block";
      readonly sentence: string;
      readonly retryAfterSeconds?: number;
    }
  /** The registry has no such version. */
  | { readonly state: "absent" };

export type GateEvent =
  | { readonly kind: "asked"; readonly what: "packument" | "tarball" | "service" }
  | { readonly kind: "answered"; readonly what: "packument" | "tarball" | "service" }
  | { readonly kind: "failed"; readonly package: string | undefined; readonly sentence: string }
  | { readonly kind: "unrecognised"; readonly target: string }
  /** A script wanted something that is done with the person's account: "PUT /name". */
  | { readonly kind: "in-your-name"; readonly target: string }
  /** The client was told to use the gate as its proxy, and wanted to go elsewhere. */
  | { readonly kind: "past-the-gate"; readonly host: string }
  | { readonly kind: "cooling"; readonly ref: PackageRef; readonly settledAtMs: number };

export interface GateOptions {
  readonly host?: string;
  readonly port?: number;
  /** Whether clients were told by `veln npm` and its kin how to talk to the gate; see `dialect.ts`. */
  readonly knowsClients: boolean;
  /** `name@version` as somebody wrote it down: kept visible for clients that see no young ones. */
  readonly askedExactly?: ReadonlySet<string>;
  /** Requests without this bearer token are refused: other users of the machine share loopback. */
  readonly token?: string;
  /** Whether scripts of packages reach the gate: it then does nothing in the person's name. */
  readonly servesScripts?: boolean;
}

export interface Gate {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

const ABBREVIATED = "application/vnd.npm.install-v1+json";
/** A client's whole request line and headers; Node's own limit is larger than anybody needs. */
const HEADER_BYTES_MAX = 64 * 1024;

export async function startGate(deps: GateDeps, options: GateOptions): Promise<Gate> {
  const connection = new GateServer(deps, options);
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    void connection.answer(request, response);
  });
  server.on("connect", (request, socket) => {
    deps.onEvent?.({ kind: "past-the-gate", host: hostPastGate(request) });
    refuseTunnel(socket);
  });
  // A verdict may take as long as policy allows; the examiner's own bounds end it, not the socket.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 30_000;
  const port = await listen(server, options.port ?? 0, options.host ?? "127.0.0.1");
  connection.url = `http://${options.host ?? "127.0.0.1"}:${String(port)}/`;
  return { port, url: connection.url, close: () => closeServer(server) };
}

class GateServer {
  url = "";
  readonly #deps: GateDeps;
  readonly #options: GateOptions;

  constructor(deps: GateDeps, options: GateOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isForProxy(request)) return this.#refuseDetour(request, response);
    const route = parseRoute(request.method ?? "GET", request.url ?? "/");
    const what = route.kind === "tarball" || route.kind === "service" ? route.kind : "packument";
    this.#deps.onEvent?.({ kind: "asked", what });
    try {
      this.#refuseStrangers(request);
      await this.#serve(route, request, response);
    } catch (error) {
      this.#fail(error, route, response);
    } finally {
      this.#deps.onEvent?.({ kind: "answered", what });
    }
  }

  async #serve(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (route.kind) {
      case "packument":
        return this.#servePackument(route.name, request, response);
      case "version":
        return this.#serveVersion(route.name, route.selector, request, response);
      case "tarball":
        return this.#serveTarball(route.ref, request, response);
      case "service":
        if (this.#isAboutAccount(request)) return this.#refuseAccount(request, response);
        return serveService(
          this.#deps.registry,
          route.name,
          this.#options.token,
          request,
          response,
        );
      case "unrecognised":
        return this.#refuseUnrecognised(request, response);
    }
  }

  async #servePackument(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const abbreviated = request.headers.accept?.includes(ABBREVIATED) === true;
    const packument = await this.#packument(name, abbreviated);
    if (packument === undefined) return refuseAbsent(response, name);
    const view = viewPackument(packument, await this.#viewOptions(packument, abbreviated, request));
    const type = abbreviated ? ABBREVIATED : "application/json";
    sendJson(request, response, JSON.stringify(view), type);
  }

  async #serveVersion(
    name: string,
    selector: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const packument = await this.#packument(name, false);
    if (packument === undefined) return refuseAbsent(response, name);
    const options = await this.#viewOptions(packument, false, request);
    const shown = { ...options, omitted: new Set<string>() };
    const view = viewPackument(packument, shown);
    const tags = isJsonObject(view["dist-tags"]) ? view["dist-tags"] : {};
    const tagged = Object.hasOwn(tags, selector) ? tags[selector] : undefined;
    const version = typeof tagged === "string" ? tagged : selector;
    const versions = isJsonObject(packument.raw["versions"]) ? packument.raw["versions"] : {};
    const raw = Object.hasOwn(versions, version) ? versions[version] : undefined;
    const manifest = viewVersion(version, raw ?? null, shown);
    if (manifest === undefined) return refuseAbsent(response, `${name}@${selector}`);
    sendJson(request, response, JSON.stringify(manifest), "application/json");
  }

  async #serveTarball(
    ref: PackageRef,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const admission = await this.#deps.admit(ref);
    if (admission.state === "absent") return refuseAbsent(response, label(ref));
    if (admission.state === "refused") {
      const { decision, sentence, retryAfterSeconds } = admission;
      const status = decision === "hold" ? 503 : 403;
      const wait = decision === "hold" ? { retryAfterSeconds: retryAfterSeconds ?? 3600 } : {};
      return refuse(response, { status, sentence, ...wait });
    }
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-length": admission.bytes.length,
      etag: `"${admission.sha512.slice(0, 64)}"`,
    });
    response.end(request.method === "HEAD" ? undefined : admission.bytes);
  }

  /** An abbreviated document has no dates, but nothing in it is younger than `modified`. */
  async #packument(name: string, abbreviated: boolean): Promise<Packument | undefined> {
    const { registry, nowMs, minVersionAgeMs } = this.#deps;
    if (!abbreviated) return registry.packument(name);
    const short = await registry.packument(name, { abbreviated: true });
    if (short === undefined || short.dated) return short;
    const settled = (short.modifiedAtMs ?? Infinity) + minVersionAgeMs <= nowMs();
    return settled ? short : await registry.packument(name);
  }

  async #viewOptions(
    packument: Packument,
    abbreviated: boolean,
    request: IncomingMessage,
  ): Promise<ViewOptions> {
    const dialect = dialectOf(request.headers["user-agent"], this.#options.knowsClients);
    const young = await this.#deps.youngVersions(packument);
    for (const [version, settledAtMs] of young) {
      // Nightly builds are always young, and nobody who did not ask for one would have got it.
      if (semver.prerelease(version) !== null) continue;
      const ref = npmRef(packument.name, version);
      this.#deps.onEvent?.({ kind: "cooling", ref, settledAtMs });
    }
    return {
      young,
      omitted: this.#omitted(packument, young, dialect),
      abbreviated,
      tarballUrl: (version, original) =>
        this.#tarballUrl(packument.name, version, original, dialect),
    };
  }

  /** Nothing is left out of a package that has nothing settled: it would seem not to exist. */
  #omitted(
    packument: Packument,
    young: ReadonlyMap<string, number>,
    { cooling }: Dialect,
  ): ReadonlySet<string> {
    const nothingSettled = packument.history().versions.every(({ version }) => young.has(version));
    if (cooling === "deprecate" || nothingSettled) return new Set();
    const { askedExactly } = this.#options;
    const isAsked = (version: string): boolean =>
      askedExactly?.has(`${packument.name}@${version}`) === true;
    return new Set([...young.keys()].filter((version) => !isAsked(version)));
  }

  #tarballUrl(
    name: string,
    version: string,
    original: string,
    { tarballUrls }: Dialect,
  ): string | undefined {
    const ref = npmRef(name, version);
    if (tarballUrls === "absent") return undefined;
    if (tarballUrls === "original" && leadsBack(original, ref)) return original;
    return new URL(tarballPath(ref), this.url).href;
  }

  /**
   * The gate adds the user's credentials to what it sends upstream, so it answers nobody but its own
   * client: not a web page that resolves a name to loopback, not another user of this machine.
   */
  #refuseStrangers(request: IncomingMessage): void {
    const host = request.headers.host ?? "";
    const expected = new URL(this.url).host;
    if (host !== expected && host !== expected.replace("127.0.0.1", "localhost")) {
      throw new Failure("unauthorized", "This gate answers only under its own address.");
    }
    const { token } = this.#options;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      throw new Failure("unauthorized", "This gate belongs to another session.");
    }
  }

  #isAboutAccount({ method = "GET", url = "/" }: IncomingMessage): boolean {
    return this.#options.servesScripts === true && !isPartOfInstall(method, url);
  }

  #refuseAccount({ method = "GET", url = "/" }: IncomingMessage, response: ServerResponse): void {
    const target = printable(`${method} ${url}`, 200);
    this.#deps.onEvent?.({ kind: "in-your-name", target });
    refuse(response, {
      status: 403,
      sentence: `Veln refused ${target}: during an install nothing is published and no account is spoken for.`,
    });
  }

  #refuseDetour(request: IncomingMessage, response: ServerResponse): void {
    const host = hostPastGate(request);
    this.#deps.onEvent?.({ kind: "past-the-gate", host });
    refuse(response, {
      status: 403,
      sentence: `Veln refused the way to ${host}: a package manager reaches no host but the gate.`,
    });
  }

  #refuseUnrecognised(request: IncomingMessage, response: ServerResponse): void {
    const target = printable(request.url ?? "", 200);
    this.#deps.onEvent?.({ kind: "unrecognised", target });
    refuse(response, {
      status: 403,
      sentence: `Veln refused ${target}: it is not the address of a package in the registry, so nothing could be examined.`,
    });
  }

  #fail(error: unknown, route: Route, response: ServerResponse): void {
    if (!(error instanceof Failure)) {
      response.destroy();
      throw error;
    }
    const name =
      route.kind === "tarball" ? label(route.ref) : "name" in route ? route.name : undefined;
    // A client that hangs up knows why, and it is no outage.
    if (error.code !== "cancelled") {
      this.#deps.onEvent?.({ kind: "failed", package: name, sentence: messageOf(error) });
    }
    refuse(response, refusalOf(error));
  }
}

/** Whether a client that puts our host in place of the address's host asks us for this very version. */
function leadsBack(original: string, ref: PackageRef): boolean {
  const url = URL.canParse(original) ? new URL(original) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  const route = parseRoute("GET", url.pathname);
  return route.kind === "tarball" && label(route.ref) === label(ref);
}

function refuseAbsent(response: ServerResponse, what: string): void {
  refuse(response, { status: 404, sentence: `${what} is not in the registry.` });
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  type: string,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(200, { "content-type": type, "content-length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no TCP address");
  return (address satisfies AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
