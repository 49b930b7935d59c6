import { scopeOf } from "../model/package-ref.ts";
import type { ClientCertificate, TlsRules } from "../platform/network.ts";
import type { ProxyRules } from "../platform/proxy.ts";

/** What the npm configuration of a person says, parsed once; every address ends in "/". */
export interface NpmConfig {
  readonly registry: string;
  /** "@scope" → registry */
  readonly scopes: ReadonlyMap<string, string>;
  /** The scope whose registry also serves names without one (`scope=@corp`), if there is one. */
  readonly defaultScope: string | undefined;
  /** By nerf dart, an address without its protocol: `//host/path/`. */
  readonly credentials: ReadonlyMap<string, Credential>;
  /** Hosts of tarball addresses that are replaced by the registry's: a host, "always" or "never". */
  readonly replacedHost: string;
  readonly tls: TlsRules;
  readonly proxy: ProxyRules;
  readonly retry: RetryRules;
  /** Longest silence before and within an answer. */
  readonly fetchTimeoutMs: number;
  /** Connections to one origin. */
  readonly maxSockets: number;
  readonly userAgent: string;
}

export interface Credential {
  /** The header's value, "Bearer …" or "Basic …". */
  readonly authorization: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
}

export interface RetryRules {
  /** Attempts after the first. */
  readonly retries: number;
  readonly factor: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export const DEFAULT_REGISTRY = "https://registry.npmjs.org/";

export function registryFor(config: NpmConfig, name: string | undefined): string {
  const scopes = name === undefined ? [] : [scopeOf(name), config.defaultScope];
  const owner = scopes.find((scope) => scope !== undefined && config.scopes.has(scope));
  return (owner === undefined ? undefined : config.scopes.get(owner)) ?? config.registry;
}
