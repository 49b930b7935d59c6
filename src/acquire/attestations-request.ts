import { Failure } from "../model/failure.ts";
import { label, type PackageRef } from "../model/package-ref.ts";
import type { Clock } from "../platform/clock.ts";
import type { NetworkAnswer } from "../platform/network.ts";
import { askPatiently, type Asker } from "./asking.ts";
import { codingOf, compress, decode, headerOf, readBytes } from "./body.ts";
import { registryFor } from "./npm-config.ts";
import type { KeptPackument, PackumentCache } from "./packument-cache.ts";
import type { RegistryOptions } from "./registry.ts";

const ATTESTATIONS_BOUND = { name: "ATTESTATIONS_BYTES_MAX", bytes: 8 * 1024 * 1024 };
/**
 * Attestations come with the version and stay what they are, and whoever reads them verifies them
 * anew. So what is kept can be old; but an answer that was wrong must not be kept for long.
 */
const FRESH_MS = 60 * 60_000;

export interface AttestationsSource {
  readonly asker: Asker;
  readonly cache: PackumentCache;
  readonly clock: Clock;
  readonly offline: boolean;
}

/**
 * What `/-/npm/v1/attestations/<name>@<version>` below the registry in use answers. The address that
 * a packument advertises is never asked: it could name any host.
 */
export async function obtainAttestations(
  source: AttestationsSource,
  ref: PackageRef,
  options: RegistryOptions,
): Promise<string | undefined> {
  const registry = registryFor(source.asker.config, ref.name);
  const name = ref.name.replace("/", "%2f");
  const path = `-/npm/v1/attestations/${name}@${encodeURIComponent(ref.version)}`;
  const url = new URL(path, registry);
  const key = `attestations ${url.href}`;
  const kept = await source.cache.get(key);
  if (kept !== undefined && isUsable(source, kept, options)) {
    return textOf(await decode(kept.bytes, kept.coding, url, ATTESTATIONS_BOUND));
  }
  if (source.offline) {
    const message = `What attests ${label(ref)} has to be asked for, and Veln is offline.`;
    throw new Failure("offline", message, { package: label(ref) });
  }
  const received = await download(source, { ref, registry, url }, options);
  if (received === undefined) {
    source.cache.remove(key);
    return undefined;
  }
  source.cache.put(key, received.kept, { onDisk: received.isStorable });
  return received.text;
}

function isUsable(
  { clock, offline }: AttestationsSource,
  { freshUntilMs }: KeptPackument,
  { preferCached }: RegistryOptions,
): boolean {
  const leftMs = freshUntilMs - clock();
  return offline || preferCached === true || (leftMs > 0 && leftMs <= FRESH_MS);
}

interface Question {
  readonly ref: PackageRef;
  readonly registry: string;
  readonly url: URL;
}

interface Received {
  readonly text: string;
  readonly kept: KeptPackument;
  readonly isStorable: boolean;
}

function download(
  { asker, clock }: AttestationsSource,
  { ref, registry, url }: Question,
  { signal }: RegistryOptions,
): Promise<Received | undefined> {
  const headers = {
    accept: "application/json",
    "accept-encoding": "gzip, br, deflate",
    "user-agent": asker.config.userAgent,
  };
  const question = { url, registry, method: "GET", headers, signal };
  return askPatiently(asker, question, async (answer, from) => {
    if (answer.status === 200) return receive(answer, from, clock() + FRESH_MS);
    return refuse(answer, from, ref);
  });
}

async function receive(answer: NetworkAnswer, url: URL, freshUntilMs: number): Promise<Received> {
  const coding = codingOf(answer, url);
  const bytes = await readBytes(answer, url, ATTESTATIONS_BOUND);
  const text = textOf(await decode(bytes, coding, url, ATTESTATIONS_BOUND));
  const packed =
    coding === "identity"
      ? { coding: "gzip" as const, bytes: await compress(bytes) }
      : { coding, bytes };
  return {
    text,
    kept: { ...packed, etag: undefined, lastModified: undefined, freshUntilMs },
    isStorable: !/\bno-store\b/i.test(headerOf(answer, "cache-control") ?? ""),
  };
}

/** @returns undefined when there are none */
async function refuse(answer: NetworkAnswer, url: URL, ref: PackageRef): Promise<undefined> {
  await answer.discard();
  if (answer.status === 404 || answer.status === 410) return undefined;
  throw new Failure(
    "bad-metadata",
    `${url.host} answered ${String(answer.status)} when asked for the attestations of ${label(ref)}.`,
    { package: label(ref), url: url.href, status: answer.status },
  );
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
