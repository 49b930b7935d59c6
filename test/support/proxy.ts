import { createServer, request as httpRequest } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

/** A forward proxy on loopback: tunnels by CONNECT, or requests in absolute form. */
export interface TestProxy {
  /** `http://host:port` */
  readonly host: string;
  /** One line a request: method, target, proxy-authorization. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** @param leadsTo a port on loopback for every tunnel, for hosts that exist in no name service */
export async function startProxy(leadsTo?: number): Promise<TestProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
    const onward = httpRequest(
      request.url ?? "",
      { method: request.method ?? "GET", headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  server.on("connect", (request, client, head) => {
    seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
    const target = new URL(`http://${request.url ?? ""}`);
    const port = leadsTo ?? Number(target.port);
    const host = leadsTo === undefined ? target.hostname : "127.0.0.1";
    const upstream = connect(port, host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    for (const end of [client, upstream]) end.on("error", () => client.destroy());
  });
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    host: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
