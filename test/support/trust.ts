import { generateKeyPairSync, hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { systemConfigFiles } from "../../src/platform/config-files.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { createNetwork, type Network } from "../../src/platform/network.ts";
import { NO_PROXY } from "../../src/platform/proxy.ts";
import { loadShipped, type Shipped } from "../../src/provenance/trust-material/shipped.ts";
import {
  openTrust,
  type Trust,
  type TrustMaterial,
  type TrustOptions,
} from "../../src/provenance/trust-material/trust.ts";
import { serveMirror, tufRepository, type Mirror, type TufRepository } from "./tuf-repository.ts";

export const NOW_MS = Date.UTC(2026, 5, 1, 12);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const REGISTRY = "https://registry.invalid/";
export const KEYS_TARGET = "registry.invalid/keys.json";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "veln-trust-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function testNetwork(): Network {
  const network = createNetwork({
    tls: { authorities: undefined, verify: true, clientCertificate: undefined },
    proxy: NO_PROXY,
    connectionsPerOrigin: 2,
    silenceMs: 10_000,
  });
  onTestFinished(() => network.close());
  return network;
}

/** A trust root that differs from the shipped one in the addresses of its logs. */
export function trustRootWithLogs(...names: readonly string[]): string {
  const root = JSON.parse(loadShipped().trustRoot.toString("utf8"));
  const [log] = root.tlogs;
  root.tlogs = names.map((name) =>
    Object.assign(structuredClone(log), { baseUrl: `https://${name}.invalid` }),
  );
  return JSON.stringify(root);
}

/** So many keys of a registry, as its endpoint lists them. */
export function keysText(count: number): string {
  const keys = Array.from({ length: count }, () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = publicKey.export({ format: "der", type: "spki" });
    const head = "0000001365636473612d736861322d6e69737470323536000000086e697374703235360000004104";
    const wire = Buffer.concat([Buffer.from(head, "hex"), spki.subarray(-64)]);
    const keyid = `SHA256:${hash("sha256", wire, "base64").slice(0, 43)}`;
    const type = "ecdsa-sha2-nistp256";
    return { expires: null, keyid, keytype: type, scheme: type, key: spki.toString("base64") };
  });
  return JSON.stringify({ keys });
}

/** What a test tells materials apart by: names of logs, number of keys' uses, and the origin. */
export function shown({ root, keys, origin }: TrustMaterial): object {
  const logs = root.logs.map(({ baseUrl }) => new URL(baseUrl).host.replace(".invalid", ""));
  return { logs, keys: keys.size, origin };
}

/** A mirror, a Veln that came with its first root and with other material, and a cache. */
export interface Scene {
  readonly repository: TufRepository;
  readonly mirror: Mirror;
  readonly folder: string;
  readonly shipped: Shipped;
  /** A new process, at a moment. */
  readonly open: (nowMs?: number, options?: Partial<TrustOptions>) => Trust;
  /** What a new process finds for any registry. */
  readonly ask: (nowMs?: number, options?: Partial<TrustOptions>) => Promise<object>;
}

export async function scene(): Promise<Scene> {
  const repository = tufRepository(NOW_MS);
  repository.publish({
    "trusted_root.json": trustRootWithLogs("first"),
    [KEYS_TARGET]: keysText(1),
  });
  const mirror = await serveMirror(repository.files);
  const folder = temporaryFolder();
  const network = testNetwork();
  const shipped: Shipped = {
    repository: { mirror: mirror.url, root: repository.anchor, keysTarget: KEYS_TARGET },
    trustRoot: Buffer.from(trustRootWithLogs("shipped")),
    keys: Buffer.from(keysText(3)),
  };
  const open: Scene["open"] = (nowMs = NOW_MS, options = {}) =>
    openTrust({
      registries: [],
      configFiles: systemConfigFiles,
      folder,
      files: systemFiles,
      network,
      clock: () => nowMs,
      offline: false,
      shipped,
      ...options,
    });
  return {
    repository,
    mirror,
    folder,
    shipped,
    open,
    ask: async (nowMs, options) => shown(await open(nowMs, options).forRegistry(REGISTRY)),
  };
}
