import type { ReachedFrom } from "../../model/capability.ts";
import type { FileTree } from "../../model/file-tree.ts";
import { messageOf } from "../../model/failure.ts";
import type { Manifest } from "../../model/manifest.ts";
import { printable } from "../../model/printable.ts";
import { entryPoints, importedFiles } from "../parse/reach.ts";
import type { Sources } from "../parse/sources.ts";
import { Evaluator, type Linker } from "./evaluate.ts";
import type { ModuleModel } from "./module.ts";
import { isInPackage, PACKAGE_FOLDER } from "./paths.ts";
import { readModule, WHOLE_EXPORT } from "./read-module.ts";
import { type Use, usesIn } from "./uses.ts";
import { textsOf } from "./value.ts";

/** The code of a package as a whole: its files, how they lead to each other, what they call. */
export interface Program {
  readonly manifest: Manifest;
  readonly files: FileTree;
  readonly modules: readonly ModuleModel[];
  readonly evaluator: Evaluator;
  readonly uses: readonly Use[];
  reachOf(path: string): FileReach;
  /** Files that could not be read and bounds that were hit, one sentence each. */
  readonly unread: readonly string[];
}

export interface FileReach {
  readonly from: ReachedFrom;
  /** From the entry point to the file, both included. */
  readonly via: readonly string[];
}

/** Larger files are read for their shape only: see `lens/shapes.ts`. */
const MODULE_BYTES_MAX = 3 * 1024 * 1024;
const MODULES_BYTES_MAX = 16 * 1024 * 1024;
const MODULES_MAX = 3_000;
const NODES_MAX = 3_000_000;

const IS_SOURCE = /\.(?:[cm]?[jt]sx?|es6?)$/i;
const IS_DECLARATION = /\.d\.[cm]?ts$/i;

/**
 * Words without which code reaches nothing outside itself: each way to a built-in begins with one of
 * them, or with a member whose name is computed and called.
 */
const REACHES_OUT =
  /require|import\s*[({'"*\w]|export\s*[*{]|process|global|window|self\b|eval|Function|constructor|fetch|XMLHttp|WebSocket|EventSource|navigator|document|Worker|WebAssembly|module|\bthis\b\s*\[|Reflect|Deno|Bun|ethereum|solana|localStorage|setTimeout|setInterval|\\u[\da-f{]|\\x[\da-f]|\]\s*\(|while\s*\(\s*(?:true|1|!0)|for\s*\(\s*;\s*;/;

export function readProgram(manifest: Manifest, files: FileTree, sources: Sources): Program {
  const { modules, unread } = readModules(files, sources);
  const linker = new PackageLinker(modules, manifest, files);
  const evaluator = new Evaluator(linker);
  const uses: Use[] = [];
  for (const module of modules) {
    try {
      uses.push(...usesIn(module, evaluator));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unread.push(`${module.path} nests too deep to be followed`);
    }
  }
  const reach = reachIn(manifest, files, sources, { modules, linker, uses });
  if (evaluator.isExhausted)
    unread.push("the code takes more steps to follow than are spent on it");
  return {
    manifest,
    files,
    modules,
    evaluator,
    uses,
    reachOf: (path) => reach.get(path) ?? { from: "nothing", via: [] },
    unread,
  };
}

function readModules(
  files: FileTree,
  sources: Sources,
): { readonly modules: readonly ModuleModel[]; readonly unread: string[] } {
  const modules: ModuleModel[] = [];
  const unread: string[] = [];
  let [bytesLeft, nodesLeft] = [MODULES_BYTES_MAX, NODES_MAX];
  for (const { path, size } of files.entries) {
    if (IS_DECLARATION.test(path)) continue;
    const entry = files.get(path);
    if (entry === undefined) continue;
    const isSource = IS_SOURCE.test(path) || (!/\.[^/]*$/.test(path) && size < MODULE_BYTES_MAX);
    if (!isSource) continue;
    if (size > MODULE_BYTES_MAX) {
      unread.push(`${shown(path)} is too large to be followed`);
      continue;
    }
    const text = files.text(entry);
    if (!REACHES_OUT.test(text)) continue;
    if (size > bytesLeft || nodesLeft < 0 || modules.length >= MODULES_MAX) {
      unread.push("the package holds more code than is followed");
      break;
    }
    const module = readOne(path, sources, unread);
    if (module === undefined) continue;
    bytesLeft -= size;
    nodesLeft -= module.nodeCount;
    modules.push(module);
  }
  return { modules, unread };
}

function readOne(path: string, sources: Sources, unread: string[]): ModuleModel | undefined {
  const answer = sources.tree(path);
  if (answer === undefined) return undefined;
  if (answer.state === "unknown") {
    unread.push(`${shown(path)}: ${answer.why}`);
    return undefined;
  }
  try {
    return readModule(path, answer.tree.text, answer.tree.program);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    unread.push(`${shown(path)} cannot be followed: ${messageOf(error)}`);
    return undefined;
  }
}

function shown(path: string): string {
  return printable(path, 200);
}

class PackageLinker implements Linker {
  readonly #modules: ReadonlyMap<string, ModuleModel>;
  readonly #manifest: Manifest;
  readonly #files: FileTree;
  readonly #found = new Map<string, string | undefined>();
  #importers: ReadonlyMap<ModuleModel, ReturnType<Linker["importersOf"]>> | undefined;

  constructor(modules: readonly ModuleModel[], manifest: Manifest, files: FileTree) {
    this.#modules = new Map(modules.map((module) => [module.path, module]));
    this.#manifest = manifest;
    this.#files = files;
  }

  /** The first file that Node would take; a source before what lies beside it. */
  #fileOf(specifier: string, from: ModuleModel): string | undefined {
    const key = `${from.path}\0${specifier}`;
    if (!this.#found.has(key)) {
      const paths = isInPackage(specifier)
        ? importedFiles(
            `./${specifier.slice(PACKAGE_FOLDER.length + 1)}`,
            "package.json",
            this.#manifest,
            this.#files,
          )
        : importedFiles(specifier, from.path, this.#manifest, this.#files);
      this.#found.set(key, paths.find((path) => this.#modules.has(path)) ?? paths[0]);
    }
    return this.#found.get(key);
  }

  moduleOf(specifier: string, from: ModuleModel): ModuleModel | undefined {
    const path = this.#fileOf(specifier, from);
    return path === undefined ? undefined : this.#modules.get(path);
  }

  dataOf(specifier: string, from: ModuleModel): string | undefined {
    const path = this.#fileOf(specifier, from);
    return path !== undefined && /\.(?:json|node|txt|bin|dat)$/.test(path) ? path : undefined;
  }

  importersOf(module: ModuleModel): ReturnType<Linker["importersOf"]> {
    this.#importers ??= this.#allImporters();
    return this.#importers.get(module) ?? [];
  }

  #allImporters(): ReadonlyMap<ModuleModel, ReturnType<Linker["importersOf"]>> {
    const importers = new Map<ModuleModel, ReturnType<Linker["importersOf"]>[number][]>();
    for (const from of this.#modules.values()) {
      for (const { binding, name, specifier } of namedImports(from)) {
        const module = this.moduleOf(specifier, from);
        if (module === undefined) continue;
        const known = importers.get(module) ?? [];
        known.push({ binding, name });
        importers.set(module, known);
      }
    }
    return importers;
  }
}

/** Names that stand for exports of other files, by `import` and by `const { a } = require("./b")`. */
function namedImports(module: ModuleModel): readonly {
  binding: ModuleModel["imports"][number]["binding"];
  name: string;
  specifier: string;
}[] {
  const byImport = module.imports.map(({ binding, definition }) => ({
    binding,
    name: definition.name,
    specifier: definition.specifier,
  }));
  const byRequire = [...module.scope.bindings.values()].flatMap((binding) => {
    const [definition] = binding.definitions;
    const of = definition?.kind === "member" ? definition.of : definition;
    if (of?.kind !== "value" || of.site.node.type !== "CallExpression") return [];
    const { callee, arguments: args } = of.site.node;
    const [first] = args;
    if (callee.type !== "Identifier" || callee.name !== "require" || first?.type !== "Literal")
      return [];
    if (typeof first.value !== "string") return [];
    const name = definition?.kind === "member" ? definition.key : WHOLE_EXPORT;
    return [{ binding, name, specifier: first.value }];
  });
  return [...byImport, ...byRequire];
}

interface Linked {
  readonly modules: readonly ModuleModel[];
  readonly linker: Linker;
  readonly uses: readonly Use[];
}

const LOADS =
  /^(?:require|import|Worker|worker_threads\.Worker|SharedWorker|child_process\.\w+|require\.resolve|module\.\w+)$/;

/** From the hooks first, then what is imported, then commands: the strongest way in is kept. */
function reachIn(
  manifest: Manifest,
  files: FileTree,
  sources: Sources,
  linked: Linked,
): ReadonlyMap<string, FileReach> {
  const edges = edgesOf(manifest, files, linked);
  const loadedBy = (path: string): readonly string[] => {
    const known = edges.get(path);
    if (known !== undefined) return known;
    const answer = sources.of(path);
    if (answer?.state !== "parsed") return [];
    return answer.facts.imports.flatMap(({ specifier }) =>
      importedFiles(specifier, path, manifest, files),
    );
  };
  const reach = new Map<string, FileReach>();
  const { hooks, entries, bins } = entryPoints(manifest, files);
  const starts = [
    ["install-hook", hooks],
    ["entry-point", entries],
    ["bin", bins],
  ] as const;
  for (const [from, paths] of starts) {
    const waiting = paths.map((path) => ({ path, via: [path] }));
    for (let at = 0; at < waiting.length; at += 1) {
      const { path, via } = waiting[at] ?? { path: "", via: [] };
      if (path === "" || reach.has(path)) continue;
      reach.set(path, { from, via });
      const next = loadedBy(path).filter((loaded) => !reach.has(loaded));
      waiting.push(...next.map((loaded) => ({ path: loaded, via: [...via.slice(-6), loaded] })));
    }
  }
  return reach;
}

function edgesOf(
  manifest: Manifest,
  files: FileTree,
  { modules, uses }: Linked,
): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>();
  for (const module of modules) {
    edges.set(
      module.path,
      module.specifiers.flatMap((specifier) =>
        importedFiles(specifier, module.path, manifest, files),
      ),
    );
  }
  for (const use of uses) {
    if (!LOADS.test(use.path)) continue;
    const known = edges.get(use.module.path);
    for (const text of use.args.flatMap(loadedTexts)) {
      known?.push(...importedFiles(text, use.module.path, manifest, files));
    }
  }
  return edges;
}

function loadedTexts(arg: Use["args"][number]): readonly string[] {
  return textsOf(arg).map((text) =>
    isInPackage(text) ? `/${text.slice(PACKAGE_FOLDER.length + 1)}` : text,
  );
}
