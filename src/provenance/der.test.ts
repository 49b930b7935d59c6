import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contextTag, Der, DerError, TAG } from "./der.ts";

const read = (hex: string): Der => Der.read(Buffer.from(hex.replaceAll(" ", ""), "hex"));

function answerOf(read: () => readonly string[]): unknown {
  try {
    return read()[0];
  } catch (error) {
    return error;
  }
}

describe("Der", () => {
  it("reads what DER writes", () => {
    const children = [
      ...["0101ff", "020107", "02050100000000", "0c02c3a9", "0403010203", "03030001ff"],
      ...["060a2b0601040183bf300101", "a003020102"],
    ].join("");
    const length = (children.length / 2).toString(16).padStart(2, "0");
    const [yes, count, large, text, bytes, bits, oid, tagged] = read(
      `30${length}${children}`,
    ).sequence();
    expect([
      yes?.boolean(),
      count?.smallInteger(),
      large?.smallInteger(),
      text?.utf8(),
      bytes?.octetString().toString("hex"),
      bits?.bitString().toString("hex"),
      oid?.oid(),
      tagged?.only(contextTag(0, "constructed")).smallInteger(),
    ]).toEqual([true, 7, 2 ** 32, "é", "010203", "01ff", "1.3.6.1.4.1.57264.1.1", 2]);
  });

  it.each([
    ["17 0d 3233303231323130313031305a", "2023-02-12T10:10:10.000Z"],
    ["17 0d 3530303130313030303030305a", "1950-01-01T00:00:00.000Z"],
    ["18 0f 32303530303130313030303030305a", "2050-01-01T00:00:00.000Z"],
    ["18 12 32303235303130313030303030302e32355a", "2025-01-01T00:00:00.250Z"],
  ])("reads the time %s", (hex, iso) => {
    expect(new Date(read(hex).timeMs()).toISOString()).toBe(iso);
  });

  it.each([
    ["nothing", "", (der: Der) => der],
    ["an element cut short", "3003 0201", (der: Der) => der],
    ["a child that leaves its parent", "3003 020201", (der: Der) => der.sequence()],
    ["something behind the element", "0500 00", (der: Der) => der],
    ["an indefinite length", "3080 0500 0000", (der: Der) => der],
    ["a length in a longer form than needed", "308103 020101", (der: Der) => der],
    ["a length of two bytes where one does", "3082007f", (der: Der) => der],
    ["a huge length", "3084ffffffff", (der: Der) => der],
    ["a tag of several bytes", "1f8101 00", (der: Der) => der],
    ["a BOOLEAN of another value", "010101", (der: Der) => der.boolean()],
    ["an INTEGER with a byte too many", "02020001", (der: Der) => der.smallInteger()],
    ["a negative INTEGER", "020180", (der: Der) => der.smallInteger()],
    ["an empty INTEGER", "0200", (der: Der) => der.integerBytes()],
    ["a BIT STRING of no whole bytes", "03020780", (der: Der) => der.bitString()],
    ["an empty BIT STRING", "0300", (der: Der) => der.bitString()],
    ["named bits with zeros at the end", "03020000", (der: Der) => der.namedBits()],
    ["named bits with unused ones set", "030207c0", (der: Der) => der.namedBits()],
    ["an OID that is cut short", "060181", (der: Der) => der.oid()],
    ["an OID with a padded arc", "06032a8001", (der: Der) => der.oid()],
    ["a text that is not UTF-8", "0c01ff", (der: Der) => der.utf8()],
    ["a time without Z", "170c323330323132313031303130", (der: Der) => der.timeMs()],
    ["the 30th of February", "170d3233303233303130313031305a", (der: Der) => der.timeMs()],
    ["another tag than was expected", "0500", (der: Der) => der.sequence()],
    ["two elements where one belongs", "300405000500", (der: Der) => der.only(TAG.sequence)],
    ["too many elements", `308203ea${"0500".repeat(501)}`, (der: Der) => der.children(TAG.set)],
  ])("refuses %s", (_, hex, use) => {
    expect(() => use(read(hex))).toThrow(DerError);
  });

  it("reads named bits", () => {
    expect([...read("03020780").namedBits(), ...read("03020106").namedBits()]).toEqual([0, 5, 6]);
    expect([...read("030100").namedBits()]).toEqual([]);
  });

  it("answers any bytes with a value or a DerError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const read = (): readonly string[] => {
          const der = Der.read(bytes);
          return [
            der.encoded.toString("hex"),
            ...der.children(der.tag).map((child) => child.oid()),
          ];
        };
        expect(answerOf(read)).toSatisfy(
          (answer) => answer instanceof DerError || answer === Buffer.from(bytes).toString("hex"),
        );
      }),
    );
  });
});
