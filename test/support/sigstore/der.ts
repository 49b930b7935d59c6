/** Writes DER (ITU-T X.690), element by element; what is wrong can be written as well as what is right. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...parts);
}

/** A SET OF: DER wants its elements in the order of their bytes. */
export function setOf(...parts: readonly Uint8Array[]): Buffer {
  return element(TAG.set, ...[...parts].sort((one, other) => Buffer.compare(one, other)));
}

/** `[number]`, constructed: explicit around one element, or an implicit SEQUENCE or SET. */
export function tagged(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return element(0xa0 + number, ...parts);
}

/** `[number]`, primitive. */
export function labelled(number: number, content: Uint8Array): Buffer {
  return element(0x80 + number, content);
}

/** @param value a count, or the bytes of a positive number */
export function integer(value: number | Uint8Array): Buffer {
  if (typeof value === "number") {
    const digits = value.toString(16);
    return integer(Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex"));
  }
  const isNegative = (value[0] ?? 0) >= 0x80;
  return element(TAG.integer, isNegative ? Buffer.concat([Buffer.of(0), value]) : value);
}

export function oid(text: string): Buffer {
  const [root = 0, second = 0, ...rest] = text.split(".").map(Number);
  return element(TAG.oid, ...[root * 40 + second, ...rest].map(base128));
}

function base128(arc: number): Buffer {
  const bytes = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
    bytes.unshift((left % 128) | 0x80);
  }
  return Buffer.from(bytes);
}

export function octetString(content: Uint8Array): Buffer {
  return element(TAG.octetString, content);
}

export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return element(TAG.bitString, Buffer.of(unusedBits), content);
}

export function boolean(value: boolean): Buffer {
  return element(TAG.boolean, Buffer.of(value ? 0xff : 0x00));
}

export function utf8String(text: string): Buffer {
  return element(TAG.utf8String, Buffer.from(text));
}

/** UTCTime up to 2049, as RFC 5280 has it in certificates. */
export function utcTime(momentMs: number): Buffer {
  return element(TAG.utcTime, Buffer.from(`${digitsOf(momentMs).slice(2)}Z`));
}

export function generalizedTime(momentMs: number): Buffer {
  const fraction = String(momentMs % 1000).padStart(3, "0");
  const shown = momentMs % 1000 === 0 ? "" : `.${fraction.replace(/0+$/, "")}`;
  return element(TAG.generalizedTime, Buffer.from(`${digitsOf(momentMs)}${shown}Z`));
}

/** YYYYMMDDHHMMSS */
function digitsOf(momentMs: number): string {
  return new Date(momentMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "");
}

/** A distinguished name: organisation and common name. */
export function distinguishedName(organization: string, commonName: string): Buffer {
  const attribute = (id: string, value: string): Buffer =>
    setOf(sequence(oid(id), element(TAG.printableString, Buffer.from(value))));
  return sequence(attribute("2.5.4.10", organization), attribute("2.5.4.3", commonName));
}
