import { type Json, parseJson } from "../../model/canonical.ts";
import type { FileTree } from "../../model/file-tree.ts";
import type { Manifest } from "../../model/manifest.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { gypCommands, gypFiles } from "./gyp-commands.ts";
import { filesInCode, type Hook, installHooks, linesOf, stagesOf, targetOf } from "./hooks.ts";
import type { Sources } from "./sources.ts";

export interface Reach {
  /** Files that the manifest names and those that they load, themselves included. */
  readonly reached: ReadonlySet<string>;
  /** False when a load is computed or a file could not be read: there may be more. */
  readonly complete: boolean;
}

/** Follows the manifest's entry points through relative imports, as Node and bundlers resolve them. */
export function reachableFiles(manifest: Manifest, tree: FileTree, sources: Sources): Reach {
  const reached = new Set<string>();
  let complete = true;
  const waiting = [...entryFiles(manifest, tree)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    if (path.endsWith("/package.json")) waiting.push(...filesOfInner(path, tree));
    const answer = sources.of(path);
    if (answer?.state === "unknown") complete = false;
    if (answer?.state !== "parsed") continue;
    complete &&= !answer.facts.loadsComputed;
    for (const { specifier } of answer.facts.imports) {
      waiting.push(...importedFiles(specifier, path, manifest, tree));
    }
  }
  return { reached, complete };
}

function entryFiles(manifest: Manifest, tree: FileTree): ReadonlySet<string> {
  const { hooks, entries, bins } = entryPoints(manifest, tree);
  return new Set([...entries, ...bins, ...hooks]);
}

export interface EntryPoints {
  /** Files that install hooks run. */
  readonly hooks: readonly string[];
  /** Files that whoever imports the package gets. */
  readonly entries: readonly string[];
  readonly bins: readonly string[];
}

/** The files that the manifest names, by what starts them. */
export function entryPoints(manifest: Manifest, tree: FileTree): EntryPoints {
  const { main, module, types, bin } = manifest;
  const installed = installHooks(manifest, tree.has("binding.gyp"));
  const hooks = [
    ...installed.flatMap((hook) => linesOf(hook, manifest)),
    ...gypLines(installed, tree),
  ]
    .flatMap(stagesOf)
    .flatMap((stage) => [targetOf(stage), filesInCode(stage)].flat())
    .filter((path) => path !== undefined);
  const entries = [
    main ?? "index.js",
    ...[module, types].filter((path) => path !== undefined),
    ...pathsIn(manifest.browser),
    ...pathsIn(manifest.exports),
    ...pathsIn(manifest.imports),
    ...ENTRY_FIELDS.flatMap((field) => pathsIn(manifest.raw[field])),
    ...folders(manifest).flatMap((folder) => filesUnder(folder, tree)),
  ];
  const paths = (named: readonly string[]): readonly string[] => [
    ...new Set(named.flatMap((path) => entryPaths(path, tree))),
  ];
  const bins = paths([...bin.values()]);
  // `index.js` is the entry point where nothing else is named; named as a command it is that.
  const isNamed = main !== undefined || module !== undefined || manifest.exports !== undefined;
  const imported = paths(entries).filter((path) => isNamed || !bins.includes(path));
  return { hooks: paths(hooks), entries: imported, bins };
}

/** What node-gyp runs while it reads and follows the build description. */
function gypLines(hooks: readonly Hook[], tree: FileTree): readonly CommandLine[] {
  const builds = hooks.some(({ command }) => /gyp|prebuild|pre-gyp/.test(command));
  if (!builds) return [];
  return gypFiles(tree)
    .flatMap((entry) => gypCommands(tree.text(entry)).commands)
    .map(({ text }) => parseCommandLine(text));
}

/** Fields of package.json that tools other than Node read paths from. */
const ENTRY_FIELDS = [
  "unpkg", "jsdelivr", "es2015", "esnext", "jsnext:main", "typings", "typesVersions", "react-native",
  "style", "sass", "svelte", "bundle", "umd:main", "source", "worker", "man", "schematics", "builders",
  "ng-update", "executors", "generators", "nx-migrations", "oclif", "contributes", "sideEffects",
]; // prettier-ignore

const PATHS_MAX = 10_000;

/** Every string in a field such as `exports`, whatever the conditions. */
function pathsIn(value: Json | undefined): readonly string[] {
  const paths: string[] = [];
  const waiting: Json[] = value === undefined ? [] : [value];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    if (typeof item === "string") paths.push(item);
    else if (typeof item === "object" && item !== null) {
      for (const inner of Object.values(item)) waiting.push(inner);
    }
    if (paths.length >= PATHS_MAX) break;
  }
  return paths;
}

function folders(manifest: Manifest): readonly string[] {
  return pathsIn(manifest.raw["directories"])
    .map((path) => normalized("", path))
    .filter((path): path is string => path !== undefined && path !== "");
}

function filesUnder(folder: string, tree: FileTree): readonly string[] {
  return tree.entries
    .filter((entry) => entry.path.startsWith(`${folder}/`))
    .map(({ path }) => path);
}

function entryPaths(path: string, tree: FileTree): readonly string[] {
  if (path.includes("*")) return matching(path, tree);
  const target = normalized("", path);
  return target === undefined ? [] : resolved(target, tree);
}

/** `exports` patterns (Node.js, "Subpath patterns"): one `*` stands for any text, slashes included. */
function matching(pattern: string, tree: FileTree): readonly string[] {
  const [head = "", ...rest] = pattern.replace(/^\.\//, "").split("*");
  const tail = rest.at(-1) ?? "";
  return tree.entries
    .filter(({ path }) => path.length >= head.length + tail.length)
    .filter(({ path }) => path.startsWith(head) && path.endsWith(tail))
    .map(({ path }) => path);
}

/** A folder with a package.json of its own: what it names is as reachable as the folder. */
function filesOfInner(path: string, tree: FileTree): readonly string[] {
  const entry = tree.get(path);
  if (entry === undefined || entry.size > INNER_MANIFEST_BYTES_MAX) return [];
  const folder = path.slice(0, path.lastIndexOf("/"));
  return pathsIn(jsonOrNothing(tree.text(entry))).flatMap((inner) => {
    const target = normalized(folder, inner);
    return target === undefined ? [] : resolved(target, tree);
  });
}

const INNER_MANIFEST_BYTES_MAX = 64 * 1024;

function jsonOrNothing(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Files of the package that a specifier may lead to. */
export function importedFiles(
  specifier: string,
  from: string,
  manifest: Manifest,
  tree: FileTree,
): readonly string[] {
  // A package may import itself by name, and any path below its name where it has no `exports`.
  const own = manifest.name === undefined ? undefined : `${manifest.name}/`;
  if (own !== undefined && specifier.startsWith(own)) {
    return entryPaths(specifier.slice(own.length), tree);
  }
  if (!/^\.{0,2}\/|^\.{1,2}$/.test(specifier)) return [];
  const plain = specifier.replace(/[?#].*$/, "");
  const folder = from.includes("/") ? from.slice(0, from.lastIndexOf("/")) : "";
  const target = normalized(specifier.startsWith("/") ? "" : folder, plain);
  return target === undefined ? [] : resolved(target, tree);
}

/** Undefined when the path leaves the package. */
function normalized(folder: string, path: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

const ENDINGS = [
  "", ".js", ".cjs", ".mjs", ".json", ".node", ".ts", ".tsx", ".jsx", ".mts", ".cts", ".d.ts", ".d.mts",
  ".d.cts", ".vue", ".css", ".wasm",
]; // prettier-ignore

/** All files that Node or a bundler may take for this path; a declaration beside code counts. */
function resolved(target: string, tree: FileTree): readonly string[] {
  const stem = target.replace(/\.([cm]?)jsx?$/, "");
  const candidates = [
    ...ENDINGS.map((ending) => target + ending),
    ...ENDINGS.slice(1).map((ending) =>
      target === "" ? `index${ending}` : `${target}/index${ending}`,
    ),
    ...(stem === target
      ? []
      : [".ts", ".tsx", ".mts", ".cts", ".d.ts", ".d.mts"].map((ending) => stem + ending)),
    `${target}/package.json`,
  ];
  return candidates.filter((path) => tree.has(path));
}
