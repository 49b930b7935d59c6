import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** A loopback server that records what it was asked and answers as a test tells it. */
export interface Origin {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  /** Replaces the answer for a path, query excluded. */
  on(path: string, answer: Answer): void;
  close(): Promise<void>;
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer =
  | Reply
  | ((request: RecordedRequest, attempt: number) => Reply | Promise<Reply>);

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Closes the connection before any answer. */
  readonly refuse?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
  /** Sends the body in pieces without announcing its length. */
  readonly chunked?: boolean;
}

export interface OriginOptions {
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
}

export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const requests: RecordedRequest[] = [];
  const answers = new Map<string, Answer>();
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const recorded = await record(request).catch(() => undefined);
    // The client hung up in the middle of its request.
    if (recorded === undefined) return;
    requests.push(recorded);
    const path = recorded.path.replace(/\?.*$/, "");
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    const told = answers.get(path) ?? { status: 404, body: "{}" };
    send(response, typeof told === "function" ? await told(recorded, attempt) : told);
  };
  const listener: RequestListener = (request, response) => {
    void answer(request, response);
  };
  const server =
    options.tls === undefined
      ? createServer(listener)
      : createSecureServer(
          { ...options.tls, ...(options.tls.ca === undefined ? {} : { requestCert: true }) },
          listener,
        );
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${String(port)}`,
    port,
    requests,
    on: (path, told) => answers.set(path, told),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece as Uint8Array);
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    body: Buffer.concat(pieces).toString("utf8"),
  };
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.silent === true) return;
  if (reply.refuse === true) {
    response.destroy();
    return;
  }
  const body = Buffer.from(reply.body ?? "");
  const length = reply.chunked === true ? {} : { "content-length": String(body.length) };
  response.writeHead(reply.status ?? 200, { ...length, ...reply.headers });
  if (reply.cutAfterBytes === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, reply.cutAfterBytes), () => response.destroy());
}
