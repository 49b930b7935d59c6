import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A SOCKS 5 proxy on loopback that leads every connection to one port. */
export interface SocksProxy {
  /** `host:port` */
  readonly host: string;
  /** One line a connection: name, password, target. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

export interface SocksOptions {
  readonly leadsTo: number;
  readonly wantsName: boolean;
  /** What it answers to a request; 0 opens the way. */
  readonly reply?: number;
}

export async function startSocksProxy(options: SocksOptions): Promise<SocksProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    void serve(socket, options, seen);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
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

/** Each message of the client comes in one piece on loopback. */
async function serve(client: Socket, options: SocksOptions, seen: string[]): Promise<void> {
  const next = async (): Promise<Buffer> => {
    const [bytes] = (await once(client, "data")) as [Buffer];
    return bytes;
  };
  await next();
  client.write(Buffer.from([5, options.wantsName ? 2 : 0]));
  let who = "- -";
  if (options.wantsName) {
    const said = await next();
    const length = said[1] ?? 0;
    who = `${said.toString("utf8", 2, 2 + length)} ${said.toString("utf8", 3 + length)}`;
    client.write(Buffer.from([1, who === "ann word" ? 0 : 1]));
  }
  const request = await next();
  const end = 5 + (request[4] ?? 0);
  seen.push(`${who} ${request.toString("utf8", 5, end)}:${String(request.readUInt16BE(end))}`);
  const upstream = connect(options.leadsTo, "127.0.0.1", () => {
    client.write(Buffer.from([5, options.reply ?? 0, 0, 1, 127, 0, 0, 1, 0, 0]));
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on("error", () => client.destroy());
  client.on("close", () => upstream.destroy());
}
