import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Credential, NpmConfig } from "./npm-config.ts";
import { find, type Level } from "./npmrc-levels.ts";

const FIELDS = ["_authToken", "_auth", "username", "_password", "certfile", "keyfile"] as const;

/** The credentials of all levels, by nerf dart as written: with or without its last slash. */
export function credentialsOf(
  levels: readonly Level[],
  read: (path: string) => string | undefined,
): ReadonlyMap<string, Credential> {
  const darts = new Set(
    levels.flatMap(({ values }) => [...values.keys()].map(dartOf)).filter((dart) => dart !== ""),
  );
  const credentials = new Map<string, Credential>();
  for (const dart of darts) {
    const credential = credentialAt(dart, levels, read);
    if (credential !== undefined) credentials.set(dart, credential);
  }
  return credentials;
}

/**
 * What to show to an address: the credential of the longest nerf dart above it or, when there is
 * none and the host is the registry's, what the registry itself gets. Nothing goes over plain http
 * unless a registry is configured that way.
 */
export function credentialFor(
  config: NpmConfig,
  url: URL,
  registry: string,
): Credential | undefined {
  if (url.protocol !== "https:" && !isConfiguredPlainly(config, url)) return undefined;
  const own = lookUp(config.credentials, url);
  if (own !== undefined) return own;
  const base = new URL(registry);
  return base.host === url.host ? lookUp(config.credentials, base) : undefined;
}

/** `https://host/a/b` → `//host/a/` */
export function nerfDart(url: URL): string {
  return `//${url.host}${url.pathname.replace(/[^/]*$/, "")}`;
}

function dartOf(key: string): string {
  const colon = key.lastIndexOf(":");
  const field = key.slice(colon + 1);
  return key.startsWith("//") && FIELDS.some((known) => known === field) ? key.slice(0, colon) : "";
}

function credentialAt(
  dart: string,
  levels: readonly Level[],
  read: (path: string) => string | undefined,
): Credential | undefined {
  const field = (name: (typeof FIELDS)[number]): string | undefined => {
    const setting = find(levels, `${dart}:${name}`);
    if (typeof setting?.value !== "string" || setting.value === "") return undefined;
    if (!name.endsWith("file") && /[^\t -~]/.test(setting.value)) {
      throw unprintable(setting.source, `${dart}:${name}`);
    }
    return setting.value;
  };
  const [cert, key] = [field("certfile"), field("keyfile")].map((path) => path && read(path));
  const authorization = authorizationOf(
    field("_authToken"),
    field("_auth"),
    field("username"),
    field("_password"),
  );
  const clientCertificate = cert && key ? { cert, key } : undefined;
  return authorization === undefined && clientCertificate === undefined
    ? undefined
    : { authorization, clientCertificate };
}

function unprintable(source: string, key: string): Failure {
  const shown = printable(key);
  return new Failure(
    "bad-config",
    `"${shown}" in ${printable(source)} holds characters that no header can carry.`,
    { path: source, rule: shown },
  );
}

function authorizationOf(
  token: string | undefined,
  basic: string | undefined,
  username: string | undefined,
  password: string | undefined,
): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (basic !== undefined) return `Basic ${basic}`;
  if (username === undefined || password === undefined) return undefined;
  const pair = `${username}:${Buffer.from(password, "base64").toString("utf8")}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** Walks up by taking off, in turn, what follows the last slash and the slash itself. */
function lookUp(credentials: NpmConfig["credentials"], url: URL): Credential | undefined {
  let dart = `//${url.host}${url.pathname}`;
  while (dart.length > "//".length) {
    const found = credentials.get(dart);
    if (found !== undefined) return found;
    dart = dart.endsWith("/") ? dart.slice(0, -1) : dart.slice(0, dart.lastIndexOf("/") + 1);
  }
  return undefined;
}

function isConfiguredPlainly(config: NpmConfig, url: URL): boolean {
  return [config.registry, ...config.scopes.values()]
    .map((registry) => new URL(registry))
    .some((registry) => registry.protocol === "http:" && registry.host === url.host);
}
