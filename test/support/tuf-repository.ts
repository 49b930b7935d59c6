import { generateKeyPairSync, hash, sign, type KeyObject } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { posix } from "node:path";
import { onTestFinished } from "vitest";
import { canonicalJson, type Json, type JsonObject } from "../../src/model/canonical.ts";

/** A TUF repository (specification 1.0) with keys of its own, written without the library we read it with. */
export interface TufRepository {
  /** The first root, which clients trust as it is. */
  readonly anchor: Buffer;
  /** By path under the mirror's address. A test may change any. */
  readonly files: Map<string, Buffer>;
  publish(targets: Readonly<Record<string, string>>, options?: PublishOptions): void;
  /** A new root with new keys for every role, signed by the old and the new root key. */
  rotate(options?: { readonly forget?: "old-signature" }): void;
}

export interface PublishOptions {
  /** How long timestamp and snapshot hold, from the repository's moment on. */
  readonly holdMs?: number;
  /** Nothing counts up, as when an older copy of a repository is put back. */
  readonly versions?: { readonly online: number };
}

interface Signer {
  readonly keyId: string;
  readonly json: JsonObject;
  readonly privateKey: KeyObject;
}

interface Keys {
  readonly root: Signer;
  readonly online: Signer;
  readonly delegate: Signer;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const YEAR_MS = 52 * WEEK_MS;
/** Like the public-good repository, this one leaves the registry's keys to a role of their own. */
const DELEGATE = "registry.keys";

export function tufRepository(nowMs: number): TufRepository {
  const files = new Map<string, Buffer>();
  const state = { rootVersion: 1, online: 0, keys: newKeys() };
  const longMs = nowMs + YEAR_MS;
  const putRoot = (signers: readonly Signer[]): Buffer => {
    const root = signed(rootOf(state.keys, state.rootVersion, longMs), signers);
    files.set(`${String(state.rootVersion)}.root.json`, root);
    return root;
  };
  return {
    anchor: putRoot([state.keys.root]),
    files,
    rotate: ({ forget } = {}) => {
      const before = state.keys.root;
      state.keys = newKeys();
      state.rootVersion++;
      putRoot(forget === undefined ? [before, state.keys.root] : [state.keys.root]);
    },
    publish: (targets, { holdMs = WEEK_MS, versions } = {}) => {
      state.online = versions?.online ?? state.online + 1;
      const { keys, online } = state;
      const [mine, delegated] = [false, true].map((isKeys) =>
        Object.entries(targets).filter(([name]) => name.endsWith("/keys.json") === isKeys),
      );
      putTargets(files, [...(mine ?? []), ...(delegated ?? [])]);
      const put = (name: string, body: JsonObject, signer: Signer, prefix = true): Buffer => {
        const bytes = signed(body, [signer]);
        files.set(prefix ? `${String(online)}.${name}.json` : `${name}.json`, bytes);
        return bytes;
      };
      const base = { spec_version: "1.0.31", version: online };
      const holds = { ...base, expires: dateOf(nowMs + holdMs) };
      const stays = { ...base, expires: dateOf(longMs) };
      const folders = (delegated ?? []).map(([name]) => `${posix.dirname(name)}/*`);
      put(DELEGATE, { _type: "targets", ...stays, targets: infos(delegated ?? []) }, keys.delegate);
      const delegations = delegationsOf(keys.delegate, folders);
      put(
        "targets",
        { _type: "targets", ...stays, targets: infos(mine ?? []), delegations },
        keys.online,
      );
      const meta = {
        "targets.json": { version: online },
        [`${DELEGATE}.json`]: { version: online },
      };
      const snapshot = put("snapshot", { _type: "snapshot", ...holds, meta }, keys.online);
      const info = { version: online, ...lengthAndHash(snapshot) };
      const timestamp = { _type: "timestamp", ...holds, meta: { "snapshot.json": info } };
      put("timestamp", timestamp, keys.online, false);
    },
  };
}

function newKeys(): Keys {
  return { root: newSigner(), online: newSigner(), delegate: newSigner() };
}

function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const json = {
    keytype: "ed25519",
    scheme: "ed25519",
    keyval: { public: Buffer.from(x ?? "", "base64url").toString("hex") },
  };
  return { keyId: hash("sha256", canonicalJson(json)), json, privateKey };
}

/** TUF's own canonical JSON equals RFC 8785 for what stands in these documents. */
function signed(body: JsonObject, signers: readonly Signer[]): Buffer {
  const message = Buffer.from(canonicalJson(body));
  const signatures = signers.map(({ keyId, privateKey }) => ({
    keyid: keyId,
    sig: sign(null, message, privateKey).toString("hex"),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed: body }));
}

function rootOf({ root, online }: Keys, version: number, expiresMs: number): JsonObject {
  const by = ({ keyId }: Signer): Json => ({ keyids: [keyId], threshold: 1 });
  return {
    _type: "root",
    spec_version: "1.0.31",
    version,
    expires: dateOf(expiresMs),
    consistent_snapshot: true,
    keys: { [root.keyId]: root.json, [online.keyId]: online.json },
    roles: { root: by(root), timestamp: by(online), snapshot: by(online), targets: by(online) },
  };
}

function delegationsOf({ keyId, json }: Signer, paths: readonly string[]): JsonObject {
  const role = { name: DELEGATE, keyids: [keyId], threshold: 1, terminating: true, paths };
  return { keys: { [keyId]: json }, roles: [role] };
}

type NamedTexts = readonly (readonly [string, string])[];

function infos(targets: NamedTexts): JsonObject {
  return Object.fromEntries(
    targets.map(([name, text]) => [name, lengthAndHash(Buffer.from(text))]),
  );
}

function putTargets(files: Map<string, Buffer>, targets: NamedTexts): void {
  for (const [name, text] of targets) {
    const { dir, base } = posix.parse(name);
    files.set(posix.join("targets", dir, `${hash("sha256", text)}.${base}`), Buffer.from(text));
  }
}

function lengthAndHash(bytes: Buffer): { length: number; hashes: { sha256: string } } {
  return { length: bytes.length, hashes: { sha256: hash("sha256", bytes) } };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

export interface Mirror {
  /** Without a slash at the end. */
  readonly url: string;
  readonly asked: string[];
  files: ReadonlyMap<string, Buffer>;
  /** Answers in place of the files; false leaves it to them. */
  misbehave: (path: string, response: ServerResponse) => boolean;
}

/** The files on a loopback port, until the test ends. */
export async function serveMirror(files: ReadonlyMap<string, Buffer>): Promise<Mirror> {
  const mirror: Mirror = { url: "", asked: [], files, misbehave: () => false };
  const server = createServer((request, response) => {
    const path = (request.url ?? "").slice("/tuf/".length);
    mirror.asked.push(path);
    if (mirror.misbehave(path, response)) return;
    const bytes = mirror.files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has such an address
  const { port } = server.address() as AddressInfo;
  return Object.assign(mirror, { url: `http://127.0.0.1:${String(port)}/tuf` });
}
