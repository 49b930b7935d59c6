import { createServer, connect as connectTcp, type AddressInfo } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HELLO_BYTES_MAX, readClientHello } from "./client-hello.ts";

/** The first bytes that Node's own TLS sends. */
async function genuineHello(options: ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.once("data", (bytes) => {
        socket.destroy();
        server.close();
        resolve(bytes);
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      const socket = connectTls({ ...options, socket: connectTcp(port, "127.0.0.1") });
      socket.on("error", () => socket.destroy());
    });
  });
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const sized = (width: 1 | 2, body: Buffer): Buffer =>
  Buffer.concat([width === 1 ? Buffer.from([body.length]) : u16(body.length), body]);

function extension(kind: number, body: Buffer): Buffer {
  return Buffer.concat([u16(kind), sized(2, body)]);
}

function serverName(host: string, kind = 0): Buffer {
  const name = Buffer.concat([Buffer.from([kind]), sized(2, Buffer.from(host, "latin1"))]);
  return extension(0, sized(2, name));
}

/** A whole hello in one record. */
function hello(...extensions: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32),
    sized(1, Buffer.alloc(0)),
    sized(2, u16(0x1301)),
    sized(1, Buffer.from([0])),
    ...(extensions.length === 0 ? [] : [sized(2, Buffer.concat(extensions))]),
  ]);
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  return record(message);
}

function record(bytes: Buffer, kind = 22): Buffer {
  return Buffer.concat([Buffer.from([kind, 3, 1]), sized(2, bytes)]);
}

describe("readClientHello", () => {
  it("reads whom Node asks for", async () => {
    const bytes = await genuineHello({ servername: "cdn.invalid" });
    expect(readClientHello(bytes)).toEqual({ state: "named", host: "cdn.invalid" });
    const old = await genuineHello({ servername: "cdn.invalid", maxVersion: "TLSv1.2" });
    expect(readClientHello(old)).toEqual({ state: "named", host: "cdn.invalid" });
    expect(readClientHello(await genuineHello({}))).toEqual({ state: "nameless" });
  });

  it.each([
    ["a name in capitals with a dot behind it", hello(serverName("CDN.invalid.")), "named"],
    ["no extensions at all", hello(), "nameless"],
    ["other extensions only", hello(extension(43, Buffer.from([2, 3, 4]))), "nameless"],
    ["two names", hello(serverName("a.invalid"), serverName("b.invalid")), "not-tls"],
    ["a name of another kind", hello(serverName("a.invalid", 1)), "not-tls"],
    [
      "an encrypted hello inside",
      hello(serverName("a.invalid"), extension(0xfe0d, Buffer.alloc(9))),
      "hidden",
    ],
    ["nothing", Buffer.alloc(0), "incomplete"],
    ["a start", hello(serverName("a.invalid")).subarray(0, 40), "incomplete"],
    ["a request of HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "not-tls"],
    ["a greeting of ssh", Buffer.from("SSH-2.0-x\r\n"), "not-tls"],
    ["another record", record(Buffer.from([2, 40]), 21), "not-tls"],
    ["another message", record(Buffer.from([2, 0, 0, 0])), "not-tls"],
    ["an empty record", record(Buffer.alloc(0)), "not-tls"],
    ["a hello that is larger than any", record(Buffer.from([1, 255, 255, 255])), "not-tls"],
    ["an extension that is cut short", hello(Buffer.from([0, 0, 0, 200])), "not-tls"],
    [
      "an incomplete flood",
      Buffer.alloc(HELLO_BYTES_MAX + 1, hello(serverName("a.invalid"))),
      "named",
    ],
  ])("%s", (_, bytes, state) => {
    expect(readClientHello(bytes).state).toBe(state);
  });

  it("puts a hello together that was split over records, up to eight", () => {
    const whole = hello(serverName("cdn.invalid")).subarray(5);
    const split = (pieces: number): Buffer => {
      const size = Math.ceil(whole.length / pieces);
      const parts = Array.from({ length: pieces }, (_, index) =>
        record(whole.subarray(index * size, (index + 1) * size)),
      );
      return Buffer.concat(parts);
    };
    expect(readClientHello(split(2))).toEqual({ state: "named", host: "cdn.invalid" });
    expect(readClientHello(split(8))).toEqual({ state: "named", host: "cdn.invalid" });
    expect(readClientHello(split(16))).toEqual({ state: "not-tls" });
  });

  it("never names another host than the whole hello does, wherever it is cut", () => {
    const whole = hello(serverName("cdn.invalid"), extension(43, Buffer.from([2, 3, 4])));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(readClientHello(whole.subarray(0, length))).toEqual({ state: "incomplete" });
      }),
    );
  });

  it("takes any bytes without throwing", () => {
    const start = hello(serverName("cdn.invalid"));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(start.length), (bytes, kept) => {
        const state = readClientHello(Buffer.concat([start.subarray(0, kept), bytes])).state;
        expect(["named", "nameless", "hidden", "incomplete", "not-tls"]).toContain(state);
      }),
      { numRuns: 1000 },
    );
  });
});
