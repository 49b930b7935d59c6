import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { printable } from "../../model/printable.ts";

const BODY = "Veln lets a package manager reach no host but its gate.\n";

/** Whether a request is one to a forward proxy (RFC 9112, section 3.2.2), not one to a server. */
export function isForProxy(request: IncomingMessage): boolean {
  return request.url?.startsWith("/") === false && request.url !== "*";
}

/** Where a client wanted to go without asking the gate: "host:port". */
export function hostPastGate(request: IncomingMessage): string {
  const target = request.url ?? "";
  const host = URL.canParse(target) ? new URL(target).host : "";
  return printable(host === "" ? target : host, 200);
}

/** Answers CONNECT (RFC 9110, section 9.3.6) with 403: nothing can be examined inside a tunnel. */
export function refuseTunnel(socket: Duplex): void {
  // The client may hang up before it has read the answer, which is no news to us.
  socket.on("error", () => socket.destroy());
  socket.end(
    `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${String(BODY.length)}\r\nConnection: close\r\n\r\n${BODY}`,
  );
}
