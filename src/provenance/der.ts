/**
 * A strict reader for DER (ITU-T X.690, sections 10 and 11): one encoding for one value, or nothing.
 * It never re-encodes: what was signed is always the bytes as they stand, so a second reading of the
 * same bytes cannot differ from ours. Nothing here recurses.
 */
export class DerError extends Error {
  override readonly name = "DerError";
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A context-specific tag: `[n]`. */
export function contextTag(number: number, form: "primitive" | "constructed"): number {
  return (form === "constructed" ? 0xa0 : 0x80) + number;
}

/** Elements of one SEQUENCE or SET; real ones have a few dozen. */
const CHILDREN_MAX = 1024;
const LENGTH_BYTES_MAX = 3;

export class Der {
  readonly tag: number;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #from: number;
  readonly #to: number;

  private constructor(bytes: Buffer, start: number, end: number) {
    const tag = bytes[start];
    const first = bytes[start + 1];
    if (tag === undefined || first === undefined || start + 2 > end) {
      throw new DerError("it ends early");
    }
    if ((tag & 0x1f) === 0x1f) throw new DerError("it has a tag of more than one byte");
    this.tag = tag;
    this.#bytes = bytes;
    this.#start = start;
    const long = first & 0x80 ? first & 0x7f : 0;
    this.#from = start + 2 + long;
    const length = long === 0 && first < 0x80 ? first : longLength(bytes, start + 2, long);
    this.#to = this.#from + length;
    if (this.#to > end) throw new DerError("it ends early");
  }

  /** @throws DerError when there is anything before or after the one element */
  static read(bytes: Uint8Array): Der {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const element = new Der(buffer, 0, buffer.length);
    if (element.#to !== buffer.length) throw new DerError("something follows it");
    return element;
  }

  /** With tag and length. */
  get encoded(): Buffer {
    return this.#bytes.subarray(this.#start, this.#to);
  }

  get content(): Buffer {
    return this.#bytes.subarray(this.#from, this.#to);
  }

  children(tag: number): readonly Der[] {
    this.expect(tag);
    const children: Der[] = [];
    for (let at = this.#from; at < this.#to;) {
      if (children.length === CHILDREN_MAX) throw new DerError("it has too many elements");
      const child = new Der(this.#bytes, at, this.#to);
      children.push(child);
      at = child.#to;
    }
    return children;
  }

  sequence(): readonly Der[] {
    return this.children(TAG.sequence);
  }

  /** The one element inside an explicit tag. */
  only(tag: number): Der {
    const [child, ...rest] = this.children(tag);
    if (child === undefined || rest.length > 0) throw new DerError("it should hold one element");
    return child;
  }

  expect(tag: number): this {
    if (this.tag !== tag) {
      throw new DerError(`tag ${String(this.tag)} stands where ${String(tag)} should`);
    }
    return this;
  }

  boolean(): boolean {
    const { content } = this.expect(TAG.boolean);
    if (content.length !== 1 || (content[0] !== 0x00 && content[0] !== 0xff)) {
      throw new DerError("a BOOLEAN is neither 0 nor 255");
    }
    return content[0] === 0xff;
  }

  /** The content of an INTEGER, in its shortest form. */
  integerBytes(): Buffer {
    const { content } = this.expect(TAG.integer);
    const [first = 0, second = 0] = content;
    const padded = (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80);
    if (content.length === 0 || (content.length > 1 && padded)) {
      throw new DerError("an INTEGER is not in its shortest form");
    }
    return content;
  }

  /** @throws DerError for a negative one, and for one of more than 48 bits */
  smallInteger(): number {
    const bytes = this.integerBytes();
    if (bytes.length > 6 || (bytes[0] ?? 0) >= 0x80)
      throw new DerError("an INTEGER is out of range");
    return bytes.readUIntBE(0, bytes.length);
  }

  oid(): string {
    return printOid(this.expect(TAG.oid).content);
  }

  octetString(): Buffer {
    return this.expect(TAG.octetString).content;
  }

  /** A BIT STRING of whole bytes. */
  bitString(): Buffer {
    const { content } = this.expect(TAG.bitString);
    if (content[0] !== 0) throw new DerError("a BIT STRING is not of whole bytes");
    return content.subarray(1);
  }

  /** A BIT STRING whose bits have names (X.680, 22.7): trailing zero bits are left out. */
  namedBits(): ReadonlySet<number> {
    const { content } = this.expect(TAG.bitString);
    const unused = content[0] ?? 8;
    const last = content.at(-1) ?? 0;
    const isEmpty = content.length === 1 && unused === 0;
    if (!isEmpty && (content.length < 2 || unused > 7 || last % (2 << unused) !== 1 << unused)) {
      throw new DerError("a BIT STRING is not in its shortest form");
    }
    const bits = [...content.subarray(1)].flatMap((byte, index) =>
      [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (0x80 >> bit)).map((bit) => index * 8 + bit),
    );
    return new Set(bits);
  }

  utf8(): string {
    return decodeUtf8(this.expect(TAG.utf8String).content);
  }

  /** UTCTime or GeneralizedTime as RFC 5280, section 4.1.2.5 and RFC 3161 allow; ms since 1970. */
  timeMs(): number {
    const text = this.content.toString("latin1");
    if (this.tag === TAG.utcTime && /^\d{12}Z$/.test(text)) {
      return instant(`${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}`);
    }
    // Fractions of a second: RFC 3161 only, and without a trailing zero.
    if (this.tag === TAG.generalizedTime && /^\d{14}(?:\.\d{0,8}[1-9])?Z$/.test(text)) {
      return instant(text);
    }
    throw new DerError("a time is not written as DER asks");
  }
}

function longLength(bytes: Buffer, at: number, count: number): number {
  if (count === 0) throw new DerError("its length is indefinite");
  if (count > LENGTH_BYTES_MAX) throw new DerError("it is too long");
  if (at + count > bytes.length) throw new DerError("it ends early");
  const length = bytes.readUIntBE(at, count);
  const shortest = count === 1 ? 0x80 : 2 ** (8 * (count - 1));
  if (length < shortest) throw new DerError("its length is not in its shortest form");
  return length;
}

const OIDS = new Map<string, string>();
const OIDS_MAX = 512;

/** Certificates use the same two dozen; printing them again and again was a tenth of the time. */
function printOid(content: Buffer): string {
  const key = content.toString("latin1");
  const known = OIDS.get(key);
  if (known !== undefined) return known;
  const printed = decodeOid(content);
  if (OIDS.size < OIDS_MAX) OIDS.set(key, printed);
  return printed;
}

const OID_BYTES_MAX = 64;

function decodeOid(content: Buffer): string {
  if (content.length === 0 || content.length > OID_BYTES_MAX || (content.at(-1) ?? 0) >= 0x80) {
    throw new DerError("an OBJECT IDENTIFIER is cut short");
  }
  const arcs: number[] = [];
  let arc = 0;
  let isFirst = true;
  for (const byte of content) {
    if (isFirst && byte === 0x80) throw new DerError("an OBJECT IDENTIFIER is padded");
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DerError("an OBJECT IDENTIFIER is too long");
    isFirst = byte < 0x80;
    if (!isFirst) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [head = 0, ...tail] = arcs;
  const root = Math.min(2, Math.floor(head / 40));
  return [root, head - root * 40, ...tail].join(".");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new DerError("a UTF8String is not UTF-8");
  }
}

/** @param text YYYYMMDDHHMMSS, perhaps a fraction, and Z */
function instant(text: string): number {
  const [, year, month, day, hour, minute, second, fraction = ""] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(text) ?? [];
  const plain = `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}`;
  const whole = Date.parse(`${plain}Z`);
  // `Date` takes the 30th of February for a day in March.
  if (Number.isNaN(whole) || !new Date(whole).toISOString().startsWith(plain)) {
    throw new DerError("a time names no moment");
  }
  return whole + Math.floor(Number(`0${fraction}`) * 1000);
}
