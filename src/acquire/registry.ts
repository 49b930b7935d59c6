import type { Digests } from "../model/digests.ts";
import type { Packument } from "./packument.ts";
import type { PackageRef } from "../model/package-ref.ts";
import type { Release } from "../model/release.ts";

/**
 * The registries a person's configuration names, seen as one: scopes, credentials, proxies and
 * certificates are resolved inside. Every method throws `Failure` for operating errors:
 * "upstream-unavailable" (unreachable, 5xx and 429 after retries), "upstream-broken" (cut, wrong
 * length), "unauthorized" (401, 403), "bad-metadata", "too-large", "timed-out", "offline",
 * "cancelled".
 */
export interface Registry {
  /** Undefined when the registry knows no such package (404). */
  packument(name: string, options?: RegistryOptions): Promise<Packument | undefined>;
  /** Bytes of one version's tarball, whole and with our digests, or undefined for 404. */
  tarball(release: Release, options?: RegistryOptions): Promise<Tarball | undefined>;
  /** The registry's attestations of one version, as text, or undefined for 404. */
  attestations(ref: PackageRef, options?: RegistryOptions): Promise<string | undefined>;
  /** Sends a request that is no concern of ours (audit, search, publish …) and streams the answer. */
  forward(request: ForwardRequest): Promise<ForwardAnswer>;
  /** Base address of the registry that is responsible for a name, with a trailing slash. */
  baseUrl(name?: string): string;
  close(): Promise<void>;
}

export interface RegistryOptions {
  readonly signal?: AbortSignal;
  /** Take what the cache holds, however old, when there is one. */
  readonly preferCached?: boolean;
  /**
   * The short form of a packument, a tenth of the size, without dates, scripts' texts, maintainers.
   * A registry that has none sends the full one.
   */
  readonly abbreviated?: boolean;
  readonly onProgress?: (receivedBytes: number) => void;
}

export interface Tarball {
  readonly url: string;
  /** Not yet trusted. */
  readonly bytes: Uint8Array;
  readonly digests: Digests;
}

export interface ForwardRequest {
  readonly method: string;
  /** Path and query below the registry's base, starting with "/". */
  readonly path: string;
  /** Decides, with scopes, which registry is asked; undefined for the default one. */
  readonly packageName: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  readonly signal?: AbortSignal;
}

export interface ForwardAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: AsyncIterable<Uint8Array>;
}
