import { Failure } from "../model/failure.ts";
import { isPackageName } from "../model/package-ref.ts";
import type { Clock } from "../platform/clock.ts";
import { Gauge } from "../platform/gauge.ts";
import type { Headers, NetworkAnswer } from "../platform/network.ts";
import { askPatiently, type Asker } from "./asking.ts";
import { announcedLength, codingOf, compress, decode, headerOf, readBytes } from "./body.ts";
import { registryFor } from "./npm-config.ts";
import type { KeptPackument, PackumentCache, Parsed } from "./packument-cache.ts";
import { Packument } from "./packument.ts";
import type { RegistryOptions } from "./registry.ts";
import { createSizedLru, type SizedLru } from "./sized-lru.ts";
import { createSingleFlight } from "./single-flight.ts";

const RECEIVED_BOUND = { name: "PACKUMENT_RECEIVED_BYTES_MAX", bytes: 128 * 1024 * 1024 };
const PACKUMENT_BOUND = { name: "PACKUMENT_BYTES_MAX", bytes: 256 * 1024 * 1024 };
/** Whatever a registry allows, it is asked again after this. */
const FRESH_MAX_MS = 5 * 60_000;

/**
 * One install asks about a package for its dependents and again for its tarball. What the registry
 * said a moment ago serves both, whether or not it says how long it holds.
 */
const SAME_INSTALL_MS = 5 * 60_000;
const ANSWERS_NOTED_MAX = 10_000;

/** JSON texts that are read and parsed at the same time: each takes several times its size. */
const IN_HAND_BYTES_MAX = 16 * 1024 * 1024;
const UNANNOUNCED_BYTES = 1024 * 1024;
/** Packuments repeat themselves. */
const USUAL_COMPRESSION = 8;

const FULL = "application/json";
const ABBREVIATED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";

export interface PackumentSource {
  readonly asker: Asker;
  readonly cache: PackumentCache;
  readonly clock: Clock;
  readonly offline: boolean;
}

interface Source extends PackumentSource {
  readonly inHand: Gauge;
  /** Key → when this process last had an answer from the registry itself. */
  readonly answeredAtMs: SizedLru<number>;
}

type Fetch = (name: string, options: RegistryOptions) => Promise<Packument | undefined>;

export function createPackumentFetch(given: PackumentSource): Fetch {
  const source: Source = {
    ...given,
    inHand: new Gauge(IN_HAND_BYTES_MAX),
    answeredAtMs: createSizedLru(ANSWERS_NOTED_MAX),
  };
  const flights = createSingleFlight<Packument | undefined>();
  return async (name, options) => {
    if (!isPackageName(name)) return undefined;
    const url = packumentUrl(registryFor(source.asker.config, name), name);
    const fullKey = `full ${url.href}`;
    const key = options.abbreviated === true ? `abbreviated ${url.href}` : fullKey;
    const wanted: Wanted = { name, url, key, fullKey, options };
    const flight = options.preferCached === true ? `cached ${key}` : key;
    return flights.run(flight, options.signal, (stop) => obtain(source, wanted, stop));
  };
}

interface Wanted {
  readonly name: string;
  readonly url: URL;
  /** Under which the cache keeps it. */
  readonly key: string;
  /** Under which it keeps the whole document, which answers for the short form as well. */
  readonly fullKey: string;
  readonly options: RegistryOptions;
}

/** Scoped names are one segment of the path: `@scope%2fname`. */
function packumentUrl(registry: string, name: string): URL {
  return new URL(name.replace("/", "%2f"), registry);
}

/** An answer that the cache holds. */
interface Held {
  readonly key: string;
  readonly kept: KeptPackument;
}

async function obtain(
  source: Source,
  wanted: Wanted,
  stop: AbortSignal,
): Promise<Packument | undefined> {
  const held = await heldFor(source, wanted);
  const usable = held.find((answer) => isUsable(source, answer, wanted));
  if (usable !== undefined) return parse(source, wanted, usable);
  if (source.offline) {
    throw new Failure("offline", `${wanted.name} is not in the cache, and Veln is offline.`, {
      package: wanted.name,
    });
  }
  return download(source, wanted, held[0], stop);
}

/** What was asked for before what answers for it. */
async function heldFor({ cache }: Source, { key, fullKey }: Wanted): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (const candidate of new Set([key, fullKey])) {
    const kept = await cache.get(candidate);
    if (kept !== undefined) held.push({ key: candidate, kept });
  }
  return held;
}

function isUsable(source: Source, { key, kept }: Held, { options }: Wanted): boolean {
  if (source.offline || options.preferCached === true) return true;
  const answeredAtMs = source.answeredAtMs.get(key) ?? -Infinity;
  if (answeredAtMs + SAME_INSTALL_MS > source.clock()) return true;
  const leftMs = kept.freshUntilMs - source.clock();
  return leftMs > 0 && leftMs <= FRESH_MAX_MS;
}

async function download(
  source: Source,
  wanted: Wanted,
  held: Held | undefined,
  stop: AbortSignal,
): Promise<Packument | undefined> {
  const { asker, cache } = source;
  const question = {
    url: wanted.url,
    registry: registryFor(asker.config, wanted.name),
    method: "GET",
    headers: headersFor(asker, wanted, held?.kept),
    signal: stop,
  };
  const received = await askPatiently(asker, question, (answer, url) =>
    receive(source, wanted, held?.kept, answer, url),
  );
  if (received === undefined) {
    for (const key of new Set([wanted.key, wanted.fullKey])) cache.remove(key);
    return undefined;
  }
  const { kept, parsed, storable } = received;
  const key = keyOf(wanted, held, parsed);
  source.answeredAtMs.set(key, source.clock(), 1);
  if (parsed !== undefined) cache.keepParsed(key, kept, parsed);
  cache.put(key, kept, { onDisk: storable });
  return parsed?.packument ?? parse(source, wanted, { key, kept });
}

/** Some registries have no short form: what they send instead need not be asked for again. */
function keyOf(wanted: Wanted, held: Held | undefined, parsed: Parsed | undefined): string {
  if (parsed === undefined) return held?.key ?? wanted.key;
  return parsed.packument.dated ? wanted.fullKey : wanted.key;
}

function headersFor({ config }: Asker, wanted: Wanted, kept: KeptPackument | undefined): Headers {
  return {
    accept: wanted.options.abbreviated === true ? ABBREVIATED : FULL,
    "accept-encoding": "gzip, br, deflate",
    "user-agent": config.userAgent,
    ...(kept?.etag === undefined ? {} : { "if-none-match": kept.etag }),
    ...(kept?.lastModified === undefined ? {} : { "if-modified-since": kept.lastModified }),
  };
}

interface Received {
  readonly kept: KeptPackument;
  /** Undefined when the registry said that what was kept is still true. */
  readonly parsed: Parsed | undefined;
  /** False when the registry forbids it; this process may still use what it asked for itself. */
  readonly storable: boolean;
}

async function receive(
  source: Source,
  wanted: Wanted,
  kept: KeptPackument | undefined,
  answer: NetworkAnswer,
  url: URL,
): Promise<Received | undefined> {
  const { storable, freshUntilMs } = freshnessOf(answer, source.clock());
  if (answer.status === 304 && kept !== undefined) {
    await answer.discard();
    return { kept: { ...kept, freshUntilMs }, parsed: undefined, storable };
  }
  if (answer.status !== 200) {
    await answer.discard();
    if (answer.status === 404 || answer.status === 410) return undefined;
    throw new Failure(
      "bad-metadata",
      `${url.host} answered ${String(answer.status)} when asked about ${wanted.name}.`,
      { package: wanted.name, url: url.href, status: answer.status },
    );
  }
  const etag = headerOf(answer, "etag");
  const lastModified = headerOf(answer, "last-modified");
  const { parsed, ...packed } = await source.inHand.run(expectedBytes(answer), () =>
    readAndParse(wanted, answer, url),
  );
  return { kept: { ...packed, etag, lastModified, freshUntilMs }, parsed, storable };
}

async function readAndParse(
  { name, options }: Wanted,
  answer: NetworkAnswer,
  url: URL,
): Promise<Pick<KeptPackument, "bytes" | "coding"> & { readonly parsed: Parsed }> {
  const coding = codingOf(answer, url);
  const bytes = await readBytes(answer, url, RECEIVED_BOUND, options.onProgress);
  const parsed = parseJsonBytes(name, await decode(bytes, coding, url, PACKUMENT_BOUND));
  return coding === "identity"
    ? { coding: "gzip", bytes: await compress(bytes), parsed }
    : { coding, bytes, parsed };
}

/** How much of a document will be in memory at once, as far as the answer's head tells. */
function expectedBytes(answer: NetworkAnswer): number {
  const announced = announcedLength(answer) ?? UNANNOUNCED_BYTES;
  return headerOf(answer, "content-encoding") === undefined
    ? announced
    : announced * USUAL_COMPRESSION;
}

/** RFC 9111, as far as a private cache that asks again after minutes needs it. */
function freshnessOf(
  answer: NetworkAnswer,
  nowMs: number,
): { storable: boolean; freshUntilMs: number } {
  const control = (headerOf(answer, "cache-control") ?? "").toLowerCase();
  const storable = !/\bno-store\b/.test(control);
  const maxAge = /\bmax-age="?(\d{1,9})/.exec(control)?.[1];
  const age = /^\d{1,9}$/.exec(headerOf(answer, "age") ?? "")?.[0];
  if (!storable || /\bno-cache\b/.test(control) || maxAge === undefined) {
    return { storable, freshUntilMs: 0 };
  }
  const freshMs = (Number(maxAge) - Number(age ?? 0)) * 1000;
  return { storable, freshUntilMs: nowMs + Math.min(freshMs, FRESH_MAX_MS) };
}

async function parse(
  { cache, inHand }: Source,
  { name, url }: Wanted,
  { key, kept }: Held,
): Promise<Packument> {
  const known = cache.parsed(key, kept);
  if (known !== undefined) return known;
  const parsed = await inHand.run(kept.bytes.length * USUAL_COMPRESSION, async () =>
    parseJsonBytes(name, await decode(kept.bytes, kept.coding, url, PACKUMENT_BOUND)),
  );
  cache.keepParsed(key, kept, parsed);
  return parsed.packument;
}

function parseJsonBytes(name: string, json: Uint8Array): Parsed {
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8");
  return { packument: Packument.parse(name, text), jsonBytes: json.length };
}
