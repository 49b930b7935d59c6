import { readYarnEntries } from "../../acquire/lockfile/yarn-classic.ts";
import { parseRoute } from "../../act/gate/route.ts";
import { isExactVersion, isPackageName, type PackageRef } from "../../model/package-ref.ts";

/** Where yarn 1 would fetch one entry of its lockfile from. */
export interface LockEntry {
  /** The first pattern, as it stands: `is-odd@^3.0.0`. */
  readonly pattern: string;
  readonly version: string;
  /** Without the digest behind "#". */
  readonly resolved: string;
}

export type LockSource =
  | { readonly kind: "registry"; readonly ref: PackageRef; readonly mirrorFile: string }
  | { readonly kind: "git" | "remote" | "file" };

/**
 * The entries that have an address.
 * @throws Failure "bad-config" for a lockfile that yarn 1 did not write
 */
export function readYarnLock(text: string): readonly LockEntry[] {
  return readYarnEntries("yarn.lock", text).flatMap(({ patterns, version, resolved }) =>
    resolved === undefined
      ? []
      : [{ pattern: patterns[0], version, resolved: resolved.replace(/#.*$/s, "") }],
  );
}

export function sourceOf(entry: LockEntry): LockSource {
  const { resolved } = entry;
  if (/^(?:file:|\.{0,2}\/)/.test(resolved)) return { kind: "file" };
  if (/^(?:git[+:@]|ssh:)|\.git$|^https?:\/\/codeload\.github\.com\//.test(resolved)) {
    return { kind: "git" };
  }
  const ref = URL.canParse(resolved) ? refAt(new URL(resolved), entry) : refOf(entry);
  if (ref === undefined) return { kind: "remote" };
  return { kind: "registry", ref, mirrorFile: mirrorFileOf(resolved) };
}

/** A registry's address says name and version; both have to be what the entry says. */
function refAt(url: URL, { pattern, version }: LockEntry): PackageRef | undefined {
  const route = parseRoute("GET", url.pathname);
  if (!/^https?:$/.test(url.protocol) || route.kind !== "tarball") return undefined;
  const { ref } = route;
  return ref.version === version && namesOf(pattern).includes(ref.name) ? ref : undefined;
}

/** A project with an offline mirror of its own notes the file's name alone. */
function refOf({ pattern, version, resolved }: LockEntry): PackageRef | undefined {
  const name = namesOf(pattern).at(-1) ?? "";
  const isFileName = /^[^/\\:]+\.tgz$/.test(resolved);
  if (!isFileName || !isPackageName(name) || !isExactVersion(version)) return undefined;
  return { ecosystem: "npm", name, version };
}

/** `alias@npm:name@^1.0.0` names two packages: the folder's, and the registry's. */
function namesOf(pattern: string): readonly string[] {
  const [, alias = "", target] = /^(@?[^@]+)@(?:npm:(@?[^@]+)(?:@.*)?)?/s.exec(pattern) ?? [];
  return target === undefined ? [alias] : [alias, target];
}

/** yarn 1, `TarballFetcher.getTarballMirrorPath`: the file's name, behind the scope if there is one. */
function mirrorFileOf(resolved: string): string {
  const path = URL.canParse(resolved) ? new URL(resolved).pathname : resolved;
  const match = /\/(?:(@[^/]+)(?:\/|%2f))?[^/]+\/(?:-|_attachments)\/(?:@[^/]+\/)?([^/]+)$/.exec(
    path,
  );
  const [, scope, file] = match ?? [];
  if (file !== undefined) return scope === undefined ? file : `${scope}-${file}`;
  return path.slice(path.lastIndexOf("/") + 1);
}
