import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Failure } from "../../../model/failure.ts";
import { printable } from "../../../model/printable.ts";
import type { DownloadHost } from "../hosts.ts";
import { counted, SENT_BYTES_MAX, type Allowance } from "./allowance.ts";
import { HELLO_BYTES_MAX, readClientHello, type ClientHello } from "./client-hello.ts";
import { dialTunnel, type DialRules } from "./dial.ts";
import { printTarget, type Target } from "./target.ts";

/** A client that has its tunnel and says nothing, or one end that has gone silent in the middle. */
const HELLO_TIMEOUT_MS = 10_000;
const SILENCE_MS = 120_000;
/** Pieces in which a hello may arrive; each is read from the start again. */
const HELLO_PIECES_MAX = 64;

/** A fatal alert, access_denied (RFC 8446, section 6), so that the client has a reason to show. */
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);

export interface TunnelWork {
  readonly target: Target;
  readonly rule: DownloadHost;
  readonly dial: DialRules;
  readonly allowance: Allowance;
}

/**
 * Answers a CONNECT that was found to be open and stays until both ends are done.
 *
 * @returns bytes that came down
 * @throws Failure "unauthorized" for what must not pass, other failures for ways that do not exist;
 * `answered` tells whether the client has had its 200 by then
 */
export async function tunnel(
  client: Duplex,
  head: Buffer,
  work: TunnelWork,
  answered: () => void,
): Promise<number> {
  const { target, allowance } = work;
  const upstream = await dialTunnel(target, work.rule, work.dial);
  try {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    answered();
    const hello = await firstBytes(client, head);
    if (hello.length === 0) throw new Failure("cancelled", "The client said nothing.");
    const objection = objectionTo(readClientHello(hello), target);
    if (objection !== undefined) {
      client.write(ACCESS_DENIED);
      throw objection;
    }
    if (!allowance.take(target, hello.length)) throw tooMuch(target);
    upstream.write(hello);
    return await relay(client, upstream, work);
  } finally {
    upstream.destroy();
  }
}

/**
 * Servers of many sites share addresses, so where a tunnel leads is decided by the name inside it. A
 * script that could name another site there would reach everybody behind the same content network.
 */
function objectionTo(hello: ClientHello, target: Target): Failure | undefined {
  const place = printTarget(target);
  const refused = (why: string, found: string): Failure =>
    new Failure("unauthorized", `Veln refused what was sent to ${place}: ${why}.`, { found });
  if (hello.state === "named") {
    if (hello.host === target.host) return undefined;
    const meant = printable(`${hello.host}:${String(target.port)}`);
    return refused(`inside the tunnel it is for ${meant}`, meant);
  }
  if (hello.state === "hidden")
    return refused("it hides for which host it is", `${place} in hiding`);
  if (hello.state !== "nameless") return refused("it is not TLS", `${place} without TLS`);
  return target.isAddress
    ? undefined
    : refused("it does not say for which host it is", `${place} without a name`);
}

/** Everything up to a whole hello, or to the point where it is clear that none is coming. */
async function firstBytes(client: Duplex, head: Buffer): Promise<Buffer> {
  const pieces = [head];
  let gathered = head;
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(), HELLO_TIMEOUT_MS);
    const done = (): void => {
      clearTimeout(timer);
      client.off("data", take);
      client.off("end", done);
      client.off("close", done);
      client.pause();
      resolve(gathered);
    };
    const isEnough = (): boolean =>
      readClientHello(gathered).state !== "incomplete" ||
      pieces.length > HELLO_PIECES_MAX ||
      gathered.length > HELLO_BYTES_MAX;
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      gathered = Buffer.concat(pieces);
      if (isEnough()) done();
    };
    if (isEnough()) return done();
    client.on("data", take);
    client.on("end", done);
    client.on("close", done);
  });
}

async function relay(client: Duplex, upstream: Socket, work: TunnelWork): Promise<number> {
  const { target, allowance } = work;
  let received = 0;
  const up = counted(
    (bytes) => allowance.take(target, bytes),
    () => tooMuch(target),
  );
  const down = counted(
    (bytes) => {
      received += bytes;
      return true;
    },
    () => new Failure("cancelled", "The download was given up."),
  );
  upstream.setTimeout(SILENCE_MS, () => {
    upstream.destroy(new Failure("timed-out", `${printTarget(target)} went silent.`));
  });
  const ends = await Promise.allSettled([
    pipeline(client, up, upstream),
    pipeline(upstream, down, client),
  ]);
  const refusal = ends
    .flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []))
    .find((reason) => reason instanceof Failure);
  if (refusal !== undefined) throw refusal;
  return received;
}

function tooMuch(target: Target): Failure {
  return new Failure(
    "unauthorized",
    `Veln refused to send more to ${printTarget(target)}: a download sends no more than ${String(SENT_BYTES_MAX / 1024)} kB.`,
    { limit: "SENT_BYTES_MAX", found: `${printTarget(target)} to send it more` },
  );
}
