import type { Node } from "oxc-parser";
import type { ReachedFrom } from "../../model/capability.ts";
import type { FileEntry, FileTree } from "../../model/file-tree.ts";
import { messageOf } from "../../model/failure.ts";
import type { Manifest } from "../../model/manifest.ts";
import { printable } from "../../model/printable.ts";
import { contentKey, treeOfCode } from "../parse/parse.ts";
import { entryPoints, importedFiles } from "../parse/reach.ts";
import type { Sources } from "../parse/sources.ts";
import { type CodeText, codeTextsOf } from "./code-texts.ts";
import { Evaluator, type Linker } from "./evaluate.ts";
import {
  bare,
  type Binding,
  type CallSite,
  lookup,
  type ModuleModel,
  type Site,
  writtenKey,
} from "./module.ts";
import { isInPackage, PACKAGE_FOLDER } from "./paths.ts";
import { loadsWrittenIn, reachesOut } from "./reaching.ts";
import { relays, sharedNames } from "./relays.ts";
import { readModule, WHOLE_EXPORT } from "./read-module.ts";
import { commandsOf } from "./targets.ts";
import { Aliases, type Use, usesIn } from "./uses.ts";
import { HOLE, textsOf } from "./value.ts";

/** The code of a package as a whole: its files, how they lead to each other, what they call. */
export interface Program {
  readonly manifest: Manifest;
  readonly files: FileTree;
  readonly modules: readonly ModuleModel[];
  readonly evaluator: Evaluator;
  readonly uses: readonly Use[];
  usesOf(module: ModuleModel): readonly Use[];
  reachOf(path: string): FileReach;
  /** Files that could not be read and bounds that were hit, one sentence each. */
  readonly unread: readonly string[];
  /**
   * More steps were needed than code of the size that is followed gives cause for. None of 639 popular
   * packages comes near; code that was written to wear a reader out does.
   */
  readonly isSpent: boolean;
}

export interface FileReach {
  readonly from: ReachedFrom;
  /** From the entry point to the file, both included. */
  readonly via: readonly string[];
}

/** What {@link Program.unread} says of a program that is spent. */
export const SPENT = "the code takes more steps to follow than are spent on it";

/** Larger files are read for their shape only: see `lens/shapes.ts`. */
export const MODULE_BYTES_MAX = 2 * 1024 * 1024;
/** About a second of work. */
const MODULES_BYTES_MAX = 3 * 1024 * 1024;
const MODULES_MAX = 3_000;
const NODES_MAX = 800_000;
/** Over all text of a package that is run as code. */
const CODE_BYTES_MAX = 1024 * 1024;
const CODE_DEPTH_MAX = 4;
const JSON_BYTES_MAX = 64 * 1024;
/** Files that are read because they call into one that reaches out. */
const IMPORTERS_MAX = 20;
/** In packages of more files, callers in files that reach nothing by themselves are not looked for. */
const IMPORTING_FILES_MAX = 1_000;

/** Names that built-ins are given for all files. */
const SHARED_NAMES_MAX = 20;
const GLOBALS_OF_NAME_MAX = 4;

const NONE: readonly never[] = [];

const IS_SOURCE = /\.(?:[cm]?[jt]sx?|es6?)$/i;
const IS_DECLARATION = /\.d\.[cm]?ts$/i;

export function readProgram(manifest: Manifest, files: FileTree, sources: Sources): Program {
  const reader = new ModulesReader(manifest, files, sources);
  const resolver = new ImportResolver(manifest, files);
  const linker = new PackageLinker(reader, resolver);
  const evaluator = new Evaluator(linker);
  const { hooks, entries, bins } = entryPoints(manifest, files);
  reader.readTelling(new Set([...hooks, ...entries, ...bins]));
  const aliases = new Aliases(reader.modules, evaluator);
  const uses: Use[] = [];
  // Following one file's values can bring in others; the list grows while it is gone through.
  for (let at = 0; at < reader.modules.length; at += 1) {
    const module = reader.modules[at];
    if (module === undefined) break;
    try {
      const own = usesIn(module, evaluator, aliases);
      uses.push(...own);
      readCodeOf(own, evaluator, linker);
      if (relays(module, evaluator)) linker.readImporters(module);
      linker.readMentions(sharedNames(module, evaluator));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reader.unread.push(`${shown(module.path)} nests too deep to be followed`);
    }
  }
  const { modules, unread } = reader;
  let reach: ReadonlyMap<string, FileReach> | undefined;
  const reachOf = (path: string): FileReach => {
    reach ??= reachIn(manifest, files, { reader, modules, resolver, evaluator, uses });
    return reach.get(path) ?? { from: "nothing", via: [] };
  };
  const isSpent = evaluator.isExhausted;
  if (isSpent) unread.push(SPENT);
  const byModule = Map.groupBy(uses, (use) => use.module);
  return {
    manifest,
    files,
    modules,
    evaluator,
    uses,
    usesOf: (module) => byModule.get(module) ?? [],
    reachOf,
    unread,
    isSpent,
  };
}

/** Text that is run as code becomes a module of its own, and is gone through like the others. */
function readCodeOf(uses: readonly Use[], evaluator: Evaluator, linker: Linker): void {
  for (const use of uses) {
    for (const code of codeTextsOf(use, evaluator)) linker.codeOf(code);
    // The call of a function that was made of text says what its parameters are.
    if (use.path === "Function()") evaluator.valueOfCall(use.call);
  }
}

/** Reads files into modules: those that reach out at once, others when they are asked for. */
class ModulesReader {
  readonly modules: ModuleModel[] = [];
  readonly unread: string[] = [];
  readonly #files: FileTree;
  readonly #sources: Sources;
  readonly #isOwn: (specifier: string) => boolean;
  readonly #byPath = new Map<string, ModuleModel | undefined>();
  readonly #globals = new Map<string, Binding[]>();
  #globalsRead = 0;
  #bytesLeft = MODULES_BYTES_MAX;
  #codeBytesLeft = CODE_BYTES_MAX;
  #nodesLeft = NODES_MAX;

  constructor(manifest: Manifest, files: FileTree, sources: Sources) {
    this.#files = files;
    this.#sources = sources;
    const { name } = manifest;
    this.#isOwn = (specifier) => name !== undefined && `${specifier}/`.startsWith(`${name}/`);
  }

  /** @param first paths that are read before all others, in case there is too much to read */
  readTelling(first: ReadonlySet<string>): void {
    const rank = ({ path }: FileEntry): number => (first.has(path) ? 0 : 1);
    const sources = this.#files.entries.filter(isSource);
    // Small before large, so that one large file does not keep many from being read.
    for (const entry of sources.sort((a, b) => rank(a) - rank(b) || a.size - b.size)) {
      if (entry.size > MODULE_BYTES_MAX) {
        this.unread.push(`${shown(entry.path)} is too large to be followed`);
      } else if (this.#reachesOut(this.#files.text(entry))) this.moduleAt(entry.path);
    }
  }

  #reachesOut(text: string): boolean {
    return reachesOut(text, this.#isOwn);
  }

  readMentioning(words: readonly string[]): void {
    for (const entry of this.#files.entries) {
      if (!isSource(entry) || entry.size > MODULE_BYTES_MAX || this.#byPath.has(entry.path))
        continue;
      const text = this.#files.text(entry);
      if (words.some((word) => text.includes(word))) this.moduleAt(entry.path);
    }
  }

  /** Bindings of files that assign to this name without declaring it. */
  globalsNamed(name: string): readonly Binding[] {
    for (; this.#globalsRead < this.modules.length; this.#globalsRead += 1) {
      for (const [key, binding] of this.modules[this.#globalsRead]?.globals ?? []) {
        const known = this.#globals.get(key);
        if (known === undefined) this.#globals.set(key, [binding]);
        else if (known.length < GLOBALS_OF_NAME_MAX) known.push(binding);
      }
    }
    return this.#globals.get(name) ?? NONE;
  }

  moduleAt(path: string): ModuleModel | undefined {
    if (this.#byPath.has(path)) return this.#byPath.get(path);
    this.#byPath.set(path, undefined);
    const module = this.#read(path);
    this.#byPath.set(path, module);
    if (module !== undefined) this.modules.push(module);
    return module;
  }

  /** Code that reaches nothing is not worth reading; most that is run as text does not. */
  readCode({ text, parameters, call }: CodeText): ModuleModel | undefined {
    const reaches =
      this.#reachesOut(text) || NAMES_BUILTIN.test(text) || callsParameter(text, parameters ?? []);
    if (!reaches || depthOf(call.scope.module) >= CODE_DEPTH_MAX) return undefined;
    this.#codeBytesLeft -= text.length;
    if (this.#codeBytesLeft < 0) {
      this.unread.push("the package runs more text as code than is followed");
      return undefined;
    }
    const { path } = call.scope.module;
    const forms = parameters === undefined ? [text] : bodies(text, parameters);
    for (const form of [...forms, ...forms.map((each) => each.replaceAll(HOLE, UNKNOWN_NAME))]) {
      const program = treeOfCode(form);
      if (program === undefined || program.body.length === 0) continue;
      const module = readModule(path, form, program, call);
      this.#nodesLeft -= module.nodeCount;
      this.modules.push(module);
      return module;
    }
    return undefined;
  }

  /** JSON is an expression of JavaScript, near enough. It is no module whose calls are looked at. */
  readJson(text: string, from: ModuleModel): ModuleModel | undefined {
    const entry = /^\s*[[{]/.test(text) ? undefined : this.#files.get(text);
    if (entry !== undefined && entry.size > JSON_BYTES_MAX) return undefined;
    const json = entry === undefined ? text : this.#files.text(entry);
    this.#codeBytesLeft -= json.length;
    if (json.length > JSON_BYTES_MAX || this.#codeBytesLeft < 0) return undefined;
    const code = `(${json})`;
    const program = treeOfCode(code);
    return program === undefined ? undefined : readModule(entry?.path ?? from.path, code, program);
  }

  /** Which files import which, those included that were not worth reading by themselves. */
  importsByTarget(resolver: ImportResolver): ReadonlyMap<string, readonly string[]> {
    const importers = new Map<string, string[]>();
    for (const entry of this.#files.entries) {
      if (!isSource(entry) || entry.size > MODULE_BYTES_MAX) continue;
      for (const specifier of this.#specifiersIn(entry.path)) {
        const [target] = resolver.filesOf(specifier, entry.path);
        if (target === undefined) continue;
        const known = importers.get(target);
        if (known === undefined) importers.set(target, [entry.path]);
        else known.push(entry.path);
      }
    }
    return importers;
  }

  #specifiersIn(path: string): readonly string[] {
    const isFollowed = this.#byPath.get(path) !== undefined;
    const isLeftOut = !isFollowed && this.#files.entries.length > IMPORTING_FILES_MAX;
    return isLeftOut ? [] : this.loadedBy(path);
  }

  /** What a file may load of the package, told from its words where they suffice. */
  loadedBy(path: string): readonly string[] {
    const entry = this.#files.get(path);
    if (entry === undefined || !isSource(entry)) return [];
    const written = loadsWrittenIn(this.#files.text(entry));
    if (written !== undefined) return written;
    const answer = this.#sources.of(path);
    if (answer?.state !== "parsed") return [];
    return [...new Set(answer.facts.imports.map(({ specifier }) => specifier))];
  }

  #read(path: string): ModuleModel | undefined {
    const entry = this.#files.get(path);
    if (entry === undefined || !isSource(entry) || entry.size > MODULE_BYTES_MAX) return undefined;
    const isFull =
      entry.size > this.#bytesLeft || this.#nodesLeft < 0 || this.modules.length >= MODULES_MAX;
    if (isFull) {
      this.unread.push("the package holds more code than is followed");
      return undefined;
    }
    const module = readOne(path, this.#files, this.#sources, this.unread);
    if (module === undefined) return undefined;
    this.#bytesLeft -= entry.size;
    this.#nodesLeft -= module.nodeCount;
    return module;
  }
}

const NAMES_BUILTIN =
  /\(\s*["'`](?:node:)?(?:child_process|fs|https?|http2|net|tls|dns|dgram|os|vm|worker_threads)["'`]/;

/** A function that is handed `require` may know it by any name. */
function callsParameter(text: string, parameters: readonly string[]): boolean {
  return parameters.some((name) => /^[\w$]+$/.test(name) && text.includes(`${name}(`));
}

/** Stands in code for what is put in at run time. */
const UNKNOWN_NAME = "$unknown";

/** As the body of a function, which may be an asynchronous one. */
function bodies(text: string, parameters: readonly string[]): readonly string[] {
  const list = parameters.join(", ");
  return ["function", "async function"].map((head) => `(${head} (${list}) {\n${text}\n})`);
}

/** How often code was unpacked from code. */
function depthOf(module: ModuleModel): number {
  let depth = 0;
  for (let at = module.runBy; at !== undefined; at = at.scope.module.runBy) depth += 1;
  return depth;
}

/** A file without an extension may be a script; the parser looks at its first line. */
function isSource({ path, size }: FileEntry): boolean {
  if (IS_DECLARATION.test(path)) return false;
  return IS_SOURCE.test(path) || (!/\.[^/]*$/.test(path) && size < MODULE_BYTES_MAX);
}

/** By path and contents, for as long as anyone has the sources that they were read from. */
const MODELS = new WeakMap<object, Map<string, ModuleModel>>();

/** What versions of a package have the same is read once for all of them: a model is never written to. */
function readOne(
  path: string,
  files: FileTree,
  sources: Sources,
  unread: string[],
): ModuleModel | undefined {
  const models = MODELS.get(sources.family) ?? new Map<string, ModuleModel>();
  MODELS.set(sources.family, models);
  const key = contentKey(path, files);
  const known = key === undefined ? undefined : models.get(key);
  if (known !== undefined) return known;
  const module = parsedOne(path, sources, unread);
  if (key !== undefined && module !== undefined) models.set(key, module);
  return module;
}

function parsedOne(path: string, sources: Sources, unread: string[]): ModuleModel | undefined {
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

/** Which files a specifier may lead to; asked often, from the same folder. */
class ImportResolver {
  readonly #manifest: Manifest;
  readonly #files: FileTree;
  /** By folder and specifier, and again by file, which is looked up without making a text. */
  readonly #found = new Map<string, readonly string[]>();
  readonly #foundFrom = new Map<string, Map<string, readonly string[]>>();

  constructor(manifest: Manifest, files: FileTree) {
    this.#manifest = manifest;
    this.#files = files;
  }

  filesOf(specifier: string, from: string): readonly string[] {
    const own = this.#foundFrom.get(from) ?? new Map<string, readonly string[]>();
    const known = own.get(specifier);
    if (known !== undefined) return known;
    const found = this.#filesOf(specifier, from);
    own.set(specifier, found);
    this.#foundFrom.set(from, own);
    return found;
  }

  #filesOf(specifier: string, from: string): readonly string[] {
    const isOwn = isInPackage(specifier);
    const wanted = isOwn ? `./${specifier.slice(PACKAGE_FOLDER.length + 1)}` : specifier;
    const folder = isOwn ? "" : from.slice(0, from.lastIndexOf("/") + 1);
    const key = `${folder}\0${wanted}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const paths = importedFiles(wanted, `${folder}x`, this.#manifest, this.#files);
    this.#found.set(key, paths);
    return paths;
  }
}

class PackageLinker implements Linker {
  readonly #reader: ModulesReader;
  readonly #resolver: ImportResolver;
  readonly #code = new Map<CallSite["node"], Map<string, ModuleModel | undefined>>();
  readonly #json = new Map<string, ModuleModel | undefined>();
  readonly #importers = new Map<ModuleModel, ReturnType<Linker["importersOf"]>>();
  readonly #imported = new Map<
    ModuleModel,
    ReadonlyMap<string | undefined, readonly NamedImport[]>
  >();
  readonly #mentioned = new Set<string>();
  #importingPaths: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(reader: ModulesReader, resolver: ImportResolver) {
    this.#reader = reader;
    this.#resolver = resolver;
  }

  codeOf(code: CodeText): ModuleModel | undefined {
    const { call, text } = code;
    const known = this.#code.get(call.node) ?? new Map<string, ModuleModel | undefined>();
    this.#code.set(call.node, known);
    if (!known.has(text)) known.set(text, this.#reader.readCode(code));
    return known.get(text);
  }

  jsonOf(text: string, from: ModuleModel): ModuleModel | undefined {
    const known = this.#json.get(text);
    if (known !== undefined || this.#json.has(text)) return known;
    const module = this.#reader.readJson(text, from);
    this.#json.set(text, module);
    return module;
  }

  /** The first file that Node would take; a source before what lies beside it. */
  #fileOf(specifier: string, from: ModuleModel): string | undefined {
    const paths = this.#resolver.filesOf(specifier, from.path);
    return paths.find((path) => IS_SOURCE.test(path) && !IS_DECLARATION.test(path)) ?? paths[0];
  }

  moduleOf(specifier: string, from: ModuleModel): ModuleModel | undefined {
    const path = this.#fileOf(specifier, from);
    return path === undefined ? undefined : this.#reader.moduleAt(path);
  }

  dataOf(specifier: string, from: ModuleModel): string | undefined {
    const path = this.#fileOf(specifier, from);
    return path !== undefined && /\.(?:json|node|txt|bin|dat)$/.test(path) ? path : undefined;
  }

  importersOf(module: ModuleModel): ReturnType<Linker["importersOf"]> {
    const known = this.#importers.get(module);
    if (known !== undefined) return known;
    this.#importers.set(module, []);
    const found = this.#importingPathsOf(module)
      .slice(0, IMPORTERS_MAX)
      .map((path) => this.#reader.moduleAt(path))
      .filter((from) => from !== undefined)
      .flatMap((from) => this.#namesByFile(from).get(module.path) ?? []);
    this.#importers.set(module, found);
    return found;
  }

  /** Reads the files that import one which hands built-ins on. */
  readImporters(module: ModuleModel): void {
    for (const path of this.#importingPathsOf(module)) this.#reader.moduleAt(path);
  }

  /** Reads the files that mention a name which another one gives to a built-in for all. */
  readMentions(names: readonly string[]): void {
    const left = SHARED_NAMES_MAX - this.#mentioned.size;
    const words = names
      .filter((name) => /^[\w$]+$/.test(name) && !this.#mentioned.has(name))
      .slice(0, left);
    for (const word of words) this.#mentioned.add(word);
    if (words.length > 0) this.#reader.readMentioning(words);
  }

  globalsNamed(name: string): readonly Binding[] {
    return this.#reader.globalsNamed(name);
  }

  #importingPathsOf({ path }: ModuleModel): readonly string[] {
    this.#importingPaths ??= this.#reader.importsByTarget(this.#resolver);
    return this.#importingPaths.get(path) ?? [];
  }

  /** What a file imports, by the path of the file that it comes from; asked once for each of those. */
  #namesByFile(from: ModuleModel): ReadonlyMap<string | undefined, readonly NamedImport[]> {
    const known = this.#imported.get(from);
    if (known !== undefined) return known;
    const names = Map.groupBy(namedImports(from), ({ specifier }) => this.#fileOf(specifier, from));
    this.#imported.set(from, names);
    return names;
  }
}

/** Names that stand for exports of other files, by `import` and by `const { a } = require("./b")`. */
function namedImports(module: ModuleModel): readonly {
  readonly binding: Pick<Binding, "calls" | "name">;
  readonly name: string;
  readonly specifier: string;
  /** The name is a method's, which need not be exported by itself. */
  readonly isMethod?: boolean;
}[] {
  const known = namedIn.get(module);
  if (known !== undefined) return known;
  const byImport = module.imports.map(({ binding, definition }) => ({
    binding,
    name: definition.name,
    specifier: definition.specifier,
  }));
  const byName = [...byImport, ...byRequire(module)];
  const named = [...byName, ...byMethod(module, byName), ...byInstance(module, byName)];
  namedIn.set(module, named);
  return named;
}

const namedIn = new WeakMap<ModuleModel, readonly NamedImport[]>();

type NamedImport = ReturnType<typeof namedImports>[number];

/** `const b = new B(); b.run(x)`, where B is another file's: a method that the file has by this name. */
function byInstance(module: ModuleModel, byName: readonly NamedImport[]): readonly NamedImport[] {
  const specifiers = new Map(
    byName
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ binding, specifier }) => [binding, specifier]),
  );
  return module.calls.flatMap((call): readonly NamedImport[] => {
    const callee = call.callee === undefined ? undefined : bare(call.callee.node);
    if (callee?.type !== "MemberExpression") return [];
    const key = writtenKey(callee.property, callee.computed);
    if (key === undefined) return [];
    const specifier = specifierOf({ node: callee.object, scope: call.scope }, specifiers);
    if (specifier === undefined) return [];
    return [{ binding: { name: key, calls: [call] }, name: key, specifier, isMethod: true }];
  });
}

const CHAIN_MAX = 6;

/** The file that an object comes from, by what it is made, called or taken of. */
function specifierOf(
  { node, scope }: Site,
  specifiers: ReadonlyMap<NamedImport["binding"], string>,
): string | undefined {
  let at = bare(node);
  for (let turns = 0; turns < CHAIN_MAX; turns += 1) {
    const required = requiredBy(at);
    if (required !== undefined) return required.startsWith(".") ? required : undefined;
    if (at.type === "Identifier") {
      const binding = lookup(scope, at.name);
      const specifier = binding === undefined ? undefined : specifiers.get(binding);
      const [definition] = binding?.definitions ?? [];
      if (specifier !== undefined || definition?.kind !== "value") return specifier;
      at = bare(definition.site.node);
      if (at.type === "Identifier") return undefined;
    } else if (at.type === "NewExpression" || at.type === "CallExpression") at = bare(at.callee);
    else if (at.type === "MemberExpression") at = bare(at.object);
    else if (at.type === "AwaitExpression") at = bare(at.argument);
    else return undefined;
  }
  return undefined;
}

/** `require("./b")(x)` and `require("./b").a(x)`, and calls of `b.a` where b stands for a whole file. */
function byMethod(module: ModuleModel, byName: readonly NamedImport[]): readonly NamedImport[] {
  const wholes = new Map(
    byName
      .filter(({ name, specifier }) => WHOLE.has(name) && specifier.startsWith("."))
      .map(({ binding, specifier }) => [binding, specifier]),
  );
  const names = new Set([...wholes.keys()].map((binding) => binding.name));
  return module.calls.flatMap((call): readonly NamedImport[] => {
    const callee = call.callee === undefined ? undefined : bare(call.callee.node);
    if (callee?.type !== "MemberExpression" && callee?.type !== "CallExpression") return [];
    const object = callee.type === "MemberExpression" ? bare(callee.object) : callee;
    const key =
      callee.type === "MemberExpression"
        ? writtenKey(callee.property, callee.computed)
        : WHOLE_EXPORT;
    if (key === undefined) return [];
    const named = object.type === "Identifier" && names.has(object.name) ? object.name : undefined;
    const binding = named === undefined ? undefined : lookup(call.scope, named);
    const specifier = binding === undefined ? requiredBy(object) : wholes.get(binding);
    if (specifier?.startsWith(".") !== true) return [];
    return [{ binding: { name: key, calls: [call] }, name: key, specifier }];
  });
}

const WHOLE: ReadonlySet<string> = new Set(["*", WHOLE_EXPORT]);

function requiredBy(node: Node): string | undefined {
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return undefined;
  const [first] = node.arguments;
  if (node.callee.name !== "require" || first?.type !== "Literal") return undefined;
  return typeof first.value === "string" ? first.value : undefined;
}

function byRequire(module: ModuleModel): readonly NamedImport[] {
  return [...module.scope.bindings.values()].flatMap((binding) => {
    const [definition] = binding.definitions;
    const of = definition?.kind === "member" ? definition.of : definition;
    const specifier = of?.kind === "value" ? requiredBy(of.site.node) : undefined;
    if (specifier === undefined) return [];
    const name = definition?.kind === "member" ? definition.key : WHOLE_EXPORT;
    return [{ binding, name, specifier }];
  });
}

interface Linked {
  readonly reader: ModulesReader;
  readonly modules: readonly ModuleModel[];
  readonly resolver: ImportResolver;
  readonly evaluator: Evaluator;
  readonly uses: readonly Use[];
}

const LOADS =
  /^(?:require|import|Worker|worker_threads\.Worker|SharedWorker|child_process\.\w+|require\.resolve|module\.\w+)$/;

/** From the hooks first, then what is imported, then commands: the strongest way in is kept. */
function reachIn(
  manifest: Manifest,
  files: FileTree,
  linked: Linked,
): ReadonlyMap<string, FileReach> {
  const edges = edgesOf(linked);
  const loadedBy = (path: string): readonly string[] => {
    const known = edges.get(path);
    if (known !== undefined) return known;
    return linked.reader
      .loadedBy(path)
      .flatMap((specifier) => linked.resolver.filesOf(specifier, path));
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

/** Names of files among the arguments; a program's are words of its command line. */
function loadedTexts(use: Use, evaluator: Evaluator): readonly string[] {
  const texts = use.args.flatMap(textsOf);
  if (use.spec?.takes !== "spawn") return texts;
  const words = commandsOf(use, evaluator).flatMap((line) => line.split(/[\s"']+/).slice(0, 20));
  return [
    ...texts,
    ...words
      .filter((word) => /^[\w‹]/.test(word))
      .map((word) => (isInPackage(word) ? word : `./${word}`)),
  ];
}

function edgesOf({
  modules,
  uses,
  resolver,
  evaluator,
}: Linked): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>();
  for (const { path, specifiers } of modules) {
    edges.set(
      path,
      specifiers.flatMap((specifier) => resolver.filesOf(specifier, path)),
    );
  }
  for (const use of uses) {
    if (!LOADS.test(use.path)) continue;
    const known = edges.get(use.module.path);
    for (const text of loadedTexts(use, evaluator)) {
      known?.push(...resolver.filesOf(text, use.module.path));
    }
  }
  return edges;
}
