import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What a client of a proxy got, up to the end of the connection. */
export interface RawAnswer {
  readonly status: number | undefined;
  readonly text: string;
}

/** Sends bytes as they are to a port on loopback and reads until the other end is done. */
export async function sendRaw(
  port: number,
  ...pieces: readonly (string | Buffer)[]
): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (bytes) => received.push(bytes));
  for (const piece of pieces) socket.write(piece);
  await new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
    socket.on("error", () => socket.destroy());
  });
  const text = Buffer.concat(received).toString("latin1");
  const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
  return { status: status === undefined ? undefined : Number(status), text };
}

export interface TunnelAsk {
  readonly target: string;
  readonly authorization?: string;
}

/** The socket behind a CONNECT that was answered with 200, or what was answered instead. */
export async function openTunnel(port: number, ask: TunnelAsk): Promise<Socket | RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.write(
    `CONNECT ${ask.target} HTTP/1.1\r\nhost: ${ask.target}\r\n${ask.authorization === undefined ? "" : `proxy-authorization: ${ask.authorization}\r\n`}\r\n`,
  );
  let text = "";
  return new Promise((resolve) => {
    const done = (): void => resolve({ status: Number(/ (\d+)/.exec(text)?.[1]), text });
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (!/^HTTP\/1\.1 200[^]*\r\n\r\n/.test(text)) return;
      socket.removeAllListeners("data").removeListener("close", done).pause();
      resolve(socket);
    });
    socket.on("close", done);
  });
}

/** One GET over TLS through an open tunnel: the body, or the code of what went wrong. */
export async function getOverTls(
  socket: Socket,
  servername: string,
  request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
): Promise<string> {
  const secure = connectTls({ socket, rejectUnauthorized: false, servername });
  const received: Buffer[] = [];
  return new Promise((resolve) => {
    secure.on("secureConnect", () => secure.write(request));
    secure.on("data", (bytes) => received.push(bytes));
    secure.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    secure.on("close", () => {
      const [, body = "closed"] = Buffer.concat(received).toString("latin1").split("\r\n\r\n");
      resolve(body);
    });
  });
}

export function basic(user: string, word: string): string {
  return `Basic ${Buffer.from(`${user}:${word}`).toString("base64")}`;
}
