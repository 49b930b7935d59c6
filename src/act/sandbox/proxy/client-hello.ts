/**
 * Whom a TLS client asks for, from the first message it sends (RFC 8446, section 4.1.2; server_name:
 * RFC 6066, section 3). Nothing is decrypted: the name stands there in the clear, unless the client
 * encrypts it (RFC 9849), which is then "hidden".
 */
export type ClientHello =
  | { readonly state: "incomplete" }
  | { readonly state: "named"; readonly host: string }
  | { readonly state: "nameless" }
  | { readonly state: "hidden" }
  | { readonly state: "not-tls" };

/** Far more than a hello with post-quantum keys and a resumed session takes. */
export const HELLO_BYTES_MAX = 32 * 1024;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
/** A plain record holds at most 2^14 bytes. */
const RECORD_BYTES_MAX = 16_384;
/** Clients that split their hello at all do it once or twice. */
const RECORDS_MAX = 8;
const SERVER_NAME = 0;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

const NOT_TLS: ClientHello = { state: "not-tls" };

/** @param bytes everything that the client has sent so far */
export function readClientHello(bytes: Uint8Array): ClientHello {
  const message = handshakeMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (message === "incomplete") {
    return bytes.length > HELLO_BYTES_MAX ? NOT_TLS : { state: "incomplete" };
  }
  if (message === "not-tls") return NOT_TLS;
  try {
    return readExtensions(new Reader(message));
  } catch (error) {
    if (error instanceof RangeError) return NOT_TLS;
    throw error;
  }
}

/** The body of the hello, put together from as many records as the client chose to spread it over. */
function handshakeMessage(bytes: Buffer): Buffer | "incomplete" | "not-tls" {
  const pieces: Buffer[] = [];
  let gathered = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE_RECORD || pieces.length === RECORDS_MAX) return "not-tls";
    if (at + 5 > bytes.length) return "incomplete";
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at + 1] !== 3 || length === 0 || length > RECORD_BYTES_MAX) return "not-tls";
    const piece = bytes.subarray(at + 5, at + 5 + length);
    pieces.push(piece);
    gathered += piece.length;
    at += 5 + length;
    if (gathered < 4) continue;
    const message = Buffer.concat(pieces);
    if (message[0] !== CLIENT_HELLO) return "not-tls";
    const wanted = 4 + message.readUIntBE(1, 3);
    if (wanted > HELLO_BYTES_MAX) return "not-tls";
    if (gathered >= wanted) return message.subarray(4, wanted);
  }
  return "incomplete";
}

function readExtensions(hello: Reader): ClientHello {
  // Version and random; session, cipher suites and compression methods are lists of their own.
  hello.take(2 + 32);
  hello.take(hello.number(1));
  hello.take(hello.number(2));
  hello.take(hello.number(1));
  if (hello.isAtEnd) return { state: "nameless" };
  const extensions = new Reader(hello.take(hello.number(2)));
  let host: string | undefined;
  while (!extensions.isAtEnd) {
    const kind = extensions.number(2);
    const body = new Reader(extensions.take(extensions.number(2)));
    if (kind === ENCRYPTED_CLIENT_HELLO) return { state: "hidden" };
    // Two of a kind are forbidden (section 4.2): servers may differ in which one they believe.
    if (kind === SERVER_NAME && host !== undefined) return NOT_TLS;
    if (kind === SERVER_NAME) host = readServerName(body);
  }
  return host === undefined ? { state: "nameless" } : { state: "named", host };
}

function readServerName(list: Reader): string {
  const names = new Reader(list.take(list.number(2)));
  const kind = names.number(1);
  const name = names.take(names.number(2)).toString("latin1");
  if (kind !== 0 || !names.isAtEnd || !list.isAtEnd) throw new RangeError("more than one name");
  return name.toLowerCase().replace(/\.$/, "");
}

/** Reads forward through bytes and throws RangeError at their end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(width: 1 | 2): number {
    return this.take(width).readUIntBE(0, width);
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("cut short");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
