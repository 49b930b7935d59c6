import { generateKeyPairSync, hash, sign, type KeyObject } from "node:crypto";
import { bitString, oid, sequence } from "./der.ts";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export type Curve = "P-256" | "P-384";

export function ecdsaKeys(curve: Curve): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: curve });
}

export function ed25519Keys(): KeyPair {
  return generateKeyPairSync("ed25519");
}

export function spkiOf({ publicKey }: KeyPair): Buffer {
  return publicKey.export({ format: "der", type: "spki" });
}

export function pemOf({ publicKey }: KeyPair): string {
  return String(publicKey.export({ format: "pem", type: "spki" }));
}

/** DER for ECDSA, hashed as goes with the curve; plain for Ed25519. */
export function signedBy({ privateKey }: KeyPair, message: Uint8Array): Buffer {
  return sign(hashFor(privateKey), message, privateKey);
}

function hashFor(key: KeyObject): "sha256" | "sha384" | null {
  if (key.asymmetricKeyType === "ed25519") return null;
  return key.asymmetricKeyDetails?.namedCurve === "secp384r1" ? "sha384" : "sha256";
}

/** AlgorithmIdentifier of what {@link signedBy} makes. */
export function signatureAlgorithm({ privateKey }: KeyPair): Buffer {
  const name = hashFor(privateKey) ?? "none";
  const ids = { sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3", none: "1.3.101.112" };
  return sequence(oid(ids[name]));
}

export function signatureBits(keys: KeyPair, message: Uint8Array): Buffer {
  return bitString(signedBy(keys, message));
}

/** RFC 5280, section 4.2.1.2, first method: SHA-1 of the key's bits, which end every SPKI of ours. */
export function keyIdentifier(keys: KeyPair): Buffer {
  const { namedCurve } = keys.publicKey.asymmetricKeyDetails ?? {};
  const bitsLength = namedCurve === "secp384r1" ? 97 : 65;
  return hash("sha1", spkiOf(keys).subarray(-bitsLength), "buffer");
}

/** npm's key id: of the key as OpenSSH writes it, base64 without padding. */
export function npmKeyId(keys: KeyPair): string {
  const parts = ["ecdsa-sha2-nistp256", "nistp256", spkiOf(keys).subarray(-65)].flatMap((part) => {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return `SHA256:${hash("sha256", Buffer.concat(parts), "base64").replace(/=+$/, "")}`;
}
