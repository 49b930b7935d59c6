import type { Socket } from "node:net";
import { Failure } from "../../../model/failure.ts";
import { printTarget, type Target } from "./target.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USERNAME_AND_PASSWORD = 2;
const CONNECT = 1;
const DOMAIN_NAME = 3;
/** Bytes of an address by its type: IPv4 and IPv6. A name has its length in front. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [4, 16],
]);
/** RFC 1928, section 6. */
const REPLIES: ReadonlyMap<number, string> = new Map([
  [1, "it failed"],
  [2, "its rules do not allow it"],
  [3, "it cannot reach the network"],
  [4, "it cannot reach the host"],
  [5, "the host refuses"],
  [6, "it took too long"],
]);

/** Who a person is to their own proxy. */
export interface ProxyName {
  readonly name: string;
  readonly word: string;
}

/**
 * Asks a SOCKS 5 proxy (RFC 1928; names and passwords: RFC 1929) for a way to a host, whose name it
 * resolves itself.
 *
 * @throws Failure "upstream-unavailable"
 */
export async function throughSocks(
  socket: Socket,
  at: ProxyName | undefined,
  target: Target,
): Promise<Socket> {
  await signOn(socket, at, target);
  const host = Buffer.from(target.host.replace(/^\[|\]$/g, ""));
  const port = Buffer.from([target.port >> 8, target.port & 0xff]);
  const request = Buffer.from([VERSION, CONNECT, 0, DOMAIN_NAME, host.length]);
  socket.write(Buffer.concat([request, host, port]));
  const [version, reply = 1, , kind = 0] = await take(socket, 4, target);
  if (version !== VERSION) throw refused(target, "it does not speak SOCKS 5");
  if (reply !== 0) throw refused(target, REPLIES.get(reply) ?? `it answers ${String(reply)}`);
  const length = ADDRESS_BYTES.get(kind) ?? (await take(socket, 1, target))[0] ?? 0;
  await take(socket, length + 2, target);
  return socket;
}

async function signOn(socket: Socket, at: ProxyName | undefined, target: Target): Promise<void> {
  const name = Buffer.from(at?.name ?? "");
  const word = Buffer.from(at?.word ?? "");
  const method = at === undefined ? NO_AUTHENTICATION : USERNAME_AND_PASSWORD;
  socket.write(Buffer.from([VERSION, 1, method]));
  const [version, chosen] = await take(socket, 2, target);
  if (version !== VERSION) throw refused(target, "it does not speak SOCKS 5");
  if (chosen !== method) throw refused(target, "it wants another way to sign on");
  if (method === NO_AUTHENTICATION) return;
  if (name.length > 255 || word.length > 255) throw refused(target, "your name there is too long");
  const head = Buffer.from([1, name.length]);
  socket.write(Buffer.concat([head, name, Buffer.from([word.length]), word]));
  const [, status] = await take(socket, 2, target);
  if (status !== 0) throw refused(target, "it refuses your name and password");
}

/** Exactly so many bytes; what comes after them stays for whoever reads next. */
async function take(socket: Socket, length: number, target: Target): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = socket.read(length);
    if (Buffer.isBuffer(bytes) && bytes.length === length) return bytes;
    if (bytes !== null || socket.destroyed || socket.readableEnded) {
      throw refused(target, "it hung up");
    }
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off("readable", done).off("close", done);
        resolve();
      };
      socket.on("readable", done).on("close", done);
    });
  }
}

function refused(target: Target, why: string): Failure {
  const sentence = `Your proxy opens no way to ${printTarget(target)}: ${why}.`;
  return new Failure("upstream-unavailable", sentence);
}
