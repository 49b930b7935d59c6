import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { join } from "node:path";
import { Failure } from "../model/failure.ts";
import { sweepUnfinished, type Files } from "../platform/files.ts";

/** The Ed25519 key (RFC 8032) with which this installation signs what it writes into its store. */
export interface InstallationKey {
  /** Base64. `purpose` keeps a signature made for one kind of row from passing for another. */
  sign(purpose: Purpose, text: string): string;
  verify(purpose: Purpose, text: string, signature: string): boolean;
}

/** The number rises when the meaning of the signed text changes: old rows then no longer verify. */
export type Purpose =
  | "seen 1"
  | "seen-head 1"
  | "seen-head 2"
  | "origin 1"
  | "origins-head 1"
  | "verdict 1"
  | "answer 1";

const KEY_FILE = "installation.key";

/**
 * Several processes may come here at once on first use: each makes a key, the file system lets one
 * of them win, and all go on with the winner's.
 *
 * @throws Failure "store-altered" when the file holds no Ed25519 key
 */
export async function openInstallationKey(
  folder: string,
  files: Files,
  nowMs: number,
): Promise<InstallationKey> {
  const path = join(folder, KEY_FILE);
  const existing = await files.read(path);
  if (existing !== undefined) return parseKey(existing, path);
  await sweepUnfinished(files, folder, nowMs);
  // Durable: rows that outlive their key in a power cut would all look altered.
  await files.create(path, newKey(), { durable: true });
  return parseKey((await files.read(path)) ?? Buffer.alloc(0), path);
}

function newKey(): Buffer {
  const { privateKey } = generateKeyPairSync("ed25519");
  return Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" }));
}

function parseKey(pem: Buffer, path: string): InstallationKey {
  const privateKey = ed25519Of(pem);
  if (privateKey === undefined) {
    throw new Failure(
      "store-altered",
      `${path} holds no signing key any more. Move its folder away to start afresh; what Veln remembered of packages is lost with it.`,
      { path },
    );
  }
  const publicKey = createPublicKey(privateKey);
  return {
    sign: (purpose, text) => sign(null, signedBytes(purpose, text), privateKey).toString("base64"),
    verify: (purpose, text, signature) =>
      verify(null, signedBytes(purpose, text), publicKey, Buffer.from(signature, "base64")),
  };
}

function ed25519Of(pem: Buffer): ReturnType<typeof createPrivateKey> | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

function signedBytes(purpose: Purpose, text: string): Buffer {
  return Buffer.from(`veln ${purpose}\n${text}`);
}
