import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

/** What listens on the machine. All answer with the secret, save the gate. */
export interface Servers {
  /** The one that may be reached. */
  readonly gatePort: number;
  /** TCP and UDP, on 127.0.0.1 and ::1. */
  readonly port: number;
  /** TCP on every address of the machine. */
  readonly anyPort: number;
  /** An address of the machine that is not loopback; undefined where it has none. */
  readonly hostAddress: string | undefined;
  /** A name server. */
  readonly dnsPort: number;
  /** Where ports below 1024 are listened on: DNS on 53, DNS over TLS on 853; undefined without root. */
  readonly lowAddress: string | undefined;
  /** Visited again and again by somebody from outside. */
  readonly visitedPort: number;
  /** So is the port that somebody writes into this file. */
  readonly visitedFile: string;
  /** Paths, and one abstract name with an @ before it. */
  readonly sockets: Readonly<Record<LocalService, string>>;
  stop(): Promise<void>;
}

interface Places {
  readonly root: string;
  readonly project: string;
  readonly secret: string;
}

const LOCAL_SERVICES = ["docker", "ssh-agent", "bus", "x11", "wayland", "abstract"] as const;
export type LocalService = (typeof LOCAL_SERVICES)[number];

const LOCAL_PATHS: Readonly<Record<Exclude<LocalService, "abstract">, string>> = {
  docker: "run/docker.sock",
  "ssh-agent": "run/ssh-a/agent.1",
  bus: "run/user/bus",
  x11: "run/.X11-unix/X0",
  wayland: "run/user/wayland-0",
};
/** Of the whole loopback network, one that nothing else is likely to use. */
const lonelyAddress = (): string => `127.83.${randomInt(256)}.${randomInt(1, 255)}`;

export async function startServers({ root, project, secret }: Places): Promise<Servers> {
  const open: (Server | Socket)[] = [];
  const keep = <Kept extends Server | Socket>(item: Kept): Kept => {
    open.push(item);
    return item;
  };
  const greeting = async (host: string, port: number, text = secret): Promise<number> =>
    portOf(keep(await listening(text, { host, port })));
  const port = await greeting("127.0.0.1", 0);
  await greeting("::1", port);
  keep(await answering("udp4", "127.0.0.1", port, () => Buffer.from(secret)));
  keep(await answering("udp6", "::1", port, () => Buffer.from(secret)));
  const names = keep(await answering("udp4", "127.0.0.1", 0, (query) => txtAnswer(query, secret)));
  const lowAddress = process.getuid?.() === 0 ? lonelyAddress() : undefined;
  if (lowAddress !== undefined) {
    keep(await answering("udp4", lowAddress, 53, (query) => txtAnswer(query, secret)));
    await greeting(lowAddress, 853);
  }
  const sockets = localPaths(root, secret);
  for (const path of Object.values(sockets)) keep(await listeningLocally(secret, path));
  const visitedPort = await freePort();
  const visitedFile = join(project, "batch/visit-me");
  const visits = setInterval(() => {
    visit(visitedPort);
    if (existsSync(visitedFile)) visit(Number(readFileSync(visitedFile, "utf8")));
  }, 50);
  return {
    gatePort: await greeting("127.0.0.1", 0, "gate"),
    port,
    anyPort: await greeting("0.0.0.0", 0),
    hostAddress: hostAddress(),
    dnsPort: names.address().port,
    lowAddress,
    visitedPort,
    visitedFile,
    sockets,
    async stop() {
      clearInterval(visits);
      for (const item of open) item.close();
      await Promise.all(open.map((item) => once(item, "close")));
    },
  };
}

function localPaths(root: string, secret: string): Servers["sockets"] {
  const paths = Object.fromEntries(
    Object.entries(LOCAL_PATHS).map(([service, path]) => [service, join(root, path)]),
  );
  return { ...paths, abstract: `@${secret.slice(0, 20)}` } as Servers["sockets"];
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listening(text: string, at: { host: string; port: number }): Promise<Server> {
  const server = greeter(text);
  server.listen(at);
  await once(server, "listening");
  return server;
}

async function listeningLocally(text: string, path: string): Promise<Server> {
  const server = greeter(text);
  if (!path.startsWith("@")) mkdirSync(join(path, ".."), { recursive: true });
  server.listen(path.replace(/^@/, "\0"));
  await once(server, "listening");
  if (!path.startsWith("@")) chmodSync(path, 0o777);
  return server;
}

/** Says its text at once and hangs up. */
function greeter(text: string): Server {
  return createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.resume().end(text);
  });
}

async function answering(
  type: "udp4" | "udp6",
  address: string,
  port: number,
  answerTo: (message: Buffer) => Buffer,
): Promise<Socket> {
  const socket = createSocket(type);
  socket.on("message", (message, from) => socket.send(answerTo(message), from.port, from.address));
  socket.bind({ address, port });
  await once(socket, "listening");
  return socket;
}

/** The question comes back with one TXT record below it (RFC 1035, 4.1). */
function txtAnswer(query: Buffer, text: string): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 6);
  header.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, text.length + 1, text.length]);
  return Buffer.concat([header, query.subarray(12, questionEnd), record, Buffer.from(text)]);
}

function visit(port: number): void {
  if (!(port > 0)) return;
  const socket = connect(port, "127.0.0.1");
  socket.on("connect", () => socket.end("visit"));
  socket.on("error", () => socket.destroy());
}

async function freePort(): Promise<number> {
  const server = await listening("", { host: "127.0.0.1", port: 0 });
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

function hostAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}
