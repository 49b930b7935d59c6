import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { LookupFunction, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Failure, messageOf } from "../../../model/failure.ts";
import { printable } from "../../../model/printable.ts";
import type { ProxyRules } from "../../../platform/proxy.ts";
import type { DownloadHost } from "../hosts.ts";
import { Allowance } from "./allowance.ts";
import { readClaim, type Claim } from "./credential.ts";
import { nameAt, resolveName, type DialRules } from "./dial.ts";
import { forward } from "./forward.ts";
import { Journal, type ProxyReport } from "./journal.ts";
import { permissionFor } from "./permission.ts";
import { parseAbsoluteForm, parseAuthority, printTarget, type Target } from "./target.ts";
import { tunnel } from "./tunnel.ts";

export interface ProxySetup {
  readonly hosts: readonly DownloadHost[];
  /** Names of the packages that the gate has let into the install so far; it may grow meanwhile. */
  readonly installed: ReadonlySet<string>;
  /**
   * Comes with the requests of this run's scripts. One that brings another is refused. One that brings
   * none, as tools do that forget what stands before the "@", is served as nobody's, unless that would
   * lend the person's name at their own proxy to others on this machine.
   */
  readonly token: string;
  /** The person's own proxy. */
  readonly upstream: ProxyRules;
  /** How names become addresses; the system's way unless something else is said. */
  readonly lookup?: LookupFunction;
}

export interface SandboxProxy {
  readonly port: number;
  /** Ends what is still open and tells what went through and what did not. */
  close(): Promise<ProxyReport>;
}

/** Of one request line with its headers. */
const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 100;
const HEADERS_TIMEOUT_MS = 10_000;
/** Downloaders open a handful of connections; the next one beyond these is closed at once. */
const CONNECTIONS_MAX = 256;
const SENTENCE_MAX = 600;

/**
 * The only way out of a sandbox besides the gate: a forward proxy on loopback (RFC 9110, section 3.7)
 * that scripts are told of by HTTPS_PROXY and its kin. It looks at where a connection leads and never
 * into it.
 */
export async function startProxy(setup: ProxySetup): Promise<SandboxProxy> {
  const desk = new ProxyDesk(setup);
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 2,
      keepAliveTimeout: 5000,
    },
    (request, response) => desk.serve(desk.forward(request, response)),
  );
  server.maxHeadersCount = HEADERS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    // Whoever hangs up in the middle knows why, and it is no news to us.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("connect", (request, socket, head) => desk.serve(desk.connect(request, socket, head)));
  const port = await listen(server);
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, desk.close()]);
      return desk.journal.report();
    },
  };
}

/** A request that may be passed on, and on whose behalf. */
interface Admitted {
  readonly target: Target;
  readonly rule: DownloadHost;
  readonly claim: Claim;
}

class ProxyDesk {
  readonly journal = new Journal();
  readonly #setup: ProxySetup;
  readonly #allowance = new Allowance();
  readonly #dial: DialRules;
  readonly #lendsName: boolean;
  readonly #served = new Set<Promise<void>>();
  readonly #over = new AbortController();

  constructor(setup: ProxySetup) {
    this.#setup = setup;
    const { forHttp, forHttps } = setup.upstream;
    this.#lendsName = [forHttp, forHttps].some(
      (proxy) => proxy !== undefined && nameAt(new URL(proxy)) !== undefined,
    );
    const { upstream, lookup = resolveName } = setup;
    this.#dial = { upstream, lookup, signal: this.#over.signal };
  }

  serve(work: Promise<void>): void {
    this.#served.add(work);
    void work.finally(() => this.#served.delete(work));
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#served);
  }

  async connect(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const target = parseAuthority(request.url ?? "");
    let isOpen = false;
    try {
      const admitted = this.#admit(request, target);
      const work = { ...admitted, dial: this.#dial, allowance: this.#allowance };
      const bytes = await tunnel(client, head, work, () => (isOpen = true));
      this.journal.noteDownload(admitted.target, admitted.claim, bytes);
      client.end();
    } catch (error) {
      const refusal = this.#note(error, request, target);
      if (isOpen) client.destroy();
      else client.end(refusalText(refusal));
    }
  }

  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseAbsoluteForm(request.url ?? "");
    try {
      const admitted = this.#admit(request, target);
      const work = { ...admitted, dial: this.#dial };
      const bytes = await forward(request, response, work);
      this.journal.noteDownload(admitted.target, admitted.claim, bytes);
    } catch (error) {
      const refusal = this.#note(error, request, target);
      if (response.headersSent) response.destroy();
      else answerWith(response, refusal);
    }
  }

  #admit(request: IncomingMessage, target: Target | undefined): Admitted {
    if (target === undefined) {
      const asked = printable(request.url ?? "", 200);
      throw new Failure("usage", `Veln's proxy cannot tell where ${asked} leads.`);
    }
    const claim = this.#claimOf(request);
    if (claim === undefined) {
      throw new Failure(
        "unauthorized",
        "Veln's proxy serves the scripts of one install, and this request does not bring its token.",
        { status: 407 },
      );
    }
    const permission = permissionFor(target, claim, this.#setup);
    if (permission.state === "shut") throw new Failure("unauthorized", permission.sentence);
    return { target, rule: permission.rule, claim };
  }

  #claimOf(request: IncomingMessage): Claim | undefined {
    const header = request.headers["proxy-authorization"];
    if (header === undefined && !this.#lendsName) return { by: undefined };
    return readClaim(header, this.#setup.token);
  }

  /** @returns the failure, for the client */
  #note(error: unknown, request: IncomingMessage, target: Target | undefined): Failure {
    // What streams throw when an end is gone in the middle of a body.
    if (!(error instanceof Failure)) return new Failure("upstream-broken", messageOf(error));
    if (error.code === "cancelled") return error;
    const place = target === undefined ? printable(request.url ?? "", 200) : printTarget(target);
    const isOutage = error.code === "upstream-unavailable" || error.code === "timed-out";
    if (isOutage) this.journal.noteFailure(printable(error.message, SENTENCE_MAX));
    else {
      const denied = String(error.detail.found ?? place);
      this.journal.noteDenial(denied, this.#claimOf(request) ?? { by: undefined });
    }
    return error;
  }
}

function statusOf({ code, detail }: Failure): number {
  if (code === "usage") return 400;
  if (code === "unauthorized") return detail.status ?? 403;
  return code === "timed-out" ? 504 : 502;
}

/** Fields of every refusal; a client learns by the third of them that it may try with its token. */
function refusalFields(status: number): Readonly<Record<string, string>> {
  return {
    "content-type": "text/plain; charset=utf-8",
    connection: "close",
    ...(status === 407 ? { "proxy-authenticate": 'Basic realm="veln"' } : {}),
  };
}

function refusalText(failure: Failure): string {
  const status = statusOf(failure);
  const fields = Object.entries(refusalFields(status)).map(([name, value]) => `${name}: ${value}`);
  const start = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}`;
  return `${[start, ...fields].join("\r\n")}\r\n\r\n${printable(failure.message, SENTENCE_MAX)}\n`;
}

function answerWith(response: ServerResponse, failure: Failure): void {
  const status = statusOf(failure);
  response.writeHead(status, refusalFields(status));
  response.end(`${printable(failure.message, SENTENCE_MAX)}\n`);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no TCP address");
  return address.port;
}
