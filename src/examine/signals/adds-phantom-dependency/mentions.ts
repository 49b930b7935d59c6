import type { FileEntry, FileTree } from "../../../model/file-tree.ts";
import type { Manifest } from "../../../model/manifest.ts";
import type { Sources } from "../../parse/sources.ts";
import type { Dependency } from "../../parse/dependency-spec.ts";

/** Files that list or describe dependencies and use none. */
const NO_CODE =
  /(?:^|\/)(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|(?:readme|changelog|changes|history|license|licence|notice|authors)[^/]*|[^/]*\.(?:md|markdown|txt|rst))$/i;

/** Members of package.json that list dependencies or describe the package. */
const NO_USE = new Set([
  "name",
  "description",
  "keywords",
  "readme",
  "dependencies",
  "optionalDependencies",
  "devDependencies",
  "peerDependencies",
  "peerDependenciesMeta",
  "dependenciesMeta",
  "bundleDependencies",
  "bundledDependencies",
  "overrides",
  "resolutions",
  "pnpm",
]);

/**
 * The file that names a package, in whatever way: an import, a plugin's name in a string, a path
 * into node_modules, a script. Deliberately generous, because configuration and code generators
 * name packages in ways no parser knows.
 */
export function namedWhere(
  name: string,
  manifest: Manifest,
  files: FileTree,
  sources: Sources,
  stop: AbortSignal,
): string | undefined {
  if (mentions(Buffer.from(settingsOf(manifest)), name)) return "package.json";
  for (const entry of files.entries) {
    stop.throwIfAborted();
    if (NO_CODE.test(entry.path)) continue;
    if (mentions(bytesOf(files, entry), name) || imports(sources, entry.path, name)) {
      return entry.path;
    }
  }
  return undefined;
}

/** Why a name may be used although it stands nowhere; undefined when every file could be read. */
export function incompleteReason(files: FileTree, sources: Sources): string | undefined {
  for (const { path } of files.entries) {
    const answer = sources.of(path);
    if (answer?.state === "unknown") return `${path} could not be read`;
    if (answer?.state === "parsed" && answer.facts.loadsComputed) {
      return `${path} computes the names of what it loads`;
    }
  }
  return undefined;
}

const PLATFORM =
  /(?:^|[-_./])(?:darwin|linux|linuxmusl|win32|windows|freebsd|netbsd|openbsd|android|sunos|aix|openharmony|wasm32|wasm|wasi|fsevents)(?:[-_./]|$)/i;

/** One of a family of builds, of which the code picks one by computing its name. */
export function isPlatformBuild({ name, field }: Dependency, manifest: Manifest): boolean {
  if (field !== "optionalDependencies" || !PLATFORM.test(name)) return false;
  const own = manifest.name ?? "";
  const family = own.startsWith("@") ? own.slice(0, own.indexOf("/") + 1) : own;
  return family !== "" && (name.startsWith(family) || name.startsWith(`@${family}/`));
}

/** Escapes in a string hide a name from a search of bytes, and not from the parser. */
function imports(sources: Sources, path: string, name: string): boolean {
  const answer = sources.of(path);
  if (answer?.state !== "parsed") return false;
  return answer.facts.imports.some(
    ({ specifier }) => specifier === name || specifier.startsWith(`${name}/`),
  );
}

function bytesOf(files: FileTree, entry: FileEntry): Buffer {
  const { buffer, byteOffset } = files.data.arena;
  return Buffer.from(buffer, byteOffset + entry.offset, entry.size);
}

/** The name and not a longer one that contains it. */
function mentions(bytes: Buffer, name: string): boolean {
  if (name === "") return false;
  for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
    if (!isNameByte(bytes[at - 1]) && !isNameByte(bytes[at + name.length])) return true;
  }
  return false;
}

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9_-]/.test(String.fromCharCode(byte));
}

function settingsOf(manifest: Manifest): string {
  const members = Object.entries(manifest.raw).filter(([key]) => !NO_USE.has(key));
  return JSON.stringify(members);
}
