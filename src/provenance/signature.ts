import { verify, type KeyObject } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { hashOf } from "./certificate.ts";

/** Whether `signature` is the key's over `message`, hashed as Sigstore hashes for this kind of key. */
export function isSignedBy(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  const hash = hashOf(key);
  if (hash === undefined) return false;
  return verifies(hash === "none" ? null : hash, message, key, signature);
}

/** OpenSSL throws for some signatures that are no DER, and answers false for others. */
export function verifies(
  hash: string | null,
  message: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  try {
    return verify(hash, message, key, signature);
  } catch {
    return false;
  }
}

/** OIDs of signatures on certificates and time stamps: the hash, and the key they need. */
const ALGORITHMS: Readonly<Record<string, readonly [hash: string | null, keyType: string]>> = {
  "1.2.840.10045.4.3.2": ["sha256", "ec"],
  "1.2.840.10045.4.3.3": ["sha384", "ec"],
  "1.2.840.10045.4.3.4": ["sha512", "ec"],
  "1.2.840.113549.1.1.11": ["sha256", "rsa"],
  "1.2.840.113549.1.1.12": ["sha384", "rsa"],
  "1.2.840.113549.1.1.13": ["sha512", "rsa"],
  "1.3.101.112": [null, "ed25519"],
};

/** Whether a certificate's or time stamp's signature, made by a named algorithm, is the key's. */
export function isSignedWith(
  algorithm: string,
  key: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const [hash, keyType] = ALGORITHMS[algorithm] ?? [];
  if (hash === undefined || keyType !== key.asymmetricKeyType) return false;
  return verifies(hash, message, key, signature);
}

/**
 * As {@link isSignedBy}, for a message of which only the SHA-256 is known. `node:crypto` hashes by
 * itself, so this takes a JavaScript implementation, and only keys that sign a SHA-256 over P-256.
 */
export function isDigestSignedBy(
  key: KeyObject,
  sha256: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (hashOf(key) !== "sha256" || key.asymmetricKeyType !== "ec") return false;
  const { x, y } = key.export({ format: "jwk" });
  const point = Buffer.concat([
    Buffer.of(0x04),
    Buffer.from(x ?? "", "base64url"),
    Buffer.from(y ?? "", "base64url"),
  ]);
  try {
    return p256.verify(signature, sha256, point, { prehash: false, format: "der", lowS: false });
  } catch {
    return false;
  }
}
