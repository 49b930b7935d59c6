import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCheckpoint } from "./checkpoint.ts";

const ROOT = Buffer.alloc(32, 7);
const SIGNED = Buffer.from([1, 2, 3, 4, 5, 6]);
const body = (...more: readonly string[]): string =>
  ["log.invalid - 12", "42", ROOT.toString("base64"), ...more].map((line) => `${line}\n`).join("");
const line = (name: string, bytes: Buffer): string => `— ${name} ${bytes.toString("base64")}\n`;

describe("parseCheckpoint", () => {
  it("reads origin, size, root, signed bytes and every signature", () => {
    const text = `${body("extension")}\n${line("log.invalid", SIGNED)}${line("witness", SIGNED)}`;
    const signature = { keyHint: SIGNED.subarray(0, 4), signature: SIGNED.subarray(4) };
    expect(parseCheckpoint(text)).toEqual({
      origin: "log.invalid - 12",
      size: 42,
      root: ROOT,
      body: Buffer.from(body("extension")),
      signatures: [
        { name: "log.invalid", ...signature },
        { name: "witness", ...signature },
      ],
    });
  });

  const good = `${body()}\n${line("log.invalid", SIGNED)}`;
  it.each([
    ["no signature", `${body()}\n`],
    ["no blank line", body() + line("log.invalid", SIGNED)],
    ["no line end at the end", good.slice(0, -1)],
    ["text behind the signatures", `${good}more\n`],
    ["an empty line among the signatures", `${good}\n`],
    ["no origin", good.replace("log.invalid - 12", "")],
    ["no size", good.replace("42\n", "")],
    ["a size with a zero in front", good.replace("42", "042")],
    ["a negative size", good.replace("42", "-1")],
    ["a size beyond exact numbers", good.replace("42", "9007199254740993")],
    ["a short root", good.replace(ROOT.toString("base64"), "AAAA")],
    [
      "a root in another spelling",
      good.replace(ROOT.toString("base64"), ROOT.toString("base64url")),
    ],
    ["carriage returns", good.replaceAll("\n", "\r\n")],
    ["a hyphen for the dash", good.replace("—", "-")],
    ["a signature of a hint alone", `${body()}\n${line("log.invalid", SIGNED.subarray(0, 4))}`],
    ["too many signatures", `${body()}\n${line("log.invalid", SIGNED).repeat(65)}`],
    ["too much text", `${body("x".repeat(70_000))}\n${line("log.invalid", SIGNED)}`],
  ])("takes no checkpoint with %s", (_, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  it("takes one text for one checkpoint: what it reads is all there is", () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ maxLength: 2 }), (at, put) => {
        const read = parseCheckpoint(good.slice(0, at) + put + good.slice(at + 1));
        if (read === undefined) return;
        const printed = `${read.body.toString()}\n${read.signatures
          .map(({ name, keyHint, signature }) => line(name, Buffer.concat([keyHint, signature])))
          .join("")}`;
        expect(printed).toBe(good.slice(0, at) + put + good.slice(at + 1));
      }),
    );
  });
});
