import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { TlsRules } from "../platform/network.ts";
import type { ProxyRules } from "../platform/proxy.ts";
import { credentialsOf, nerfDart } from "./credentials.ts";
import { DEFAULT_REGISTRY, type Credential, type NpmConfig } from "./npm-config.ts";
import { find, readLevels, resolvePath } from "./npmrc-levels.ts";
import type { ConfigOrigin, Environment, Level } from "./npmrc-levels.ts";

/** Some registries turn away who has no name. */
const USER_AGENT = "veln";

/** @throws Failure "bad-config" for an address that cannot be one, naming the file and the key */
export function readNpmConfig(origin: ConfigOrigin): NpmConfig {
  const levels = readLevels(origin);
  const scopes = scopesOf(levels);
  const registry = addressOf(levels, "registry") ?? new URL(DEFAULT_REGISTRY);
  const defaultScope = text(levels, "scope");
  return {
    registry: baseOf(registry),
    scopes: new Map([...scopes].map(([scope, url]) => [scope, baseOf(url)])),
    defaultScope: defaultScope?.replace(/^@?/, "@"),
    credentials: new Map([
      ...[registry, ...scopes.values()].flatMap(credentialInAddress),
      ...credentialsOf(levels, (path) => origin.files.read(resolvePath(origin, path))),
    ]),
    replacedHost: replacedHostOf(text(levels, "replace-registry-host")),
    tls: tlsOf(levels, origin),
    proxy: proxyOf(levels, origin.env),
    retry: {
      retries: count(levels, "fetch-retries", 2, 10),
      factor: count(levels, "fetch-retry-factor", 4, 100),
      minDelayMs: count(levels, "fetch-retry-mintimeout", 1000, 60_000),
      maxDelayMs: count(levels, "fetch-retry-maxtimeout", 10_000, 120_000),
    },
    fetchTimeoutMs: count(levels, "fetch-timeout", 60_000, 600_000) || 600_000,
    maxSockets: count(levels, "maxsockets", 15, 64) || 1,
    userAgent: text(levels, "user-agent") ?? USER_AGENT,
  };
}

function scopesOf(levels: readonly Level[]): ReadonlyMap<string, URL> {
  const keys = new Set(levels.flatMap(({ values }) => [...values.keys()]));
  const scopes = new Map<string, URL>();
  for (const key of keys) {
    const scope = /^(@[^:/]+):registry$/.exec(key)?.[1];
    const url = scope === undefined ? undefined : addressOf(levels, key);
    if (scope !== undefined && url !== undefined) scopes.set(scope, url);
  }
  return scopes;
}

function addressOf(levels: readonly Level[], key: string): URL | undefined {
  const set = levels.filter(({ values }) => (values.get(key) ?? "") !== "");
  const setting = find(set, key);
  if (setting === undefined) return undefined;
  const url = typeof setting.value === "string" ? parseAddress(setting.value) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) return url;
  throw badConfig(setting.source, key, "must be an address that starts with https:// or http://");
}

/** Undefined, too, where the name or password is not well-formed percent-encoding. */
function parseAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  try {
    decodeURIComponent(`${url?.username ?? ""}:${url?.password ?? ""}`);
    return url ?? undefined;
  } catch {
    return undefined;
  }
}

/** `https://user:password@host/` is read as the credential it holds. */
function credentialInAddress(url: URL): readonly (readonly [string, Credential])[] {
  if (url.username === "" && url.password === "") return [];
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  return [[nerfDart(new URL(baseOf(url))), { authorization, clientCertificate: undefined }]];
}

function baseOf(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
}

function replacedHostOf(setting: string | undefined): string {
  const isDefault = setting === undefined || setting === "npmjs";
  return isDefault ? new URL(DEFAULT_REGISTRY).host : setting;
}

function tlsOf(levels: readonly Level[], origin: ConfigOrigin): TlsRules {
  const cert = text(levels, "cert");
  const key = text(levels, "key");
  return {
    authorities: authoritiesOf(levels, origin),
    verify: String(find(levels, "strict-ssl")?.value ?? true) !== "false",
    clientCertificate:
      cert && key ? { cert: unescapeLines(cert), key: unescapeLines(key) } : undefined,
  };
}

/** As with npm, they replace the authorities that Node knows, and a `cafile` outweighs `ca`. */
function authoritiesOf(
  levels: readonly Level[],
  origin: ConfigOrigin,
): readonly string[] | undefined {
  const file = text(levels, "cafile");
  const bundle = file === undefined ? undefined : origin.files.read(resolvePath(origin, file));
  if (bundle !== undefined) {
    const certificates = bundle.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g);
    if (certificates !== null) return certificates;
    throw badConfig(
      find(levels, "cafile")?.source ?? "",
      "cafile",
      "names a file without certificates",
    );
  }
  const inline = find(levels, "ca")?.value;
  if (Array.isArray(inline)) return inline.map(unescapeLines);
  return typeof inline === "string" && inline !== ""
    ? inline.split("\n\n").map(unescapeLines)
    : undefined;
}

function unescapeLines(pem: string): string {
  return pem.replaceAll("\\n", "\n");
}

/** `https-proxy` and then `proxy` stand for every protocol; without them the usual variables count. */
function proxyOf(levels: readonly Level[], env: Environment): ProxyRules {
  const configured = proxySetting(levels, "https-proxy") ?? proxySetting(levels, "proxy");
  const secure = configured ?? proxyVariable(env, "https_proxy");
  const plain = secure ?? proxyVariable(env, "http_proxy") ?? proxyVariable(env, "proxy");
  const listed = find(levels, "noproxy")?.value;
  const except = Array.isArray(listed) ? listed.join(",") : listed;
  return {
    forHttps: secure,
    forHttp: plain,
    except: (typeof except === "string" && except !== ""
      ? except
      : (variable(env, "no_proxy") ?? "")
    )
      .split(",")
      .map((domain) => domain.trim())
      .filter(Boolean),
  };
}

function proxySetting(levels: readonly Level[], key: string): string | undefined {
  const setting = find(levels, key);
  if (typeof setting?.value !== "string" || isOff(setting.value)) return undefined;
  return proxyAddress(setting.value, setting.source, key);
}

function proxyVariable(env: Environment, name: string): string | undefined {
  const value = variable(env, name);
  return value === undefined ? undefined : proxyAddress(value, "the environment", name);
}

function variable(env: Environment, name: string): string | undefined {
  const found = Object.entries(env).findLast(([key]) => key.toLowerCase() === name)?.[1];
  return found === "" ? undefined : found;
}

function proxyAddress(value: string, source: string, key: string): string {
  const url = parseAddress(value.replace(/^socks5h:/, "socks5:"));
  const known = ["http:", "https:", "socks:", "socks5:"];
  if (url !== undefined && known.includes(url.protocol)) return url.href;
  throw badConfig(
    source,
    key,
    "must be an address that starts with http://, https:// or socks5://",
  );
}

function isOff(value: string): boolean {
  return ["", "null", "false", "undefined"].includes(value);
}

function text(levels: readonly Level[], key: string): string | undefined {
  const value = find(levels, key)?.value;
  return typeof value === "string" && !isOff(value) ? value : undefined;
}

/** A whole number up to a bound; the default where nothing or nonsense was said. */
function count(levels: readonly Level[], key: string, byDefault: number, max: number): number {
  const value = find(levels, key)?.value;
  const parsed = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : byDefault;
  return Math.min(parsed, max);
}

function badConfig(source: string, key: string, rule: string): Failure {
  return new Failure("bad-config", `"${key}" in ${printable(source)} ${rule}.`, {
    path: source,
    rule: key,
  });
}
