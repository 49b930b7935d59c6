import { createHash } from "node:crypto";
import { Packument } from "../../src/acquire/packument.ts";
import type { ForwardAnswer, Registry } from "../../src/acquire/registry.ts";
import { isJsonObject, type JsonObject } from "../../src/model/canonical.ts";
import { toSri, type Digests } from "../../src/model/digests.ts";
import type { Failure } from "../../src/model/failure.ts";
import { packageTarball } from "./tarball.ts";

export const NOW_MS = Date.UTC(2026, 0, 10);
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const REGISTRY_URL = "https://registry.invalid/";

/** One version as its publisher made it, and what of it a test wants otherwise. */
export interface FakeVersion {
  readonly manifest?: JsonObject;
  /** Path → content, beside the package.json. */
  readonly files?: Readonly<Record<string, string>>;
  /** Milliseconds before {@link NOW_MS}; a month when left out, null for a version without a date. */
  readonly ageMs?: number | null;
  /** What the registry sends instead of what was published; null for 404. */
  readonly bytes?: Uint8Array | null;
  /** What the registry answers when asked for its attestations; 404 when left out. */
  readonly attestations?: string;
  /** Laid over the registry's entry for the version. */
  readonly entry?: JsonObject;
}

type FakePackage = Readonly<Record<string, FakeVersion>>;

export interface FakeWorld {
  readonly packages?: Readonly<Record<string, FakePackage>>;
  /** By name for packuments, by `name@version` for tarballs. */
  readonly failures?: Readonly<Record<string, Failure | Error>>;
  readonly forward?: Registry["forward"];
}

export interface FakeRegistry extends Registry {
  /** `packument x` and `tarball x@1.0.0`, in order. */
  readonly asked: readonly string[];
}

/** A registry in memory. */
export function fakeRegistry({ packages = {}, failures = {}, forward }: FakeWorld): FakeRegistry {
  const asked: string[] = [];
  const failFor = (key: string): void => {
    const failure = Object.hasOwn(failures, key) ? failures[key] : undefined;
    if (failure !== undefined) throw failure;
  };
  return {
    asked,
    packument: async (name) => {
      asked.push(`packument ${name}`);
      failFor(name);
      const versions = Object.hasOwn(packages, name) ? packages[name] : undefined;
      return versions === undefined ? undefined : Packument.of(name, documentOf(name, versions));
    },
    tarball: async ({ ref, tarballUrl }) => {
      asked.push(`tarball ${ref.name}@${ref.version}`);
      failFor(`${ref.name}@${ref.version}`);
      const version = packages[ref.name]?.[ref.version];
      if (version === undefined || version.bytes === null) return undefined;
      const bytes = version.bytes ?? publishedBytes(ref.name, ref.version, version);
      return { url: tarballUrl, bytes, digests: digestsOf(bytes) };
    },
    attestations: async (ref) => {
      asked.push(`attestations ${ref.name}@${ref.version}`);
      failFor(`attestations ${ref.name}@${ref.version}`);
      return packages[ref.name]?.[ref.version]?.attestations;
    },
    forward: forward ?? (() => Promise.resolve(forwardAnswer(404, "{}"))),
    baseUrl: () => REGISTRY_URL,
    close: () => Promise.resolve(),
  };
}

export function forwardAnswer(status: number, body: string | readonly Uint8Array[]): ForwardAnswer {
  const chunks = typeof body === "string" ? [Buffer.from(body)] : body;
  return { status, headers: {}, body: inChunks(chunks) };
}

async function* inChunks(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

export function publishedBytes(name: string, version: string, made: FakeVersion = {}): Uint8Array {
  return packageTarball([
    { path: "package.json", content: JSON.stringify(manifestOf(name, version, made)) },
    ...Object.entries(made.files ?? {}).map(([path, content]) => ({ path, content })),
  ]);
}

export function digestsOf(bytes: Uint8Array): Digests {
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
  return { sha512: digest("sha512"), sha256: digest("sha256"), sha1: digest("sha1") };
}

function manifestOf(name: string, version: string, { manifest = {} }: FakeVersion): JsonObject {
  return { name, version, description: "A package", license: "MIT", ...manifest };
}

function documentOf(name: string, versions: FakePackage): JsonObject {
  const all = Object.entries(versions);
  const entries = all.map(([version, made]) => [version, entryOf(name, version, made)] as const);
  const times = all
    .filter(([, { ageMs }]) => ageMs !== null)
    .map(([version, { ageMs }]) => {
      return [version, new Date(NOW_MS - (ageMs ?? 30 * DAY_MS)).toISOString()] as const;
    });
  const latest = all.at(-1)?.[0] ?? "";
  return {
    name,
    "dist-tags": { latest },
    versions: Object.fromEntries(entries),
    time: Object.fromEntries(times),
  };
}

function entryOf(name: string, version: string, made: FakeVersion): JsonObject {
  const tarball = `${REGISTRY_URL}${name}/-/${version}.tgz`;
  const integrity = toSri(digestsOf(publishedBytes(name, version, made)));
  const entry = { ...manifestOf(name, version, made), dist: { tarball, integrity } };
  return isJsonObject(made.entry) ? { ...entry, ...made.entry } : entry;
}
