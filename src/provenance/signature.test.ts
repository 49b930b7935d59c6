import { generateKeyPairSync, hash, sign, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otherSignature } from "../../test/support/sigstore/edit.ts";
import { element, sequence, TAG } from "../../test/support/sigstore/der.ts";
import { isDigestSignedBy, isSignedBy } from "./signature.ts";

const P256 = generateKeyPairSync("ec", { namedCurve: "P-256" });

function both(key: KeyObject, message: Buffer, signature: Uint8Array): readonly boolean[] {
  const digest = hash("sha256", message, "buffer");
  return [isSignedBy(key, message, signature), isDigestSignedBy(key, digest, signature)];
}

describe("a signature over a digest alone", () => {
  it("is read as OpenSSL reads one over the message: the right one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const message = Buffer.from(bytes);
        const signature = sign("sha256", message, P256.privateKey);
        expect(both(P256.publicKey, message, signature)).toEqual([true, true]);
        expect(both(P256.publicKey, message, otherSignature(signature))).toEqual([true, true]);
      }),
    );
  });

  it("is read as OpenSSL reads one over the message: an altered one", () => {
    const message = Buffer.from("message");
    const signature = sign("sha256", message, P256.privateKey);
    const replaced = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(fc.nat(signature.length), fc.nat(4), replaced, (at, length, bytes) => {
        const head = signature.subarray(0, at);
        const altered = Buffer.concat([head, bytes, signature.subarray(at + length)]);
        const isSame = altered.equals(signature);
        expect(both(P256.publicKey, message, altered)).toEqual([isSame, isSame]);
      }),
      { numRuns: 1000 },
    );
  });

  const integer = (...bytes: readonly number[]): Buffer => element(TAG.integer, Buffer.from(bytes));
  const order = Buffer.from(
    "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "hex",
  );

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["zeros", sequence(integer(0), integer(0))],
    ["negative numbers", sequence(integer(0xff), integer(0xff))],
    ["the curve's order", sequence(integer(...order), integer(...order))],
    ["numbers too long", sequence(integer(...Buffer.alloc(40, 1)), integer(1))],
    ["an empty number", sequence(integer(), integer(1))],
    ["one number", sequence(integer(1))],
    ["three numbers", sequence(integer(1), integer(1), integer(1))],
  ])("is no signature: %s", (_, signature) => {
    expect(both(P256.publicKey, Buffer.from("message"), signature)).toEqual([false, false]);
  });

  it.each([
    ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["Ed25519", generateKeyPairSync("ed25519")],
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 })],
  ])("needs the message with a key of %s", (name, { privateKey, publicKey }) => {
    const message = Buffer.from("message");
    const algorithm = { "P-384": "sha384", Ed25519: null, RSA: "sha256" }[name] ?? null;
    const signature = sign(algorithm, message, privateKey);
    expect(both(publicKey, message, signature)).toEqual([true, false]);
  });
});
