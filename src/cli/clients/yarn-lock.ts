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

/** yarn 1 writes this line, and yarn berry another format without it. */
export function isYarnLockV1(text: string): boolean {
  return /^# yarn lockfile v1[ \t\r]*$/m.test(text);
}

/**
 * The entries of a lockfile in the form yarn 1 writes. A stranger may have written another form that
 * yarn reads too: what is missed here, yarn fetches from an address that leads nowhere, because
 * the gate is its proxy.
 */
export function readYarnLock(text: string): readonly LockEntry[] {
  const entries: LockEntry[] = [];
  let open: { pattern: string; version: string; resolved: string | undefined } | undefined;
  const close = (): void => {
    if (open?.resolved !== undefined) entries.push({ ...open, resolved: open.resolved });
  };
  for (const line of text.split(/\r?\n/)) {
    const pattern = /^"?([^\s#"][^",]*)"?(?:,.*)?:$/.exec(line)?.[1];
    if (pattern !== undefined) {
      close();
      open = { pattern: pattern.replace(/:$/, ""), version: "", resolved: undefined };
      continue;
    }
    const [, key, value = ""] = /^ {2}"?(version|resolved)"? "?([^"]*)"?$/.exec(line) ?? [];
    if (open === undefined || key === undefined) continue;
    if (key === "version") open.version = value;
    else open.resolved = value.replace(/#.*$/s, "");
  }
  close();
  return entries;
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
