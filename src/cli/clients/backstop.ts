import type { Environment } from "../paths.ts";

/** A proxy is for the way past the gate, not for the way to it. */
export const LOOPBACK = "127.0.0.1,localhost";

/** The user's NO_PROXY with the gate in it; "*" would switch off what is meant to hold. */
export function noProxyWith(env: Environment): string {
  const given = env["NO_PROXY"] ?? env["no_proxy"] ?? "";
  const hosts = given.split(/[\s,]+/).filter((host) => host !== "" && host !== "*");
  return [...new Set([...LOOPBACK.split(","), ...hosts])].join(",");
}

/**
 * Makes the gate the proxy for everything else, which it refuses: a client that would fetch a
 * package from the address in a lockfile fails instead. It holds for the programs the client starts,
 * too, so it is for clients that have no proxy setting of their own.
 */
export function backstop(gateUrl: string, env: Environment): Readonly<Record<string, string>> {
  const noProxy = noProxyWith(env);
  return {
    HTTPS_PROXY: gateUrl,
    https_proxy: gateUrl,
    HTTP_PROXY: gateUrl,
    http_proxy: gateUrl,
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  };
}
