import type { Policy } from "../../model/policy.ts";
import type { Environment } from "../paths.ts";

/** A proxy is for the way past the gate, not for the way to it. */
const LOOPBACK = "127.0.0.1,localhost";

/**
 * What is reached without a proxy. While the gate is the proxy for everything else, the gate alone: a
 * registry of the user's that needs no proxy would be a way past it.
 */
export function noProxyFor(gateUrl: string, env: Environment, policy: Policy): string {
  return guardsTheRest(policy) ? new URL(gateUrl).hostname : noProxyWith(env);
}

/** The user's NO_PROXY with the gate in it. */
export function noProxyWith(env: Environment): string {
  const given = env["NO_PROXY"] ?? env["no_proxy"] ?? "";
  const hosts = given.split(/[\s,]+/).filter((host) => host !== "" && host !== "*");
  return [...new Set([...LOOPBACK.split(","), ...hosts])].join(",");
}

/** Where a policy allows packages from anywhere, the way to anywhere has to be open. */
export function guardsTheRest(policy: Policy): boolean {
  return policy.dependencies.remote === "refuse";
}

/**
 * Makes the gate the proxy for everything else, which it refuses: a client that would fetch a
 * package from the address in a lockfile fails instead. It holds for the programs the client starts,
 * too, so a client's own proxy setting is used in its stead where there is one.
 */
export function backstop(
  gateUrl: string,
  env: Environment,
  policy: Policy,
): Readonly<Record<string, string>> {
  const noProxy = noProxyFor(gateUrl, env, policy);
  const way = { NO_PROXY: noProxy, no_proxy: noProxy };
  if (!guardsTheRest(policy)) return way;
  const proxies = { HTTP_PROXY: gateUrl, HTTPS_PROXY: gateUrl };
  return { ...way, ...proxies, http_proxy: gateUrl, https_proxy: gateUrl };
}

/** GIT_ALLOW_PROTOCOL (git(1)): a client that fetches a dependency with git gets an error of git's. */
export function withoutGit(policy: Policy): Readonly<Record<string, string>> {
  return policy.dependencies.git === "refuse" ? { GIT_ALLOW_PROTOCOL: "file" } : {};
}
