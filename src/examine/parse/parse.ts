import { createHash } from "node:crypto";
import type { FileEntry, FileTree } from "../../model/file-tree.ts";
import { messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { placesIn } from "./lines.ts";
import { KnownFacts } from "./known-facts.ts";
import { isShallow } from "./nesting.ts";
import {
  type Dialect,
  type NodeHandlers,
  parseWith,
  type Parsed,
  type TreeMode,
  treeWith,
} from "./oxc.ts";
import type {
  IdentifierFact,
  ImportFact,
  SourceAnswer,
  SourceFacts,
  Sources,
  SourceTree,
  TreeAnswer,
} from "./sources.ts";
import { loadOf } from "./specifiers.ts";

/** Beyond 32 MB the parser's memory can run out, which ends the process. */
const SOURCE_BYTES_MAX = 16 * 1024 * 1024;
/** Over all files of one package: some eight seconds of parsing. */
const SOURCE_BYTES_TOTAL_MAX = 160 * 1024 * 1024;
const FOREIGN_IDENTIFIERS_MAX = 1_000;

export interface SourcesOptions {
  /** Shared by the sources of all trees that a thread reads. */
  readonly facts?: KnownFacts;
  /** For tests. */
  readonly mode?: TreeMode;
}

/** Files are parsed when they are first asked for. */
export function createSources(tree: FileTree, options: SourcesOptions = {}): Sources {
  const { facts = new KnownFacts(), mode } = options;
  return sourcesIn(tree, { facts, mode, family: {} });
}

interface Reading {
  readonly facts: KnownFacts;
  readonly mode: TreeMode | undefined;
  readonly family: object;
}

function sourcesIn(tree: FileTree, reading: Reading): Sources {
  const answers = new Map<string, SourceAnswer | undefined>();
  const shallow = new Map<string, boolean>();
  const budget = { facts: SOURCE_BYTES_TOTAL_MAX, trees: SOURCE_BYTES_TOTAL_MAX };

  function opened(path: string, budgeted: keyof typeof budget): Opened | undefined {
    const entry = tree.get(path);
    if (entry === undefined) return undefined;
    const dialects = dialectsOf(entry, tree);
    if (dialects === undefined) return undefined;
    if (entry.size > SOURCE_BYTES_MAX) return cannot("the file is too large to be parsed");
    budget[budgeted] -= entry.size;
    if (budget[budgeted] < 0) return cannot("the package holds more source than is parsed");
    return { state: "opened", dialects, entry };
  }

  function textOf({ entry }: OpenedFile): string | undefined {
    const canBeParsed = shallow.get(entry.path) ?? isShallow(tree.bytes(entry));
    shallow.set(entry.path, canBeParsed);
    return canBeParsed ? tree.text(entry) : undefined;
  }

  function read(path: string): SourceAnswer | undefined {
    const file = opened(path, "facts");
    if (file?.state !== "opened") return file;
    const key = `${DIALECTS.indexOf(file.dialects).toString()}:${hashOf(file.entry, tree)}`;
    const known = reading.facts.get(key);
    if (known !== undefined) return known;
    const text = textOf(file);
    const answer = text === undefined ? TOO_DEEP : parseText(text, file.dialects, reading.mode);
    reading.facts.set(key, answer);
    return answer;
  }

  return {
    of(path) {
      if (!answers.has(path)) answers.set(path, read(path));
      return answers.get(path);
    },
    tree(path) {
      const file = opened(path, "trees");
      if (file?.state !== "opened") return file;
      const text = textOf(file);
      return text === undefined ? TOO_DEEP : treeOf(text, file.dialects);
    },
    beside: (other) => sourcesIn(other, reading),
    family: reading.family,
  };
}

/** Equal for files of the same path and bytes; undefined where there is no such file. */
export function contentKey(path: string, tree: FileTree): string | undefined {
  const entry = tree.get(path);
  return entry === undefined ? undefined : `${path}\0${hashOf(entry, tree)}`;
}

/** An entry is of one tree, or of parts of it. */
const HASHES = new WeakMap<FileEntry, string>();

function hashOf(entry: FileEntry, tree: FileTree): string {
  const known = HASHES.get(entry);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(tree.bytes(entry)).digest("hex");
  HASHES.set(entry, hash);
  return hash;
}

interface OpenedFile {
  readonly state: "opened";
  readonly dialects: readonly Dialect[];
  readonly entry: FileEntry;
}

type Opened = OpenedFile | Unread;
type Unread = { readonly state: "unknown"; readonly why: string };

const TOO_DEEP = cannot("the code nests too deep to be parsed");

function treeOf(whole: string, dialects: readonly Dialect[]): TreeAnswer {
  const text = whole.replace(/^\uFEFF/, "");
  try {
    for (const dialect of dialects) {
      const program = treeWith(dialect, text);
      if (program !== undefined) return { state: "parsed", tree: { program, text } };
    }
    return cannot("the code is in no dialect that can be parsed");
  } catch (error) {
    return cannot(`the code could not be parsed: ${printable(messageOf(error), 100)}`);
  }
}

/**
 * The tree of code that is no file, such as the text of an `eval`. Undefined when it is none.
 */
export function treeOfCode(text: string): SourceTree["program"] | undefined {
  if (!isShallow(Buffer.from(text))) return undefined;
  const answer = treeOf(text, JAVASCRIPT);
  return answer.state === "parsed" ? answer.tree.program : undefined;
}

function cannot(why: string): Unread {
  return { state: "unknown", why };
}

const UNAMBIGUOUS = "unambiguous";
const JAVASCRIPT: readonly Dialect[] = [
  { lang: "jsx", sourceType: UNAMBIGUOUS },
  { lang: "jsx", sourceType: "commonjs" },
  { lang: "jsx", sourceType: "script" },
  { lang: "tsx", sourceType: UNAMBIGUOUS },
  { lang: "ts", sourceType: UNAMBIGUOUS },
];
const TYPESCRIPT: readonly Dialect[] = [
  { lang: "ts", sourceType: UNAMBIGUOUS },
  { lang: "tsx", sourceType: UNAMBIGUOUS },
  { lang: "ts", sourceType: "commonjs" },
];
const DECLARATIONS: readonly Dialect[] = [
  { lang: "dts", sourceType: UNAMBIGUOUS },
  { lang: "ts", sourceType: UNAMBIGUOUS },
];

const DIALECTS = [JAVASCRIPT, TYPESCRIPT, DECLARATIONS];

/** Undefined for what is no source file, by its name or its hashbang. */
function dialectsOf(entry: FileEntry, tree: FileTree): readonly Dialect[] | undefined {
  const { path } = entry;
  if (/\.d\.[cm]?ts$/i.test(path)) return DECLARATIONS;
  if (/\.[cm]?tsx?$/i.test(path)) return TYPESCRIPT;
  if (/\.(?:[cm]?js|jsx|es6?)$/i.test(path)) return JAVASCRIPT;
  return /(?:^|\/)[^./]+$/.test(path) && startsWithNode(entry, tree) ? JAVASCRIPT : undefined;
}

function startsWithNode(entry: FileEntry, tree: FileTree): boolean {
  const start = Buffer.from(tree.bytes(entry).subarray(0, 64)).toString("latin1");
  return /^#![^\n]*\b(?:node|bun|deno|tsx)\b/.test(start);
}

function parseText(
  whole: string,
  dialects: readonly Dialect[],
  mode: TreeMode | undefined,
): SourceAnswer {
  // The parser does not know a byte-order mark before a hashbang.
  const skipped = whole.startsWith("\uFEFF") ? 1 : 0;
  const text = whole.slice(skipped);
  try {
    for (const dialect of dialects) {
      const facts = parseWith(dialect, text, (parsed) => factsOf(parsed, text, skipped), mode);
      if (facts !== undefined) return { state: "parsed", facts };
    }
    return cannot("the code is in no dialect that can be parsed");
  } catch (error) {
    return cannot(`the code could not be parsed: ${printable(messageOf(error), 100)}`);
  }
}

function factsOf(parsed: Parsed, text: string, skipped: number): SourceFacts {
  const place = placesIn(text);
  const imports: ImportFact[] = staticImports(parsed).map(({ specifier, start }) => ({
    specifier,
    kind: "import",
    line: place(start).line,
  }));
  const foreignIdentifiers: IdentifierFact[] = [];
  let loadsComputed = false;
  const offsets = tellingOffsets(text);
  if (offsets.length === 0) return { imports, loadsComputed, foreignIdentifiers };
  const call: NodeHandlers["call"] = (kind, node) => {
    const load = loadOf(kind, node);
    if (load === "computed") loadsComputed = true;
    else if (load !== undefined) imports.push({ ...load, line: place(node.start).line });
  };
  const identifier: NodeHandlers["identifier"] = ({ name, start }) => {
    if (!FOREIGN.test(name) || foreignIdentifiers.length >= FOREIGN_IDENTIFIERS_MAX) return;
    const { line, column } = place(start);
    foreignIdentifiers.push({ name, line, column: line === 1 ? column + skipped : column });
  };
  const mayBeForeign = FOREIGN_NAME.test(text);
  parsed.walk({ call, identifier: mayBeForeign ? identifier : undefined }, offsets);
  return { imports, loadsComputed, foreignIdentifiers };
}

/** Where a load that {@link loadOf} knows, or a foreign name, may stand; ascending. */
function tellingOffsets(text: string): readonly number[] {
  const offsets: number[] = [];
  TELLING.lastIndex = 0;
  for (let found = TELLING.test(text); found; found = TELLING.test(text)) {
    offsets.push(TELLING.lastIndex - 1);
  }
  return offsets;
}

/** The last letter of each word that a load is written with, and of an escape that could spell one. */
const TELLING =
  /\b(?:require|import(?!\s*["'{*\w$])|(?:Shared)?Worker|URL|fork|importScripts|register)\b|\\u|[^\0-\x7f]/g;
const FOREIGN = /[^\0-\x7f]/;
/** An escape in a name may stand for a foreign letter. */
const FOREIGN_NAME = /[^\0-\x7f]|\\u/;

function staticImports({
  module,
}: Parsed): readonly { readonly specifier: string; readonly start: number }[] {
  const requests = [
    ...module.staticImports.map((item) => item.moduleRequest),
    ...module.staticExports.flatMap((item) => item.entries.map((entry) => entry.moduleRequest)),
  ].filter((request) => request !== null);
  const distinct = new Map(requests.map((request) => [request.start, request]));
  return [...distinct.values()].map(({ value, start }) => ({ specifier: value, start }));
}
