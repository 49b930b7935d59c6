import * as oxc from "oxc-parser";
import { type LazyNode, nodesAround, outside } from "./lazy-tree.ts";

/** The kinds of nodes that are looked at, in the names of both trees that the parser can give. */
export interface NodeHandlers {
  readonly call: (kind: CallKind, node: CallNode) => void;
  /** Left out where no name is of interest: reading them all takes its time. */
  readonly identifier: ((node: NamedNode) => void) | undefined;
}

/** A call, `new`, `import()` or TypeScript's `import x = require()`; read on demand. */
export interface CallNode {
  readonly start: number;
  readonly callee?: unknown;
  readonly arguments?: readonly unknown[];
  readonly source?: unknown;
  readonly expression?: unknown;
}

export type CallKind = "call" | "new" | "import" | "import-equals";

export interface NamedNode {
  readonly name: string;
  readonly start: number;
}

export interface Parsed {
  readonly module: oxc.EcmaScriptModule;
  /**
   * Calls the handlers, in the order of the text, for every node that one of the offsets lies in, and
   * perhaps for others.
   *
   * @param offsets in the text, ascending
   */
  walk(handlers: NodeHandlers, offsets: readonly number[]): void;
}

/** One reading of a file: what to take it for. */
export interface Dialect {
  readonly lang: NonNullable<oxc.ParserOptions["lang"]>;
  readonly sourceType: NonNullable<oxc.ParserOptions["sourceType"]>;
}

/**
 * The parser's lazy tree is read in place, without making an object of a node that nobody asks for:
 * measured ten times as fast as the plain one where a few places are looked at. It needs a 64-bit
 * little-endian machine and 6 GB of address space; where those are missing, the plain tree serves.
 *
 * Both are in no type declarations of the package, hence the shapes here. The version is pinned,
 * and a test compares the two trees.
 */
interface LazyResult extends oxc.ParseResult {
  dispose(): void;
}

interface LazyApi {
  parseSync(
    name: string,
    text: string,
    options: oxc.ParserOptions & { readonly experimentalLazy: true },
  ): LazyResult;
  parseSync(
    name: string,
    text: string,
    options: oxc.ParserOptions & { readonly experimentalRawTransfer: true },
  ): oxc.ParseResult;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see LazyResult
const lazyApi = oxc as unknown as LazyApi;

export type TreeMode = "lazy" | "plain";

let mode: TreeMode = oxc.rawTransferSupported() ? "lazy" : "plain";

/** @returns undefined when the text is not of this dialect */
export function parseWith<Facts>(
  dialect: Dialect,
  text: string,
  read: (parsed: Parsed) => Facts,
  wanted: TreeMode = mode,
): Facts | undefined {
  if (wanted === "lazy") {
    try {
      return parseLazily(dialect, text, read);
    } catch (error) {
      if (!(error instanceof RangeError) || !/allocation/i.test(error.message)) throw error;
      mode = "plain";
    }
  }
  const result = oxc.parseSync("source", text, dialect);
  if (isRefused(result)) return undefined;
  return read({
    module: result.module,
    walk: (handlers) => {
      new oxc.Visitor(plainVisitor(handlers)).visit(result.program);
    },
  });
}

function parseLazily<Facts>(
  dialect: Dialect,
  text: string,
  read: (parsed: Parsed) => Facts,
): Facts | undefined {
  const result = lazyApi.parseSync("source", text, { ...dialect, experimentalLazy: true });
  try {
    if (isRefused(result)) return undefined;
    return read({
      module: result.module,
      walk: (handlers, offsets) => {
        const nodes =
          nodesAround(offsets, result.program) ??
          // Most often it was a comment in such a place.
          nodesAround(outside(result.comments, offsets), result.program);
        if (nodes === undefined) return walkWhole(dialect, text, handlers);
        const handlerOf = lazyHandlers(handlers);
        for (const node of nodes) handlerOf.get(node.type ?? "")?.(node);
      },
    });
  } finally {
    result.dispose();
  }
}

/** Of a text that is known to be of this dialect. */
function walkWhole(dialect: Dialect, text: string, handlers: NodeHandlers): void {
  const options = { ...dialect, experimentalRawTransfer: true } as const;
  const { program } = lazyApi.parseSync("source", text, options);
  new oxc.Visitor(plainVisitor(handlers)).visit(program);
}

/**
 * The whole tree at once, for readers that go back and forth in it; parentheses are left out. Taken
 * over in one block where that is possible, at a third of the plain way's cost.
 *
 * @returns undefined when the text is not of this dialect
 */
export function treeWith(dialect: Dialect, text: string): oxc.Program | undefined {
  const options = { ...dialect, preserveParens: false };
  const result =
    mode === "lazy"
      ? lazyApi.parseSync("source", text, { ...options, experimentalRawTransfer: true })
      : oxc.parseSync("source", text, options);
  return isRefused(result) ? undefined : result.program;
}

/** After a fatal error the tree is empty; after a mild one (`return` at the top) it is whole. */
function isRefused(result: oxc.ParseResult): boolean {
  return result.errors.length > 0 && result.program.body.length === 0;
}

type Handle = (node: CallNode & NamedNode) => void;

function callVisitor({ call }: NodeHandlers): Readonly<Record<string, Handle>> {
  const visit =
    (kind: CallKind): Handle =>
    (node) => {
      call(kind, node);
    };
  return {
    CallExpression: visit("call"),
    NewExpression: visit("new"),
    ImportExpression: visit("import"),
    TSExternalModuleReference: visit("import-equals"),
  };
}

function lazyHandlers(handlers: NodeHandlers): ReadonlyMap<string, (node: LazyNode) => void> {
  const { identifier } = handlers;
  const named = identifier === undefined ? [] : NAMED.map((type) => [type, identifier] as const);
  const all = new Map([...Object.entries(callVisitor(handlers)), ...named]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each reads what its type has
  return all as ReadonlyMap<string, (node: object) => void>;
}

const NAMED = [
  "IdentifierName", "IdentifierReference", "BindingIdentifier", "LabelIdentifier", "PrivateIdentifier",
] as const; // prettier-ignore

function plainVisitor(handlers: NodeHandlers): oxc.VisitorObject {
  const { identifier } = handlers;
  if (identifier === undefined) return callVisitor(handlers);
  return { ...callVisitor(handlers), Identifier: identifier, PrivateIdentifier: identifier };
}
