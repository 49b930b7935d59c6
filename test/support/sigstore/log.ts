import { createHash, hash } from "node:crypto";
import { canonicalJson, type Json } from "../../../src/model/canonical.ts";
import { ecdsaKeys, ed25519Keys, signedBy, spkiOf, type KeyPair } from "./keys.ts";

/**
 * A transparency log: a Merkle tree of RFC 6962 that keeps its leaves, and a key that signs its head.
 * `v1` promises (SET) and has indices of its own beside those of its tree, as Rekor's shards do.
 */
export class Log {
  readonly generation: "v1" | "v2";
  readonly keys: KeyPair;
  readonly host: string;
  readonly origin: string;
  readonly id: Buffer;
  readonly #leaves: Buffer[] = [];

  constructor(generation: "v1" | "v2", host: string) {
    this.generation = generation;
    this.host = host;
    this.keys = generation === "v1" ? ecdsaKeys("P-256") : ed25519Keys();
    this.origin = generation === "v1" ? `${host} - 4815162342` : host;
    this.id = generation === "v1" ? hash("sha256", spkiOf(this.keys), "buffer") : this.#noteKeyId();
    // Others were there before, so that a proof has something to prove.
    for (let index = 0; index < EARLIER_ENTRIES; index += 1) {
      this.#leaves.push(leafHash(Buffer.from(`{"earlier":${String(index)}}`)));
    }
  }

  /** C2SP signed-note: SHA-256 of name, line end, 0x01 and the key. */
  #noteKeyId(): Buffer {
    const key = spkiOf(this.keys).subarray(-32);
    return createHash("sha256").update(`${this.host}\n`).update(Buffer.of(1)).update(key).digest();
  }

  /** @returns its place in the tree */
  append(body: Uint8Array): number {
    return this.#leaves.push(leafHash(body)) - 1;
  }

  /** The place that clients see: not the tree's where the log is one shard of several. */
  logIndex(place: number): number {
    return this.generation === "v1" ? place + EARLIER_SHARDS : place;
  }

  inclusionOf(place: number): Inclusion {
    const size = this.#leaves.length;
    return { size, root: rootOf(this.#leaves), hashes: pathOf(place, this.#leaves) };
  }

  /** @param signers further lines, such as witnesses', after the log's own */
  checkpoint(
    { size, root }: Inclusion,
    keys = this.keys,
    signers: readonly NoteSigner[] = [],
  ): string {
    const body = `${this.origin}\n${String(size)}\n${root.toString("base64")}\n`;
    const own = { name: this.host, keyHint: this.id.subarray(0, 4), keys };
    const lines = [own, ...signers].map((signer) => {
      const signature = Buffer.concat([signer.keyHint, signedBy(signer.keys, Buffer.from(body))]);
      return `— ${signer.name} ${signature.toString("base64")}\n`;
    });
    return `${body}\n${lines.join("")}`;
  }

  /** Signed entry timestamp. */
  promise(body: Uint8Array, logIndex: number, integratedTimeS: number, keys = this.keys): Buffer {
    const signed = canonicalJson({
      body: Buffer.from(body).toString("base64"),
      integratedTime: integratedTimeS,
      logID: this.id.toString("hex"),
      logIndex,
    });
    return signedBy(keys, Buffer.from(signed));
  }
}

export interface NoteSigner {
  readonly name: string;
  readonly keyHint: Buffer;
  readonly keys: KeyPair;
}

export interface Inclusion {
  readonly size: number;
  readonly root: Buffer;
  readonly hashes: readonly Buffer[];
}

const EARLIER_ENTRIES = 5;
const EARLIER_SHARDS = 4_000_000;

function leafHash(entry: Uint8Array): Buffer {
  return createHash("sha256").update(Buffer.of(0)).update(entry).digest();
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash("sha256").update(Buffer.of(1)).update(left).update(right).digest();
}

/** RFC 6962, section 2.1, as it stands there. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const left = splitOf(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)));
}

/** RFC 6962, section 2.1.1. */
function pathOf(place: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const left = splitOf(leaves.length);
  return place < left
    ? [...pathOf(place, leaves.slice(0, left)), rootOf(leaves.slice(left))]
    : [...pathOf(place - left, leaves.slice(left)), rootOf(leaves.slice(0, left))];
}

function splitOf(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

export type EntryKind = "hashedrekord 0.0.1" | "dsse 0.0.1" | "intoto 0.0.2" | "hashedrekord 0.0.2";

/** What an entry records. */
export interface Recorded {
  readonly payload: Buffer;
  readonly payloadType: string;
  /** What was signed: the message, or the envelope's pre-authentication encoding. */
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly keyId: string;
  /** PEM of certificate or key. */
  readonly verifierPem: string;
  readonly verifier: Buffer;
  readonly isCertificate: boolean;
}

/** An entry's canonical body, as the log would have made it. */
export function bodyOf(kind: EntryKind, recorded: Recorded): Buffer {
  const [name = "", version = ""] = kind.split(" ");
  const spec = SPECS[kind](recorded);
  return Buffer.from(canonicalJson({ apiVersion: version, kind: name, spec }));
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64");
const hashed = (bytes: Uint8Array): Json => ({ algorithm: "sha256", value: hash("sha256", bytes) });

const SPECS: Readonly<Record<EntryKind, (recorded: Recorded) => Json>> = {
  "hashedrekord 0.0.1": ({ signed, signature, verifierPem }) => ({
    data: { hash: hashed(signed) },
    signature: { content: base64(signature), publicKey: { content: base64(verifierPem) } },
  }),
  "dsse 0.0.1": ({ payload, signature, verifierPem }) => ({
    envelopeHash: hashed(Buffer.concat([payload, signature])),
    payloadHash: hashed(payload),
    signatures: [{ signature: base64(signature), verifier: base64(verifierPem) }],
  }),
  "intoto 0.0.2": ({ payload, payloadType, signature, keyId, verifierPem }) => ({
    content: {
      envelope: {
        payloadType,
        signatures: [
          {
            ...(keyId === "" ? {} : { keyid: keyId }),
            publicKey: base64(verifierPem),
            sig: base64(base64(signature)),
          },
        ],
      },
      hash: hashed(Buffer.concat([payload, signature])),
      payloadHash: hashed(payload),
    },
  }),
  "hashedrekord 0.0.2": ({ signed, signature, verifier, isCertificate }) => ({
    hashedRekordV002: {
      data: { algorithm: "SHA2_256", digest: hash("sha256", signed, "base64") },
      signature: {
        content: base64(signature),
        verifier: {
          keyDetails: "PKIX_ECDSA_P256_SHA_256",
          [isCertificate ? "x509Certificate" : "publicKey"]: { rawBytes: base64(verifier) },
        },
      },
    },
  }),
};
