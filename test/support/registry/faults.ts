import type { ServerResponse } from "node:http";

/** How a registry misbehaves at one address. */
export interface Fault {
  /** How many requests it happens to; all of them when left out. */
  readonly times?: number;
  /** Answers this status instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection after so many bytes of the true body. */
  readonly cutAfterBytes?: number;
  /** Announces a length that is off by so many bytes. */
  readonly lengthOffBy?: number;
  /** Answers after this long. */
  readonly delayMs?: number;
  /** Answers when this has been kept. */
  readonly until?: Promise<unknown>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export async function send(
  response: ServerResponse,
  reply: Reply,
  fault: Fault = {},
): Promise<void> {
  await fault.until;
  if (fault.delayMs !== undefined) await pause(fault.delayMs);
  const body = fault.status === undefined ? reply.body : Buffer.from("{}");
  response.writeHead(fault.status ?? reply.status, {
    ...reply.headers,
    "content-length": String(body.length + (fault.lengthOffBy ?? 0)),
    ...fault.headers,
  });
  if (fault.cutAfterBytes === undefined && fault.lengthOffBy === undefined) {
    response.end(body);
    return;
  }
  // Raw writes: Node itself would refuse to send a length that is not true.
  response.flushHeaders();
  response.socket?.end(body.subarray(0, fault.cutAfterBytes ?? body.length));
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
