import { isExactVersion, isPackageName, type PackageRef } from "../../model/package-ref.ts";

/**
 * What a client wants, read off method and path alone. Addresses come from clients, and so from
 * lockfiles and packuments: anything that is not clearly one of the other kinds is "unrecognised",
 * which the gate refuses, because it could be a tarball under a name we cannot judge.
 */
export type Route =
  | { readonly kind: "packument"; readonly name: string }
  | { readonly kind: "version"; readonly name: string; readonly selector: string }
  | { readonly kind: "tarball"; readonly ref: PackageRef }
  /** The registry's own interface (audit, search, keys, dist-tags, login, publish …). */
  | { readonly kind: "service"; readonly name: string | undefined }
  | { readonly kind: "unrecognised" };

/**
 * What an install asks of the registry's own interface. All else is about somebody's account and what
 * they publish: the gate sends that person's credentials along, so a script of a package that is being
 * installed must not be able to ask for it.
 */
export function isPartOfInstall(method: string, target: string): boolean {
  const path = (decodedSegments(target) ?? []).join("/");
  const asked = method === "HEAD" ? "GET" : method;
  return INSTALL_SERVICES.some((service) => service.method === asked && service.path.test(path));
}

const INSTALL_SERVICES: readonly { readonly method: string; readonly path: RegExp }[] = [
  { method: "POST", path: /^-\/npm\/v1\/security\/(?:advisories\/bulk|audits(?:\/quick)?)$/ },
  { method: "GET", path: /^-\/npm\/v1\/(?:keys|attestations\/.+)$/ },
  { method: "GET", path: /^-\/package\/.+\/dist-tags$/ },
  { method: "GET", path: /^-\/(?:v1\/search|ping)$/ },
];

const UNRECOGNISED: Route = { kind: "unrecognised" };

/** @param target path with query, as in the request line; an absolute-form target is unrecognised */
export function parseRoute(method: string, target: string): Route {
  const path = decodedSegments(target);
  if (path === undefined) return UNRECOGNISED;
  if (path[0] === "-") return { kind: "service", name: serviceName(path) };
  if (method !== "GET" && method !== "HEAD")
    return { kind: "service", name: nameAtStart(path)?.name };
  return readRoute(path);
}

function readRoute(path: readonly string[]): Route {
  const tarball = parseTarballPath(path);
  if (tarball !== undefined) return { kind: "tarball", ref: tarball };
  const start = nameAtStart(path);
  if (start === undefined) return UNRECOGNISED;
  const [selector, ...more] = start.rest;
  if (selector === undefined) return { kind: "packument", name: start.name };
  if (more.length > 0 || selector === "-") return UNRECOGNISED;
  return { kind: "version", name: start.name, selector };
}

/** "%2f" parts a scope from its name in packument addresses, so segments are split after decoding. */
function decodedSegments(target: string): readonly string[] | undefined {
  const path = target.split(/[?#]/, 1)[0] ?? "";
  if (!path.startsWith("/")) return undefined;
  try {
    const segments = decodeURIComponent(path.slice(1)).split("/");
    if (segments.at(-1) === "") segments.pop();
    const odd = segments.some(
      (part) => part === "" || part === "." || part === ".." || UNSAFE.test(part),
    );
    return odd ? undefined : segments;
  } catch {
    return undefined;
  }
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f\\]/;

function nameAtStart(
  path: readonly string[],
): { name: string; rest: readonly string[] } | undefined {
  const parts = path[0]?.startsWith("@") === true ? 2 : 1;
  const name = path.slice(0, parts).join("/");
  return path.length >= parts && isPackageName(name)
    ? { name, rest: path.slice(parts) }
    : undefined;
}

/** `/-/package/@scope/name/dist-tags` and kin say which registry, by scope, has to be asked. */
function serviceName(path: readonly string[]): string | undefined {
  return path[1] === "package" ? nameAtStart(path.slice(2))?.name : undefined;
}

/**
 * `[…/]name/-/file-1.2.3.tgz`, `[…/]@scope/name/-/name-1.2.3.tgz`. Segments before the name are
 * let go: clients that put our host in place of another registry's keep that registry's folder.
 * The bytes are always fetched from where the packument of this name says, never from this path.
 */
function parseTarballPath(path: readonly string[]): PackageRef | undefined {
  const dash = path.lastIndexOf("-");
  if (dash < 1 || dash > path.length - 2) return undefined;
  const base = path[dash - 1] ?? "";
  const scope = path[dash - 2];
  const name = scope?.startsWith("@") === true ? `${scope}/${base}` : base;
  // Old clients and registries repeat the scope in front of the file: `-/@scope/name-1.0.0.tgz`.
  const file = path.at(-1) ?? "";
  const version = versionInFileName(file, base);
  if (version === undefined || !isPackageName(name)) return undefined;
  return { ecosystem: "npm", name, version };
}

function versionInFileName(file: string, base: string): string | undefined {
  if (!file.startsWith(`${base}-`) || !file.endsWith(".tgz")) return undefined;
  const version = file.slice(base.length + 1, -".tgz".length);
  return isExactVersion(version) ? version : undefined;
}

/** The one form in which the gate names tarballs, for {@link parseRoute} to read back. */
export function tarballPath(ref: PackageRef): string {
  const base = ref.name.slice(ref.name.indexOf("/") + 1);
  return `/${ref.name}/-/${base}-${ref.version}.tgz`;
}
