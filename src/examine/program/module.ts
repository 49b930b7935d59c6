import type { Expression, Node } from "oxc-parser";

/** An expression with the scope that its names are looked up in. */
export interface Site {
  readonly node: Node;
  readonly scope: Scope;
}

export interface Scope {
  readonly parent: Scope | undefined;
  bindings: Map<string, Binding>;
  readonly fn: FunctionModel;
  readonly module: ModuleModel;
}

export interface Binding {
  readonly name: string;
  definitions: readonly Definition[];
  /** What is put into it: pushed elements, values of properties. */
  additions: readonly Site[];
  /** Loops that build it up piece by piece, in the order of the text. */
  loops: readonly Site[];
  /** Calls whose callee is this name. */
  calls: readonly CallSite[];
  /** Calls that hand this name over, and at which position. */
  handedTo: readonly Handed[];
  /** Assigned to after its declaration. */
  rewritten: boolean;
}

export interface Handed {
  readonly call: CallSite;
  readonly index: number;
}

/** One of the things a name can stand for. */
export type Definition =
  | { readonly kind: "value"; readonly site: Site }
  | { readonly kind: "member"; readonly of: Definition; readonly key: string }
  | { readonly kind: "element"; readonly of: Definition; readonly index: number | undefined }
  | { readonly kind: "function"; readonly fn: FunctionModel }
  | { readonly kind: "parameter"; readonly fn: FunctionModel; readonly index: number }
  /** All arguments from one on: `(...rest)`. */
  | { readonly kind: "rest"; readonly fn: FunctionModel; readonly index: number }
  | ImportedName
  /** Keys of an object, by `for (k in o)`. */
  | { readonly kind: "keys"; readonly site: Site }
  | { readonly kind: "unknown" };

/** An export of another file or package; "*" for all of it. */
export interface ImportedName {
  readonly kind: "import";
  readonly specifier: string;
  readonly name: string;
  readonly module: ModuleModel;
}

export interface FunctionModel {
  /** Undefined for the top level of a module. */
  readonly node: Node | undefined;
  readonly name: string | undefined;
  readonly parent: FunctionModel | undefined;
  readonly module: ModuleModel;
  readonly parameters: readonly Node[];
  returns: readonly Site[];
  /** What a generator hands out one after the other. */
  yields: readonly Site[];
  /** Names that it is known by. */
  bindings: readonly Binding[];
  /** Property or method names that it is stored under. */
  keys: readonly string[];
  /** Where it is written as an argument. */
  handedTo: readonly Handed[];
  /** Called where it stands. */
  invokedBy: readonly CallSite[];
  /** The scope of its parameters and body; set once it has been read. */
  inner: Scope | undefined;
}

export interface CallSite {
  /** "applied": its one argument is the list of the arguments. */
  readonly kind: "call" | "new" | "import" | "template" | "applied";
  readonly node: Node;
  readonly callee: Site | undefined;
  readonly args: readonly Node[];
  readonly scope: Scope;
}

/** `object.key = value`, the key undefined where it is computed. */
export interface PropertyWrite {
  readonly object: Site;
  readonly key: string | undefined;
  readonly value: Site;
  readonly node: Node;
}

/** A file of the package, read once: who calls what, and where names get their values. */
export interface ModuleModel {
  readonly path: string;
  readonly text: string;
  /** The call that runs it, for code that is kept as text; its path is that call's file. */
  readonly runBy: CallSite | undefined;
  readonly top: FunctionModel;
  readonly scope: Scope;
  readonly functions: readonly FunctionModel[];
  readonly functionOf: ReadonlyMap<Node, FunctionModel>;
  readonly calls: readonly CallSite[];
  readonly writes: readonly PropertyWrite[];
  /** Members that are read and may matter by themselves: `process.env.X`, `x["constructor"]`. */
  readonly members: readonly Site[];
  /** Keys that are taken out of an object by destructuring. */
  readonly taken: readonly TakenKey[];
  /** Functions by the property they are stored under. */
  readonly methods: ReadonlyMap<string, readonly FunctionModel[]>;
  readonly methodCalls: ReadonlyMap<string, readonly CallSite[]>;
  /** Calls of what a call gives, by that call: `f(a)(b)`, `const g = f(a); g(b)`. */
  readonly resultCalls: ReadonlyMap<Node, readonly CallSite[]>;
  /** The first few calls of `a[b]`. */
  readonly computedCalls: readonly CallSite[];
  /** The first many calls of `a[f(1)]` and `a[f(1) + f(2)]`. */
  readonly unpackedCalls: readonly CallSite[];
  /** What is stored under keys of objects and classes, unless it is a function or a literal. */
  readonly stored: readonly { readonly key: string; readonly site: Site }[];
  readonly propertyValues: ReadonlyMap<string, readonly Site[]>;
  readonly exports: ReadonlyMap<string, readonly Definition[]>;
  /** Specifiers of `export * from`. */
  readonly exportedFrom: readonly string[];
  readonly imports: readonly { readonly binding: Binding; readonly definition: ImportedName }[];
  readonly specifiers: readonly string[];
  readonly strings: readonly StringLiteralSite[];
  /** Names that are assigned without being declared. */
  readonly globals: ReadonlyMap<string, Binding>;
  readonly comparisons: readonly Site[];
  readonly debuggers: readonly Node[];
  /** Loops that can only end by force: `while (true)` without a way out. */
  readonly loops: readonly Site[];
  /** What running it as text gives: its last expression. */
  readonly completion: Site | undefined;
  readonly nodeCount: number;
}

export interface TakenKey {
  readonly key: string;
  readonly node: Node;
  readonly from: Site;
}

export interface StringLiteralSite {
  readonly text: string;
  readonly offset: number;
  readonly scope: Scope;
}

/** Where something is in a file: for code that is kept as text, where it is run. */
export function placeInFile(
  module: ModuleModel,
  offset: number,
): { readonly module: ModuleModel; readonly offset: number } {
  let place = { module, offset };
  for (let call = module.runBy; call !== undefined; call = place.module.runBy) {
    place = { module: call.scope.module, offset: call.node.start };
  }
  return place;
}

export function lookup(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding !== undefined) return binding;
  }
  return scope.module.globals.get(name);
}

/** The name written in a member or property key, where it is written and not computed. */
export function writtenKey(key: Node, computed: boolean): string | undefined {
  if (!computed && (key.type === "Identifier" || key.type === "PrivateIdentifier")) {
    return key.name;
  }
  return literalText(key);
}

export function literalText(node: Node): string | undefined {
  if (node.type === "Literal") {
    return typeof node.value === "string" || typeof node.value === "number"
      ? String(node.value)
      : undefined;
  }
  if (node.type !== "TemplateLiteral" || node.quasis.length !== 1) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** `f.call(self, a)` and `f.apply(self, list)` as calls of `f`; any other call as it is. */
export function directCall(call: CallSite): CallSite {
  const callee = call.callee === undefined ? undefined : bare(call.callee.node);
  if (call.callee === undefined || callee?.type !== "MemberExpression") return call;
  const key = writtenKey(callee.property, callee.computed);
  const direct = { ...call, callee: { node: callee.object, scope: call.callee.scope } };
  if (key === "call") return { ...direct, args: call.args.slice(1) };
  return key === "apply" ? { ...direct, kind: "applied", args: call.args.slice(1, 2) } : call;
}

/** Parts of an expression that only TypeScript sees, and wrappers without meaning of their own. */
export function bare(node: Node): Node {
  let at = node;
  for (let turns = 0; turns < 50; turns += 1) {
    const inner = innerOf(at);
    if (inner === undefined) return at;
    at = inner;
  }
  return at;
}

function innerOf(node: Node): Expression | undefined {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSTypeAssertion":
    case "TSNonNullExpression":
    case "TSInstantiationExpression":
      return node.expression;
    case "SequenceExpression":
      return node.expressions.at(-1);
    default:
      return undefined;
  }
}

/** The file's own name for a function, for people. */
export function nameOfFunction(fn: FunctionModel): string | undefined {
  for (let at: FunctionModel | undefined = fn; at?.node !== undefined; at = at.parent) {
    const name = at.name ?? at.keys[0] ?? at.bindings[0]?.name;
    if (name !== undefined) return name;
  }
  return undefined;
}
