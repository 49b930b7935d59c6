import { type Node, type Program, visitorKeys } from "oxc-parser";
import type {
  ArrowFunctionExpression,
  AssignmentExpression,
  BinaryExpression,
  CallExpression,
  Class,
  ExportAllDeclaration,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  Function as FunctionLiteral,
  ImportDeclaration,
  ImportExpression,
  MemberExpression,
  ModuleExportName,
  NewExpression,
  ObjectPattern,
  PrivateInExpression,
  TaggedTemplateExpression,
} from "oxc-parser";
import { isGlobal, isGlobalObject } from "./apis.ts";
import {
  bare,
  type Binding,
  type CallSite,
  type Definition,
  directCall,
  type FunctionModel,
  type ImportedName,
  literalText,
  lookup,
  type ModuleModel,
  type PropertyWrite,
  type Scope,
  type Site,
  type StringLiteralSite,
  type TakenKey,
  writtenKey,
} from "./module.ts";

/** Reads the tree of one file into its model, in one pass. */
export function readModule(
  path: string,
  text: string,
  program: Program,
  runBy?: CallSite,
): ModuleModel {
  return new ModuleReader(path, text, runBy).read(program);
}

type FunctionNode = FunctionLiteral | ArrowFunctionExpression;
type CallNode = CallExpression | NewExpression | ImportExpression | TaggedTemplateExpression;
type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

const DEFINITIONS_MAX = 24;
const ADDITIONS_MAX = 64;
const CALLS_MAX = 64;
const ARGUMENTS_LINKED_MAX = 12;
const RETURNS_MAX = 24;
const COMPUTED_CALLS_MAX = 8;
const UNPACKED_CALLS_MAX = 64;
const LOOPS_MAX = 4;
const STORED_UNDER_KEY_MAX = 24;
/** Shorter ones say nothing. */
const STRING_KEPT_MIN = 4;

interface NameWrite {
  readonly name: string;
  readonly scope: Scope;
  readonly definition: Definition | undefined;
  readonly additions: readonly Site[];
  /** The loop that it is built up in. */
  readonly loop: Site | undefined;
}

/** Properties whose reading matters by itself, wherever the object came from. */
const TELLING_KEYS: ReadonlySet<string> = new Set([
  "env", "constructor", "mainModule", "binding", "_linkedBinding", "dlopen", "_compile", "_load",
  "prototype", "clipboard", "ethereum", "solana", "cookie", "localStorage", "__proto__", "cache",
  "platform", "arch", "language", "languages", "userAgent", "timeZone", "execPath", "argv",
  "getBuiltinModule", "phantom", "tronWeb", "web3",
]); // prettier-ignore

/** Expressions that can stand for a built-in. */
const MAY_STORE: ReadonlySet<string> = new Set([
  "Identifier", "MemberExpression", "CallExpression", "ConditionalExpression", "LogicalExpression", "AwaitExpression",
  "AssignmentExpression",
]); // prettier-ignore

const GROWING: ReadonlySet<string> = new Set([
  "push",
  "unshift",
  "add",
  "set",
  "append",
  "assign",
  "splice",
]);

class ModuleReader {
  readonly #module: Mutable<ModuleModel>;
  readonly #functions: FunctionModel[] = [];
  readonly #functionOf = new Map<Node, FunctionModel>();
  readonly #calls: CallSite[] = [];
  readonly #writes: PropertyWrite[] = [];
  readonly #members: Site[] = [];
  readonly #taking: TakenKey[] = [];
  readonly #methods = new Map<string, readonly FunctionModel[]>();
  readonly #resultCalls = new Map<Node, readonly CallSite[]>();
  readonly #computedCalls: CallSite[] = [];
  readonly #unpackedCalls: CallSite[] = [];
  readonly #methodCalls = new Map<string, readonly CallSite[]>();
  readonly #stored: { readonly key: string; readonly site: Site }[] = [];
  readonly #propertyValues = new Map<string, readonly Site[]>();
  readonly #exports = new Map<string, Definition[]>();
  readonly #exportedFrom: string[] = [];
  readonly #imports: { binding: Binding; definition: ImportedName }[] = [];
  readonly #specifiers: string[] = [];
  readonly #strings: StringLiteralSite[] = [];
  readonly #globals = new Map<string, Binding>();
  readonly #comparisons: Site[] = [];
  readonly #debuggers: Node[] = [];
  readonly #loops: Site[] = [];
  readonly #nameWrites: NameWrite[] = [];
  readonly #globalWrites: { readonly name: string; readonly value: Site }[] = [];
  readonly #localExports: { readonly local: string; readonly exported: string }[] = [];
  #scope: Scope;
  /** The outermost loop of the function that is being read. */
  #loop: Site | undefined;
  #nodeCount = 0;

  constructor(path: string, text: string, runBy: CallSite | undefined) {
    const top = this.#emptyFunction(undefined, undefined, undefined, []);
    const scope: Scope = {
      parent: undefined,
      bindings: new Map(),
      fn: top,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- set two lines further on
      module: undefined as unknown as ModuleModel,
    };
    this.#module = {
      path,
      text,
      runBy,
      top,
      scope,
      functions: this.#functions,
      functionOf: this.#functionOf,
      calls: this.#calls,
      writes: this.#writes,
      members: this.#members,
      taken: this.#taking,
      methods: this.#methods,
      methodCalls: this.#methodCalls,
      resultCalls: this.#resultCalls,
      computedCalls: this.#computedCalls,
      unpackedCalls: this.#unpackedCalls,
      stored: this.#stored,
      propertyValues: this.#propertyValues,
      exports: this.#exports,
      exportedFrom: this.#exportedFrom,
      imports: this.#imports,
      specifiers: this.#specifiers,
      strings: this.#strings,
      globals: this.#globals,
      comparisons: this.#comparisons,
      debuggers: this.#debuggers,
      loops: this.#loops,
      completion: undefined,
      nodeCount: 0,
    };
    this.#scope = scope;
    (scope as Mutable<Scope>).module = this.#module;
    (top as Mutable<FunctionModel>).module = this.#module;
    top.inner = scope;
  }

  read(program: Program): ModuleModel {
    for (const statement of program.body) this.#visit(statement);
    for (const write of this.#nameWrites) this.#settle(write);
    for (const { name, value } of this.#globalWrites) {
      if (this.#module.scope.bindings.has(name)) continue;
      const binding = this.#globals.get(name) ?? this.#global(name);
      if (binding.definitions.length >= DEFINITIONS_MAX) continue;
      binding.definitions = grown(binding.definitions, { kind: "value", site: value });
    }
    for (const call of this.#calls) this.#link(call);
    for (const { local, exported } of this.#localExports) {
      this.#addExport(exported, ...(lookup(this.#module.scope, local)?.definitions ?? []));
    }
    const last = program.body.at(-1);
    if (last?.type === "ExpressionStatement") {
      this.#module.completion = { node: last.expression, scope: this.#module.scope };
    }
    this.#module.nodeCount = this.#nodeCount;
    return this.#module;
  }

  // --- After the pass, when every declaration is known

  #settle({ name, scope, definition, additions, loop }: NameWrite): void {
    const declared = lookup(scope, name);
    // What is put into a built-in does not make a name of the package's own.
    if (declared === undefined && definition === undefined) return;
    const binding = declared ?? this.#global(name);
    if (definition !== undefined) {
      if (binding.definitions.length > 0) binding.rewritten = true;
      if (binding.definitions.length < DEFINITIONS_MAX) {
        binding.definitions = grown(binding.definitions, definition);
      }
      this.#nameFunction(definition, binding);
    }
    const isNew = loop !== undefined && binding.loops.at(-1)?.node !== loop.node;
    if (isNew && binding.loops.length < LOOPS_MAX) binding.loops = grown(binding.loops, loop);
    if (binding.additions.length >= ADDITIONS_MAX) return;
    for (const addition of additions) binding.additions = grown(binding.additions, addition);
  }

  #global(name: string): Binding {
    const binding = emptyBinding(name);
    this.#globals.set(name, binding);
    return binding;
  }

  #link(written: CallSite): void {
    const call = directCall(written);
    const callee = call.callee === undefined ? undefined : bare(call.callee.node);
    if (callee?.type === "Identifier") {
      const binding = lookup(call.scope, callee.name);
      if (binding !== undefined && binding.calls.length < CALLS_MAX) {
        binding.calls = grown(binding.calls, call);
      }
      const [made] = binding?.definitions ?? [];
      const node = made?.kind === "value" ? bare(made.site.node) : undefined;
      if (node?.type === "CallExpression") pushTo(this.#resultCalls, node, call);
    } else if (callee?.type === "CallExpression") pushTo(this.#resultCalls, callee, call);
    const count = Math.min(call.args.length, ARGUMENTS_LINKED_MAX);
    for (let index = 0; index < count; index += 1) {
      const argument = call.args[index];
      if (argument?.type !== "Identifier") continue;
      const binding = lookup(call.scope, argument.name);
      if (binding !== undefined && binding.handedTo.length < CALLS_MAX) {
        binding.handedTo = grown(binding.handedTo, { call, index });
      }
    }
  }

  // --- The pass

  #visitAll(nodes: readonly (Node | null | undefined)[]): void {
    for (const node of nodes) if (node !== null && node !== undefined) this.#visit(node);
  }

  #visit(node: Node): void {
    this.#nodeCount += 1;
    switch (node.type) {
      case "Literal":
        if (typeof node.value === "string" && node.value.length >= STRING_KEPT_MIN) {
          this.#strings.push({ text: node.value, offset: node.start, scope: this.#scope });
        }
        return;
      case "Identifier":
      case "ThisExpression":
        return;
      case "ExpressionStatement":
        return this.#visit(node.expression);
      case "LogicalExpression":
        this.#visit(node.left);
        return this.#visit(node.right);
      case "ConditionalExpression":
        this.#visit(node.test);
        this.#visit(node.consequent);
        return this.#visit(node.alternate);
      case "IfStatement":
        this.#visit(node.test);
        this.#visit(node.consequent);
        if (node.alternate !== null) this.#visit(node.alternate);
        return;
      case "UnaryExpression":
        return this.#visit(node.argument);
      case "TemplateElement":
        if ((node.value.cooked?.length ?? 0) >= STRING_KEPT_MIN) {
          const text = node.value.cooked ?? "";
          this.#strings.push({ text, offset: node.start, scope: this.#scope });
        }
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node);
        return;
      case "CallExpression":
      case "NewExpression":
      case "ImportExpression":
      case "TaggedTemplateExpression":
        return this.#call(node);
      case "MemberExpression":
        return this.#member(node);
      case "AssignmentExpression":
        return this.#assignment(node);
      case "BinaryExpression":
        return this.#binary(node);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "ObjectExpression":
        return this.#object(node);
      default:
        return this.#statement(node);
    }
  }

  #statement(node: Node): void {
    switch (node.type) {
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          const definition: Definition = init === null ? { kind: "unknown" } : this.#valueOf(init);
          if (init !== null) this.#visit(init);
          this.#declare(id, definition, node.kind === "var", init !== null);
          if (init !== null && id.type === "ObjectPattern") this.#taken(id, init);
        }
        return;
      case "BlockStatement":
      case "StaticBlock":
        return this.#block(node.body);
      case "SwitchStatement":
        this.#visit(node.discriminant);
        return this.#scoped(() => {
          for (const { test, consequent } of node.cases) {
            if (test !== null) this.#visit(test);
            this.#visitAll(consequent);
          }
        });
      case "ForInStatement":
      case "ForOfStatement":
      case "ForStatement":
        return this.#repeated(node, () => this.#forLoop(node));
      case "CatchClause":
        return this.#scoped(() => {
          if (node.param !== null) this.#declare(node.param, { kind: "unknown" }, false, false);
          this.#visit(node.body);
        });
      case "ReturnStatement":
        if (node.argument === null) return;
        this.#returned(node.argument);
        return this.#visit(node.argument);
      case "YieldExpression":
        if (node.argument === null) return;
        this.#yielded(node.argument);
        return this.#visit(node.argument);
      case "WhileStatement":
        this.#loops.push({ node, scope: this.#scope });
        return this.#repeated(node, () => this.#children(node));
      case "DoWhileStatement":
        return this.#repeated(node, () => this.#children(node));
      case "UpdateExpression":
        this.#assignTo(node.argument, { kind: "unknown" });
        return this.#visit(node.argument);
      case "DebuggerStatement":
        this.#debuggers.push(node);
        return;
      default:
        return this.#moduleItem(node);
    }
  }

  #moduleItem(node: Node): void {
    switch (node.type) {
      case "ImportDeclaration":
        return this.#import(node);
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration":
      case "ExportAllDeclaration":
        return this.#export(node);
      case "TSImportEqualsDeclaration":
        if (node.moduleReference.type === "TSExternalModuleReference") {
          const specifier = node.moduleReference.expression.value;
          this.#specifiers.push(specifier);
          this.#declare(node.id, this.#importOf(specifier, "*"), false, true);
        }
        return;
      case "TSTypeAliasDeclaration":
      case "TSInterfaceDeclaration":
      case "TSDeclareFunction":
      case "TSTypeAnnotation":
      case "TSTypeParameterInstantiation":
      case "TSTypeParameterDeclaration":
        return;
      default:
        return this.#children(node);
    }
  }

  #children(node: Node): void {
    for (const key of visitorKeys[node.type] ?? []) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- visitorKeys names child nodes
      const child = (node as unknown as Record<string, Node | readonly Node[] | null>)[key];
      if (Array.isArray(child)) this.#visitAll(child);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      else if (child !== null && child !== undefined) this.#visit(child as Node);
    }
  }

  // --- Scopes and names

  #scoped(body: () => void): void {
    const outer = this.#scope;
    this.#scope = scopeIn(outer, outer.fn);
    body();
    this.#scope = outer;
  }

  #block(body: readonly Node[]): void {
    if (body.some(declaresInBlock)) this.#scoped(() => this.#visitAll(body));
    else this.#visitAll(body);
  }

  #repeated(node: Node, body: () => void): void {
    const outer = this.#loop;
    this.#loop ??= { node, scope: this.#scope };
    body();
    this.#loop = outer;
  }

  #forLoop(node: ForInStatement | ForOfStatement | ForStatement): void {
    this.#scoped(() => {
      if (node.type === "ForStatement") {
        if (node.init === null && node.test === null) {
          this.#loops.push({ node, scope: this.#scope });
        }
        return this.#children(node);
      }
      const { left, right } = node;
      const site: Site = { node: right, scope: this.#scope };
      const definition: Definition =
        node.type === "ForInStatement"
          ? { kind: "keys", site }
          : { kind: "element", of: { kind: "value", site }, index: undefined };
      this.#visit(right);
      if (left.type === "VariableDeclaration") {
        for (const { id } of left.declarations) {
          this.#declare(id, definition, left.kind === "var", true);
        }
      } else this.#assignTo(left, definition);
      this.#visit(node.body);
    });
  }

  /** Declares every name of a pattern; `var` belongs to the function around it. */
  #declare(pattern: Node, definition: Definition, isVar: boolean, hasValue: boolean): void {
    const scope = isVar ? this.#functionScope() : this.#scope;
    if (pattern.type === "Identifier") {
      return this.#declareName(pattern.name, definition, scope, hasValue);
    }
    this.#pattern(pattern, definition, (name, own) => {
      this.#declareName(name, own, scope, hasValue);
    });
  }

  #declareName(name: string, own: Definition, scope: Scope, hasValue: boolean): void {
    const binding = bindingIn(scope, name);
    if (!hasValue) return;
    if (binding.definitions.length > 0) binding.rewritten = true;
    if (binding.definitions.length < DEFINITIONS_MAX) {
      binding.definitions = grown(binding.definitions, own);
    }
    this.#nameFunction(own, binding);
    if (own.kind === "import") this.#imports.push({ binding, definition: own });
  }

  #functionScope(): Scope {
    return this.#scope.fn.inner ?? this.#module.scope;
  }

  #pattern(
    pattern: Node,
    definition: Definition,
    bind: (name: string, definition: Definition) => void,
  ): void {
    if (pattern.type === "Identifier") bind(pattern.name, definition);
    else if (pattern.type === "ObjectPattern") {
      for (const property of pattern.properties) {
        if (property.type === "RestElement") this.#pattern(property.argument, definition, bind);
        else {
          const key = writtenKey(property.key, property.computed);
          if (property.computed) this.#visit(property.key);
          const own: Definition =
            key === undefined ? { kind: "unknown" } : { kind: "member", of: definition, key };
          this.#pattern(property.value, own, bind);
        }
      }
    } else if (pattern.type === "ArrayPattern") {
      for (const [index, element] of pattern.elements.entries()) {
        if (element === null) continue;
        const own: Definition = { kind: "element", of: definition, index };
        this.#pattern(element.type === "RestElement" ? element.argument : element, own, bind);
      }
    } else if (pattern.type === "AssignmentPattern") {
      this.#pattern(pattern.left, definition, bind);
      this.#visit(pattern.right);
      const fallback = this.#valueOf(pattern.right);
      this.#pattern(pattern.left, fallback, bind);
    } else if (pattern.type === "RestElement") this.#pattern(pattern.argument, definition, bind);
    else if (pattern.type === "TSParameterProperty") {
      this.#pattern(pattern.parameter, definition, bind);
    } else if (pattern.type === "MemberExpression") this.#visit(pattern);
  }

  /** `const { HOME } = process.env` reads a member as much as `process.env.HOME` does. */
  #taken(pattern: ObjectPattern, init: Node): void {
    for (const property of pattern.properties) {
      if (property.type === "RestElement") continue;
      const key = writtenKey(property.key, property.computed);
      if (key === undefined) continue;
      this.#taking.push({ key, node: property, from: { node: init, scope: this.#scope } });
    }
  }

  // --- Functions and classes

  #emptyFunction(
    node: Node | undefined,
    name: string | undefined,
    parent: FunctionModel | undefined,
    parameters: readonly Node[],
  ): FunctionModel {
    const fn: FunctionModel = {
      node,
      name,
      parent,
      module: this.#module,
      parameters,
      returns: NONE,
      yields: NONE,
      bindings: NONE,
      keys: NONE,
      handedTo: NONE,
      invokedBy: NONE,
      inner: undefined,
    };
    this.#functions.push(fn);
    return fn;
  }

  #function(node: FunctionNode): FunctionModel {
    const known = this.#functionOf.get(node);
    if (known !== undefined) return known;
    const id = node.type === "ArrowFunctionExpression" ? null : node.id;
    const fn = this.#emptyFunction(node, id?.name, this.#scope.fn, node.params);
    this.#functionOf.set(node, fn);
    if (node.type === "FunctionDeclaration" && id !== null) {
      this.#declare(id, { kind: "function", fn }, false, true);
    }
    const outer = this.#scope;
    const loop = this.#loop;
    this.#loop = undefined;
    fn.inner = scopeIn(outer, fn);
    this.#scope = fn.inner;
    if (node.type === "FunctionExpression" && id !== null) {
      this.#declare(id, { kind: "function", fn }, false, true);
    }
    let index = 0;
    for (const parameter of node.params) {
      const kind = parameter.type === "RestElement" ? "rest" : "parameter";
      this.#declare(parameter, { kind, fn, index }, false, true);
      index += 1;
    }
    if (node.body?.type === "BlockStatement") this.#visitAll(node.body.body);
    else if (node.body !== null) {
      this.#returned(node.body);
      this.#visit(node.body);
    }
    this.#scope = outer;
    this.#loop = loop;
    return fn;
  }

  #returned(node: Node): void {
    const { fn } = this.#scope;
    if (fn.returns.length >= RETURNS_MAX) return;
    fn.returns = grown(fn.returns, { node, scope: this.#scope });
  }

  #yielded(node: Node): void {
    const { fn } = this.#scope;
    if (fn.yields.length < RETURNS_MAX) fn.yields = grown(fn.yields, { node, scope: this.#scope });
  }

  #class(node: Class): void {
    if (node.id !== null && node.type === "ClassDeclaration") {
      this.#declare(node.id, this.#valueOf(node), false, true);
    }
    if (node.superClass !== null) this.#visit(node.superClass);
    this.#scoped(() => {
      for (const item of node.body.body) {
        if (item.type === "MethodDefinition" || item.type === "PropertyDefinition") {
          if (item.computed) this.#visit(item.key);
          if (item.value === null) continue;
          const key = writtenKey(item.key, item.computed);
          if (item.type === "MethodDefinition" && item.kind === "get")
            this.#getter(key, item.value);
          else this.#keyed(key, item.value);
          if (item.type === "PropertyDefinition" && key !== undefined) this.#field(key, item.value);
        } else this.#visit(item);
      }
    });
  }

  #object(node: Node & { type: "ObjectExpression" }): void {
    for (const property of node.properties) {
      if (property.type === "SpreadElement") this.#visit(property.argument);
      else {
        if (property.computed) this.#visit(property.key);
        const key = writtenKey(property.key, property.computed);
        if (property.kind === "get") this.#getter(key, property.value);
        else this.#keyed(key, property.value);
      }
    }
  }

  /** A value that is stored under a key: a method, when it is a function. */
  #keyed(key: string | undefined, value: Node): void {
    const inner = bare(value);
    if (isFunctionNode(inner)) {
      const fn = this.#function(inner);
      if (key !== undefined) this.#method(key, fn);
      return;
    }
    if (key !== undefined && MAY_STORE.has(inner.type)) {
      this.#stored.push({ key, site: { node: inner, scope: this.#scope } });
    }
    this.#visit(value);
  }

  /** Reading a getter is reading what it returns. */
  #getter(key: string | undefined, value: Node): void {
    const inner = bare(value);
    if (!isFunctionNode(inner)) return;
    const { returns } = this.#function(inner);
    if (key !== undefined) for (const site of returns) pushTo(this.#propertyValues, key, site);
  }

  #field(key: string, value: Node): void {
    if (isFunctionNode(bare(value))) return;
    pushTo(this.#propertyValues, key, { node: value, scope: this.#scope });
  }

  #method(key: string, fn: FunctionModel): void {
    fn.keys = grown(fn.keys, key);
    pushTo(this.#methods, key, fn);
  }

  // --- Expressions

  #valueOf(node: Node): Definition {
    return { kind: "value", site: { node, scope: this.#scope } };
  }

  #call(node: CallNode): void {
    const call = this.#callSite(node);
    this.#calls.push(call);
    const { callee } = call;
    if (callee !== undefined) {
      const inner = bare(callee.node);
      if (isFunctionNode(inner)) {
        const fn = this.#function(inner);
        fn.invokedBy = grown(fn.invokedBy, call);
      } else if (inner.type === "MemberExpression") this.#methodCall(call, inner);
      this.#visit(callee.node);
    }
    let index = 0;
    for (const argument of call.args) {
      const inner = bare(argument);
      if (isFunctionNode(inner)) {
        const fn = this.#function(inner);
        fn.handedTo = grown(fn.handedTo, { call, index });
      } else this.#visit(argument);
      index += 1;
    }
  }

  #callSite(node: CallNode): CallSite {
    const scope = this.#scope;
    if (node.type === "ImportExpression") {
      return { kind: "import", node, callee: undefined, args: [node.source], scope };
    }
    if (node.type === "TaggedTemplateExpression") {
      const callee = { node: node.tag, scope };
      return { kind: "template", node, callee, args: [node.quasi], scope };
    }
    const callee = { node: node.callee, scope };
    const kind = node.type === "NewExpression" ? "new" : "call";
    return { kind, node, callee, args: node.arguments, scope };
  }

  /** `a.b(…)`: a call by name, and for `list.push(x)` something that is put into `list`. */
  #methodCall(call: CallSite, callee: MemberExpression): void {
    const key = writtenKey(callee.property, callee.computed);
    if (key === undefined) {
      if (this.#computedCalls.length < COMPUTED_CALLS_MAX) this.#computedCalls.push(call);
      const { type } = bare(callee.property);
      const isMade = type === "CallExpression" || type === "BinaryExpression";
      if (isMade && this.#unpackedCalls.length < UNPACKED_CALLS_MAX) this.#unpackedCalls.push(call);
      return;
    }
    pushTo(this.#methodCalls, key, call);
    if (key === "defineProperty") this.#globalProperty(call.args);
    if (!GROWING.has(key)) return;
    const object = key === "assign" ? call.args[0] : callee.object;
    const additions = call.args.map((argument) => ({ node: argument, scope: this.#scope }));
    const held = object === undefined ? undefined : bare(object);
    if (held?.type === "MemberExpression") this.#putInto(held, additions);
    const base = object === undefined ? undefined : baseName(object);
    if (base === undefined) return;
    this.#nameWrites.push({
      name: base,
      scope: this.#scope,
      definition: undefined,
      additions,
      loop: this.#loop,
    });
  }

  /** `this.list.push(x)`: the property holds it from then on. */
  #putInto(held: MemberExpression, additions: readonly Site[]): void {
    const key = writtenKey(held.property, held.computed);
    if (key === undefined) return;
    for (const addition of additions) pushTo(this.#propertyValues, key, addition);
  }

  #member(node: MemberExpression): void {
    const key = writtenKey(node.property, node.computed);
    if ((key !== undefined && TELLING_KEYS.has(key)) || isTellingRoot(node.object)) {
      this.#members.push({ node, scope: this.#scope });
    }
    this.#visit(node.object);
    if (node.computed) this.#visit(node.property);
  }

  #assignment(node: AssignmentExpression): void {
    const { left, right, operator } = node;
    const target = bare(left);
    this.#visitAssigned(target, right);
    const value: Site = { node: right, scope: this.#scope };
    if (target.type === "MemberExpression") return this.#propertyWrite(node, target, value);
    if (operator === "=" || operator === "||=" || operator === "??=" || operator === "&&=") {
      return this.#assignTo(left, { kind: "value", site: value });
    }
    // `text += piece` is read as the whole expression, so that pieces add up.
    this.#assignTo(left, { kind: "value", site: { node, scope: this.#scope } }, this.#loop);
  }

  #visitAssigned(target: Node, right: Node): void {
    const inner = bare(right);
    if (target.type === "MemberExpression") {
      this.#visit(target.object);
      if (target.computed) this.#visit(target.property);
      return this.#keyed(writtenKey(target.property, target.computed), right);
    }
    if (isFunctionNode(inner)) this.#function(inner);
    else this.#visit(right);
  }

  #assignTo(target: Node, definition: Definition, loop?: Site): void {
    this.#pattern(target, definition, (name, own) => {
      this.#nameWrites.push({ name, scope: this.#scope, definition: own, additions: [], loop });
    });
  }

  #propertyWrite(node: Node, target: MemberExpression, value: Site): void {
    const key = writtenKey(target.property, target.computed);
    this.#writes.push({ object: { node: target.object, scope: this.#scope }, key, value, node });
    if (key !== undefined) pushTo(this.#propertyValues, key, value);
    const base = baseName(target.object);
    if (base !== undefined) {
      this.#nameWrites.push({
        name: base,
        scope: this.#scope,
        definition: undefined,
        additions: [value],
        loop: target.computed ? this.#loop : undefined,
      });
    }
    if (key !== undefined) this.#globalWrite(target.object, key, value);
    const exported = commonJsExport(target, key);
    if (exported === undefined) return;
    this.#addExport(exported, { kind: "value", site: value });
    const inner = bare(value.node);
    if (exported !== WHOLE_EXPORT || inner.type !== "ObjectExpression") return;
    for (const property of inner.properties) {
      if (property.type === "SpreadElement") continue;
      const name = writtenKey(property.key, property.computed);
      if (name !== undefined) this.#addExport(name, this.#valueOf(property.value));
    }
  }

  /** `Object.defineProperty(globalThis, "load", { value: require })`. */
  #globalProperty([object, name, description]: readonly Node[]): void {
    const key = name === undefined ? undefined : literalText(name);
    if (object === undefined || key === undefined || description?.type !== "ObjectExpression")
      return;
    for (const property of description.properties) {
      if (property.type === "SpreadElement") continue;
      if (writtenKey(property.key, property.computed) !== "value") continue;
      this.#globalWrite(object, key, { node: property.value, scope: this.#scope });
    }
  }

  /** `globalThis.load = require`: a name that is known from then on, unless it is a built-in's. */
  #globalWrite(object: Node, key: string, value: Site): void {
    const owner = bare(object);
    if (owner.type !== "Identifier" || !isGlobalObject(owner.name) || isGlobal(key)) return;
    if (lookup(this.#scope, owner.name) !== undefined) return;
    this.#globalWrites.push({ name: key, value });
  }

  /** The left spine of `a + b + c …` can be as long as the file: no recursion along it. */
  #binary(node: BinaryExpression | PrivateInExpression): void {
    let left: Node = node;
    while (left.type === "BinaryExpression") {
      if (COMPARES.has(left.operator)) {
        this.#comparisons.push({ node: left, scope: this.#scope });
      }
      this.#visit(left.right);
      left = left.left;
      this.#nodeCount += 1;
    }
    this.#visit(left);
  }

  // --- Imports and exports

  #import(node: ImportDeclaration): void {
    if (node.importKind === "type") return;
    const specifier = node.source.value;
    this.#specifiers.push(specifier);
    for (const item of node.specifiers) {
      const name =
        item.type === "ImportDefaultSpecifier"
          ? "default"
          : item.type === "ImportNamespaceSpecifier"
            ? "*"
            : (nameOfExport(item.imported) ?? "*");
      this.#declare(item.local, this.#importOf(specifier, name), false, true);
    }
  }

  #export(node: ExportNamedDeclaration | ExportDefaultDeclaration | ExportAllDeclaration): void {
    if (node.type === "ExportAllDeclaration") {
      const specifier = node.source.value;
      this.#specifiers.push(specifier);
      if (node.exported === null) this.#exportedFrom.push(specifier);
      else {
        const name = nameOfExport(node.exported);
        if (name !== undefined) this.#addExport(name, this.#importOf(specifier, "*"));
      }
      return;
    }
    if (node.type === "ExportDefaultDeclaration") return this.#exportDefault(node);
    if (node.declaration !== null) {
      this.#visit(node.declaration);
      for (const name of declaredNames(node.declaration)) {
        this.#localExports.push({ local: name, exported: name });
      }
    }
    if (node.source !== null) this.#specifiers.push(node.source.value);
    for (const { local, exported } of node.specifiers) {
      const from = nameOfExport(local);
      const to = nameOfExport(exported);
      if (from === undefined || to === undefined) continue;
      if (node.source === null) this.#localExports.push({ local: from, exported: to });
      else this.#addExport(to, this.#importOf(node.source.value, from));
    }
  }

  #importOf(specifier: string, name: string): ImportedName {
    return { kind: "import", specifier, name, module: this.#module };
  }

  #exportDefault({ declaration }: ExportDefaultDeclaration): void {
    this.#visit(declaration);
    const fn = this.#functionOf.get(bare(declaration));
    this.#addExport(
      "default",
      fn === undefined ? this.#valueOf(declaration) : { kind: "function", fn },
    );
  }

  #addExport(name: string, ...definitions: readonly Definition[]): void {
    const known = this.#exports.get(name) ?? [];
    this.#exports.set(name, known);
    if (known.length < DEFINITIONS_MAX) known.push(...definitions);
  }

  #nameFunction(definition: Definition, binding: Binding): void {
    if (definition.kind !== "function" && definition.kind !== "value") return;
    const fn = definition.kind === "function" ? definition.fn : this.#functionAt(definition.site);
    if (fn !== undefined) fn.bindings = grown(fn.bindings, binding);
  }

  #functionAt({ node }: Site): FunctionModel | undefined {
    const inner = bare(node);
    return isFunctionNode(inner) ? this.#functionOf.get(inner) : undefined;
  }
}

/** `module.exports = …` as a whole. */
export const WHOLE_EXPORT = "module.exports";

const COMPARES: ReadonlySet<string> = new Set([
  "==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof",
]); // prettier-ignore

const TELLING_ROOTS: ReadonlySet<string> = new Set(["process", "globalThis", "navigator"]);

/** `process.x`, `something.env.x`. */
function isTellingRoot(node: Node): boolean {
  if (node.type === "Identifier") return TELLING_ROOTS.has(node.name);
  return node.type === "MemberExpression" && writtenKey(node.property, node.computed) === "env";
}

/** Of the lists of a model, most stay empty: they share this one, and {@link grown} replaces it. */
const NONE: readonly never[] = [];

/** With an item more. The first `push` onto a list makes room for seventeen; few come to that. */
function grown<Item>(list: readonly Item[], item: Item): readonly Item[] {
  if (list.length === 0) return [item];
  if (list.length < COPIED_MAX) return [...list, item];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its own, once it has one item
  (list as Item[]).push(item);
  return list;
}

const COPIED_MAX = 4;

const NO_NAMES = new Map<string, never>();

function scopeIn(parent: Scope, fn: FunctionModel): Scope {
  return { parent, bindings: NO_NAMES, fn, module: parent.module };
}

/** The binding of this name, made where there is none. */
function bindingIn(scope: Scope, name: string): Binding {
  const known = scope.bindings.get(name);
  if (known !== undefined) return known;
  if (scope.bindings === NO_NAMES) scope.bindings = new Map();
  const binding = emptyBinding(name);
  scope.bindings.set(name, binding);
  return binding;
}

function emptyBinding(name: string): Binding {
  return {
    name,
    definitions: NONE,
    additions: NONE,
    loops: NONE,
    calls: NONE,
    handedTo: NONE,
    rewritten: false,
  };
}

function pushTo<Key, Item>(map: Map<Key, readonly Item[]>, key: Key, item: Item): void {
  const items = map.get(key);
  if (items !== undefined && items.length >= STORED_UNDER_KEY_MAX) return;
  map.set(key, grown(items ?? NONE, item));
}

function isFunctionNode(node: Node): node is FunctionNode {
  return (
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression" ||
    node.type === "FunctionDeclaration"
  );
}

/** `a` of `a.b.c` and `a[0]`. */
function baseName(node: Node): string | undefined {
  let at = bare(node);
  while (at.type === "MemberExpression") at = bare(at.object);
  return at.type === "Identifier" ? at.name : undefined;
}

function commonJsExport(target: MemberExpression, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  const object = bare(target.object);
  if (object.type === "Identifier") {
    if (object.name === "module" && key === "exports") return WHOLE_EXPORT;
    return object.name === "exports" ? key : undefined;
  }
  if (object.type !== "MemberExpression" || object.object.type !== "Identifier") return undefined;
  const isExports = object.object.name === "module" && writtenKey(object.property, object.computed);
  return isExports === "exports" ? key : undefined;
}

function declaresInBlock(node: Node): boolean {
  return (
    (node.type === "VariableDeclaration" && node.kind !== "var") ||
    node.type === "ClassDeclaration" ||
    node.type === "FunctionDeclaration"
  );
}

function declaredNames(node: Node): readonly string[] {
  if (node.type === "VariableDeclaration") {
    return node.declarations.flatMap(({ id }) => namesInPattern(id));
  }
  const named = node.type === "FunctionDeclaration" || node.type === "ClassDeclaration";
  return named && node.id !== null ? [node.id.name] : [];
}

function namesInPattern(pattern: Node): readonly string[] {
  if (pattern.type === "Identifier") return [pattern.name];
  if (pattern.type === "ObjectPattern") {
    return pattern.properties.flatMap((property) =>
      namesInPattern(property.type === "RestElement" ? property.argument : property.value),
    );
  }
  if (pattern.type === "ArrayPattern") {
    return pattern.elements.flatMap((element) => (element === null ? [] : namesInPattern(element)));
  }
  if (pattern.type === "AssignmentPattern") return namesInPattern(pattern.left);
  return pattern.type === "RestElement" ? namesInPattern(pattern.argument) : [];
}

function nameOfExport(node: ModuleExportName): string | undefined {
  return node.type === "Literal" ? node.value : node.name;
}
