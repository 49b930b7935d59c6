import { createHash } from "node:crypto";
import type { Digests } from "../model/digests.ts";
import { Failure } from "../model/failure.ts";
import { label } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { Release } from "../model/release.ts";
import type { NetworkAnswer } from "../platform/network.ts";
import { askPatiently, URL_LENGTH_MAX, type Asker } from "./asking.ts";
import { announcedLength, tooLarge, wrongLength } from "./body.ts";
import { registryFor, type NpmConfig } from "./npm-config.ts";
import type { RegistryOptions, Tarball } from "./registry.ts";

const TARBALL_BOUND = { name: "TARBALL_BYTES_MAX", bytes: 512 * 1024 * 1024 };

/** The bytes as they come over the line: a coding that a server adds unasked is not undone. */
export async function fetchTarball(
  asker: Asker,
  release: Release,
  options: RegistryOptions,
): Promise<Tarball | undefined> {
  const url = tarballUrl(asker.config, release);
  const question = {
    url,
    registry: registryFor(asker.config, release.ref.name),
    method: "GET",
    headers: {
      accept: "*/*",
      "accept-encoding": "identity",
      "user-agent": asker.config.userAgent,
    },
    signal: options.signal,
  };
  const found = await askPatiently(asker, { ...question, http2: true }, async (answer, from) => {
    if (answer.status !== 200) return refuse(answer, from, release);
    if (announcedLength(answer) !== undefined) return receive(answer, from, options.onProgress);
    await answer.discard();
    return "unannounced";
  });
  if (found !== "unannounced") return found;
  return askPatiently(asker, question, async (answer, from) =>
    answer.status === 200
      ? receive(answer, from, options.onProgress)
      : refuse(answer, from, release),
  );
}

/** @returns undefined when there is no such file */
async function refuse(answer: NetworkAnswer, url: URL, release: Release): Promise<undefined> {
  await answer.discard();
  if (answer.status === 404 || answer.status === 410) return undefined;
  throw new Failure(
    "upstream-broken",
    `${url.host} answered ${String(answer.status)} when asked for ${label(release.ref)}.`,
    { package: label(release.ref), url: url.href, status: answer.status, rule: "status" },
  );
}

/**
 * The address that the packument gives, with npm's two corrections: one host (the public registry's
 * unless configured) is replaced by the registry in use, and the registry's own host is never asked
 * with less protection than the registry itself.
 */
export function tarballUrl(config: NpmConfig, release: Release): URL {
  const registry = new URL(registryFor(config, release.ref.name));
  const url = release.tarballUrl.length > URL_LENGTH_MAX ? null : URL.parse(release.tarballUrl);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new Failure(
      "bad-metadata",
      `The registry names "${printable(release.tarballUrl, 100)}" as the address of ${label(release.ref)}.`,
      { package: label(release.ref), rule: "tarball-address" },
    );
  }
  const { replacedHost } = config;
  if (replacedHost === "always" || replacedHost === url.host) {
    return url.host === registry.host ? secured(url, registry) : new URL(url.pathname, registry);
  }
  return secured(url, registry);
}

function secured(url: URL, registry: URL): URL {
  if (registry.protocol !== "https:" || url.protocol === "https:") return url;
  return url.host === registry.host ? new URL(`https:${url.href.slice("http:".length)}`) : url;
}

async function receive(
  answer: NetworkAnswer,
  url: URL,
  onProgress: RegistryOptions["onProgress"],
): Promise<Tarball> {
  const announced = announcedLength(answer);
  if (announced !== undefined && announced > TARBALL_BOUND.bytes) {
    await answer.discard();
    throw tooLarge(url, TARBALL_BOUND, announced);
  }
  const hashing = startHashing();
  const sink = announced === undefined ? gatherUnannounced() : gatherAnnounced(announced);
  let size = 0;
  for await (const piece of answer.body) {
    if (size + piece.length > TARBALL_BOUND.bytes) {
      throw tooLarge(url, TARBALL_BOUND, size + piece.length);
    }
    if (announced !== undefined && size + piece.length > announced) {
      throw wrongLength(url, size + piece.length, announced);
    }
    sink.add(piece, size);
    hashing.add(piece);
    size += piece.length;
    onProgress?.(size);
  }
  if (announced !== undefined && size !== announced) throw wrongLength(url, size, announced);
  return { url: url.href, bytes: sink.bytes(size), digests: hashing.digests() };
}

interface Sink {
  add(piece: Uint8Array, offset: number): void;
  bytes(size: number): Uint8Array;
}

function gatherAnnounced(size: number): Sink {
  const bytes = new Uint8Array(size);
  return { add: (piece, offset) => bytes.set(piece, offset), bytes: () => bytes };
}

function gatherUnannounced(): Sink {
  const pieces: Uint8Array[] = [];
  return {
    add: (piece) => pieces.push(piece),
    bytes: (size) => {
      const sink = gatherAnnounced(size);
      let offset = 0;
      for (const piece of pieces) {
        sink.add(piece, offset);
        offset += piece.length;
      }
      return sink.bytes(size);
    },
  };
}

function startHashing(): { add(piece: Uint8Array): void; digests(): Digests } {
  const sha512 = createHash("sha512");
  const sha256 = createHash("sha256");
  const sha1 = createHash("sha1");
  return {
    add: (piece) => {
      sha512.update(piece);
      sha256.update(piece);
      sha1.update(piece);
    },
    digests: () => ({
      sha512: sha512.digest("hex"),
      sha256: sha256.digest("hex"),
      sha1: sha1.digest("hex"),
    }),
  };
}
