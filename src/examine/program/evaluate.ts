import type {
  CallExpression,
  MemberExpression,
  NewExpression,
  Node,
  TaggedTemplateExpression,
  TemplateLiteral,
} from "oxc-parser";
import { isGlobal, isGlobalObject, leadsOn, memberPath, pathOfModule, specOf } from "./apis.ts";
import { callOfApi } from "./api-calls.ts";
import type { CodeText } from "./code-texts.ts";
import { isSecretVariable } from "./credentials.ts";
import { Interpreter } from "./interpret.ts";
import {
  bare,
  type Binding,
  type CallSite,
  type Definition,
  directCall,
  type FunctionModel,
  type Handed,
  literalText,
  lookup,
  type ModuleModel,
  nameOfFunction,
  type Scope,
  type Site,
  writtenKey,
} from "./module.ts";
import { HOME_FOLDER, PACKAGE_FOLDER, TEMPORARY_FOLDER } from "./paths.ts";
import { Closure, Host, type Raw, stuck } from "./raw.ts";
import { WHOLE_EXPORT } from "./read-module.ts";
import { rawOf, valueOfRaw } from "./folding.ts";
import { isPlain } from "./plain.ts";
import { isHidden } from "./spelling.ts";
import { Working } from "./working.ts";
import {
  api,
  concatenated,
  constant,
  type Flow,
  flowing,
  HOLE,
  isSameFlow,
  join,
  type Label,
  NEVER,
  OPEN,
  pathsOf,
  textOf,
  textsOf,
  thing,
  type Thing,
  type Value,
  withFlows,
} from "./value.ts";

/** How the files of a package find each other. */
export interface Linker {
  /** The package's own file that a specifier leads to. */
  moduleOf(specifier: string, from: ModuleModel): ModuleModel | undefined;
  /** The package's own file that is no source, such as JSON. */
  dataOf(specifier: string, from: ModuleModel): string | undefined;
  /** Code that is kept as text, read as if it were a file. */
  codeOf(code: CodeText): ModuleModel | undefined;
  /** A text, or the file of that path, read as JSON. */
  jsonOf(text: string, from: ModuleModel): ModuleModel | undefined;
  /** Names in other files that stand for an export of this one. */
  importersOf(module: ModuleModel): readonly {
    readonly binding: Pick<Binding, "calls">;
    readonly name: string;
    /** A method's name, of something that the file made. */
    readonly isMethod?: boolean;
  }[];
  /** What files of the package assign to a name that none of them declares. */
  globalsNamed(name: string): readonly Binding[];
}

const STEPS_MAX = 1_000_000;
const DEPTH_MAX = 160;
const SOURCES_OF_PARAMETER_MAX = 12;
const ELEMENTS_MAX = 64;
const NAMESAKES_MAX = 4;
const ELEMENTS_JOINED_MAX = 8;

/**
 * Says what expressions can be, on demand and each at most once. It does not follow the order of
 * statements: a name stands for everything it is given anywhere. Bounds on steps and depth end in
 * "open", which every reader takes for "may be anything".
 */
export class Evaluator {
  readonly #linker: Linker;
  readonly #working = new Working<Value>();
  readonly #searched = new Set<Node>();
  readonly #interpreter = new Interpreter({
    valueOf: (binding) => rawOf(oneList(this.valueOfBinding(binding)), this),
    required: (name) => (name.startsWith(".") ? stuck() : new Host(pathOfModule(name))),
  });
  readonly #namesOfExports = new Map<
    ModuleModel,
    ReadonlyMap<FunctionModel, ReadonlySet<string>>
  >();
  /** Functions that could not be run: most are no decoders, and are not tried again and again. */
  readonly #failures = new Map<FunctionModel, number>();
  readonly #prepared = new Set<ModuleModel>();
  #steps = 0;
  #depth = 0;

  constructor(linker: Linker) {
    this.#linker = linker;
  }

  /** True when a bound was hit, so that something may have been missed. */
  get isExhausted(): boolean {
    return this.#steps > STEPS_MAX || this.#interpreter.isSpent;
  }

  evaluate(site: Site): Value {
    return this.#valueOf(site.node, site.scope);
  }

  #valueOf(given: Node, scope: Scope): Value {
    const node = bare(given);
    // Kept elsewhere, or as soon worked out as found: most expressions are of these three kinds.
    if (node.type === "Identifier") return this.#identifier(node.name, node, scope);
    if (node.type === "Literal") return literalValue(node);
    if (isFunction(node)) return functionValue(node, scope);
    const work = this.#working.of(node);
    if (work.answer !== undefined) return work.answer;
    this.#steps += 1;
    if (this.#steps > STEPS_MAX || this.#depth > DEPTH_MAX) return OPEN;
    // What is asked for while it is worked out depends on itself, and then it is open.
    if (this.#working.isIn(work)) return OPEN;
    const outer = this.#working.enter(work);
    this.#depth += 1;
    const value = this.#expression(node, scope);
    this.#depth -= 1;
    this.#working.leave(work, outer, value);
    return value;
  }

  valueOfArgument(call: CallSite, index: number): Value {
    const isPlain = call.kind !== "applied" && !hasSpread(call.args, index);
    if (!isPlain) return this.valuesOfArguments(call)[index] ?? NEVER;
    const node = call.args[index];
    return node === undefined ? NEVER : this.#valueOf(node, call.scope);
  }

  /** The arguments as they arrive: spread ones one by one, as far as they are known. */
  valuesOfArguments({ kind, args, scope }: CallSite): readonly Value[] {
    if (kind === "template") return this.#pieces(args, scope);
    const values: Value[] = [];
    for (const node of args) {
      const value = this.#valueOf(node, scope);
      if (kind === "applied" || node.type === "SpreadElement") values.push(...this.#spread(value));
      else values.push(value);
    }
    return values;
  }

  /** What the function in front of a template is called with. */
  #pieces([quasi]: CallSite["args"], scope: Scope): readonly Value[] {
    if (quasi?.type !== "TemplateLiteral") return [OPEN];
    const texts = quasi.quasis.map(({ value }) => value.cooked ?? "");
    const holes = quasi.expressions.map((node) => this.#valueOf(node, scope));
    return [thing({ kind: "list", items: texts }), ...holes];
  }

  #spread(list: Value): readonly Value[] {
    const [one, other] = list.things;
    const items = one === undefined || other !== undefined ? undefined : this.itemsOf(one);
    return items ?? [flowing(list.flows)];
  }

  /** What stands in a list, one by one; undefined for what is none. */
  itemsOf(one: Thing): readonly Value[] | undefined {
    if (one.kind === "row") return one.items;
    if (one.kind === "list") return one.items.slice(0, ELEMENTS_MAX).map(valueOfRaw);
    if (one.kind !== "array" || one.site.node.type !== "ArrayExpression") return undefined;
    // `list = [...list, x]` holds itself.
    const work = this.#working.of(one.site.node.elements);
    if (this.#working.isIn(work)) return undefined;
    const outer = this.#working.enter(work);
    const items = this.#elementsOf(one.site.node.elements, one.site.scope);
    const added = one.added.map((site) => this.evaluate(site));
    this.#working.leave(work, outer);
    return [...items, ...added];
  }

  #elementsOf(elements: readonly (Node | null)[], scope: Scope): readonly Value[] {
    return elements.slice(0, ELEMENTS_MAX).flatMap((element) => {
      if (element === null) return [constant(undefined)];
      const value = this.#valueOf(element, scope);
      return element.type === "SpreadElement" ? this.#spread(value) : [value];
    });
  }

  valueOfCallee(call: CallSite): Value {
    return call.callee === undefined ? OPEN : this.evaluate(call.callee);
  }

  /** The value of a call itself. */
  valueOfCall(call: CallSite): Value {
    return this.#valueOf(call.node, call.scope);
  }

  flow(label: Label, what: string, site: Site): Flow {
    return { label, what, module: site.scope.module, offset: site.node.start };
  }

  // --- Expressions

  #expression(node: Node, scope: Scope): Value {
    switch (node.type) {
      case "MemberExpression":
        return this.#memberExpression(node, scope);
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression":
        return this.#call(callSiteOf(node, scope));
      case "BinaryExpression":
        return this.#binary(node, scope);
      case "ObjectExpression":
        return this.#object(node, scope);
      case "ArrayExpression":
        return this.#array(node.elements, { node, scope });
      case "TemplateLiteral":
        return this.#template(node, scope);
      case "LogicalExpression":
        return join([this.#valueOf(node.left, scope), this.#valueOf(node.right, scope)]);
      case "ConditionalExpression":
        return join([this.#valueOf(node.consequent, scope), this.#valueOf(node.alternate, scope)]);
      case "AssignmentExpression": {
        const right = this.#valueOf(node.right, scope);
        return node.operator === "+="
          ? concatenated([this.#valueOf(node.left, scope), right])
          : right;
      }
      default:
        return this.#rarer(node, scope);
    }
  }

  #rarer(node: Node, scope: Scope): Value {
    switch (node.type) {
      case "AwaitExpression":
      case "SpreadElement":
        return this.#valueOf(node.argument, scope);
      case "YieldExpression":
        return node.argument === null ? OPEN : this.#valueOf(node.argument, scope);
      case "UnaryExpression":
        return this.#unary(node.operator, this.#valueOf(node.argument, scope));
      case "ImportExpression":
        return this.#required(this.#valueOf(node.source, scope), { node, scope });
      case "MetaProperty":
        return api("import.meta");
      case "ThisExpression":
        return scope.fn.node === undefined ? api("globalThis") : OPEN;
      default:
        return OPEN;
    }
  }

  #template({ quasis, expressions }: TemplateLiteral, scope: Scope): Value {
    return concatenated(
      quasis.flatMap((quasi, index) => {
        const expression = expressions[index];
        const text = constant(quasi.value.cooked ?? "");
        return expression === undefined ? [text] : [text, this.#valueOf(expression, scope)];
      }),
    );
  }

  #unary(operator: string, value: Value): Value {
    const [only] = value.constants;
    if (operator === "-" && typeof only === "number") return constant(-only);
    if (operator === "+" && typeof only === "number") return value;
    return operator === "void" ? constant(undefined) : OPEN;
  }

  /** A sum is read along its left spine, which can be as long as the file. */
  #binary(node: Node & { readonly type: "BinaryExpression" }, scope: Scope): Value {
    if (node.operator !== "+") return this.#arithmetic(node, scope);
    const parts: Value[] = [];
    let at: Node = node;
    while (at.type === "BinaryExpression" && at.operator === "+" && parts.length < PARTS_MAX) {
      parts.push(this.#valueOf(at.right, scope));
      at = bare(at.left);
    }
    parts.push(this.#valueOf(at, scope));
    parts.reverse();
    const numbers = parts.map((part) => part.constants);
    if (numbers.every(([only, more]) => typeof only === "number" && more === undefined)) {
      return constant(numbers.reduce((sum, [only]) => sum + Number(only), 0));
    }
    return concatenated(parts);
  }

  #arithmetic(node: Node & { readonly type: "BinaryExpression" }, scope: Scope): Value {
    if (!ARITHMETIC.has(node.operator)) return OPEN;
    const left = this.#valueOf(node.left, scope);
    const right = this.#valueOf(node.right, scope);
    const [a, b] = [left.constants[0], right.constants[0]];
    const flows = [...left.flows, ...right.flows];
    if (typeof a !== "number" || typeof b !== "number") return flowing(flows);
    return constant(arithmetic(node.operator, a, b));
  }

  #array(elements: readonly (Node | null)[], site: Site): Value {
    const flows: Flow[] = [];
    for (const element of elements.slice(0, ELEMENTS_MAX)) {
      if (element !== null) flows.push(...this.#valueOf(element, site.scope).flows);
    }
    return withFlows(thing({ kind: "array", site, added: [] }), flows);
  }

  #object(node: Node & { readonly type: "ObjectExpression" }, scope: Scope): Value {
    const flows: Flow[] = [];
    for (const property of node.properties.slice(0, ELEMENTS_MAX)) {
      if (property.type === "SpreadElement") {
        flows.push(...this.#valueOf(property.argument, scope).flows);
        continue;
      }
      // What a request is told of the machine's proxies and certificates stays on the machine.
      const key = writtenKey(property.key, property.computed);
      if (key !== undefined && HANDLES.has(key)) continue;
      flows.push(...this.#valueOf(property.value, scope).flows);
    }
    return withFlows(thing({ kind: "object", site: { node, scope } }), flows);
  }

  // --- Names

  /** What is called a private key and is not written in the code is somebody's. */
  #asKey(value: Value, name: string, node: Node, scope: Scope): Value {
    if (!value.open || value.constants.length > 0) return value;
    return withFlows(value, [this.flow("wallet", name, { node, scope })]);
  }

  #identifier(name: string, node: Node, scope: Scope): Value {
    const binding = lookup(scope, name);
    if (binding !== undefined) {
      const value = this.valueOfBinding(binding);
      return isKeyName(name, scope.module) ? this.#asKey(value, name, node, scope) : value;
    }
    if (name === "undefined") return constant(undefined);
    if (name === "arguments" && scope.fn.node !== undefined) return this.#rest(scope.fn, 0);
    if (name === "__dirname") {
      const { path } = scope.module;
      const folder = path.includes("/") ? `/${path.slice(0, path.lastIndexOf("/"))}` : "";
      return constant(PACKAGE_FOLDER + folder);
    }
    if (name === "__filename") return constant(`${PACKAGE_FOLDER}/${scope.module.path}`);
    return isGlobal(name) ? api(name) : (this.#shared(name) ?? OPEN);
  }

  /** A name that some file of the package has given to all: `global.load = require`. */
  #shared(name: string): Value | undefined {
    const bindings = this.#linker.globalsNamed(name);
    if (bindings.length === 0) return undefined;
    return join(bindings.map((binding) => this.valueOfBinding(binding)));
  }

  /** The value of a definition, such as that of an export. */
  defined(definition: Definition): Value {
    return this.#defined(definition);
  }

  valueOfBinding(binding: Binding): Value {
    const work = this.#working.of(binding);
    if (work.answer !== undefined) return work.answer;
    if (this.#depth > DEPTH_MAX || this.#working.isIn(work)) return OPEN;
    const outer = this.#working.enter(work);
    this.#depth += 1;
    const base = this.#looped(binding) ?? this.#pieced(binding) ?? this.#oneOf(binding.definitions);
    const value = binding.additions.length === 0 ? base : this.#added(base, binding.additions);
    this.#depth -= 1;
    this.#working.leave(work, outer, value);
    return value;
  }

  #oneOf(definitions: readonly Definition[]): Value {
    const first = definitions[0];
    return first !== undefined && definitions.length === 1
      ? this.#defined(first)
      : join(definitions.map((definition) => this.#defined(definition)));
  }

  #added(base: Value, additions: readonly Site[]): Value {
    const flows = additions.slice(0, ELEMENTS_MAX).flatMap((site) => this.evaluate(site).flows);
    return withFlows(grown(base, additions), flows);
  }

  /** `let s = ""; for (const n of numbers) s += String.fromCharCode(n)`, where all of it is known. */
  #looped(binding: Binding): Value | undefined {
    const { name, loops } = binding;
    const [first] = binding.definitions;
    if (loops.length === 0 || first?.kind !== "value") return undefined;
    const { scope } = first.site;
    const home = homeOf(scope, name);
    if (home?.bindings.get(name) !== binding) return undefined;
    const result = this.#interpreter.valueAfter(binding, home, loops);
    if (result === undefined || !isTold(result.value)) return undefined;
    const value = valueOfRaw(result.value);
    const [text = ""] = textsOf(value);
    const [loop = first.site] = loops;
    const own = this.evaluate(first.site).flows;
    const isNew = isHidden(text, [], scope.fn);
    return withFlows(value, isNew ? [...own, this.flow("decoded", "a loop", loop)] : own);
  }

  /** `let s = "a"; s += "b"; s += "c"`, one after the other in one function. */
  #pieced(binding: Binding): Value | undefined {
    if (binding.definitions.length < 2) return undefined;
    const [first, ...rest] = binding.definitions;
    if (first?.kind !== "value") return undefined;
    const pieces = rest.map((item) => {
      if (item.kind !== "value") return undefined;
      const { node, scope } = item.site;
      const grows = node.type === "AssignmentExpression" && node.operator === "+=";
      return grows && scope.fn === first.site.scope.fn ? { node: node.right, scope } : undefined;
    });
    if (!pieces.every((piece) => piece !== undefined)) return undefined;
    return concatenated([first.site, ...pieces].map((site) => this.evaluate(site)));
  }

  #defined(definition: Definition): Value {
    switch (definition.kind) {
      case "value":
        return this.evaluate(definition.site);
      case "function":
        return thing({ kind: "function", fn: definition.fn });
      case "member": {
        const object = this.#defined(definition.of);
        return this.#member(object, definition.key, siteOf(definition.of));
      }
      case "element":
        return this.#element(this.#defined(definition.of), definition.index);
      case "parameter":
        return this.#parameter(definition.fn, definition.index);
      case "rest":
        return this.#rest(definition.fn, definition.index);
      case "import":
        return this.#imported(definition);
      case "keys": {
        const object = this.evaluate(definition.site);
        return flowing([...object.flows, ...this.environmentIn(object, definition.site)]);
      }
      default:
        return OPEN;
    }
  }

  #imported(definition: Definition & { readonly kind: "import" }): Value {
    const work = this.#working.of(definition);
    if (this.#working.isIn(work)) return OPEN;
    const outer = this.#working.enter(work);
    const value = this.#fromModule(definition.specifier, definition.name, definition.module);
    this.#working.leave(work, outer);
    return value;
  }

  #fromModule(specifier: string, name: string, from: ModuleModel): Value {
    const module = this.#linker.moduleOf(specifier, from);
    if (module !== undefined) {
      return name === "*" ? this.#moduleValue(module) : this.#exported(module, name);
    }
    const root = api(pathOfModule(specifier));
    return name === "*" || name === "default" ? root : this.#member(root, name, undefined);
  }

  #moduleValue(module: ModuleModel): Value {
    const whole = module.exports.get(WHOLE_EXPORT);
    const own = thing({ kind: "module", module });
    if (whole === undefined) return own;
    const values = whole.map((definition) => this.#defined(definition));
    return join(module.exports.size === 1 ? values : [...values, own]);
  }

  #exported(module: ModuleModel, name: string, turns = 0): Value {
    const definitions = module.exports.get(name);
    if (definitions !== undefined && definitions.length > 0) {
      return join(definitions.map((definition) => this.#defined(definition)));
    }
    for (const specifier of turns > 8 ? [] : module.exportedFrom) {
      const other = this.#linker.moduleOf(specifier, module);
      if (other?.exports.has(name) === true) return this.#exported(other, name, turns + 1);
      const root = pathOfModule(specifier);
      if (other === undefined && leadsOn(root)) return this.#member(api(root), name, undefined);
    }
    const whole = module.exports.get(WHOLE_EXPORT);
    if (whole === undefined) return OPEN;
    const value = join(whole.map((definition) => this.#defined(definition)));
    return name === "default" ? value : this.#member(value, name, undefined);
  }

  // --- Members

  #memberExpression(node: MemberExpression, scope: Scope): Value {
    const object = this.#valueOf(node.object, scope);
    const written = writtenKey(node.property, node.computed);
    if (written !== undefined) {
      const member = this.#member(object, written, { node, scope });
      const value = CHOSEN.has(written) ? withFlows(member, this.#askedBy(node, scope)) : member;
      if (PUBLIC_PART.test(written)) return withoutWallet(value);
      const isKey = MAYBE_KEY.test(written) && KEY_NAME.test(written);
      return isKey ? this.#asKey(value, written, node, scope) : value;
    }
    const computed = this.#valueOf(node.property, scope);
    const keys = textsOf(computed).filter((key) => !key.includes(HOLE));
    if (keys.length === 0)
      return withFlows(this.#element(object, undefined), this.#anyVariable(object, computed));
    return join(keys.map((key) => this.#member(object, key, { node, scope })));
  }

  /** `request.headers` of a request that the package answers: whoever sends it chose them. */
  #askedBy(node: MemberExpression, scope: Scope): readonly Flow[] {
    const object = bare(node.object);
    const isRequest = object.type === "Identifier" && REQUEST_NAME.test(object.name);
    if (!isRequest) return [];
    const definitions = lookup(scope, object.name)?.definitions ?? [];
    const isGiven = definitions.some(({ kind }) => kind === "parameter");
    return isGiven ? [this.flow("remote", REQUESTED, { node, scope })] : [];
  }

  /** `process.env[name]` for each name there is. */
  #anyVariable(object: Value, key: Value): readonly Flow[] {
    const isAll = key.flows.some(({ label }) => label === "whole-environment");
    return isAll && pathsOf(object).includes("process.env") ? key.flows : [];
  }

  #member(object: Value, key: string, site: Site | undefined): Value {
    const known = this.#ownMember(object, key, site);
    if (known === undefined) return withFlows(this.#namesake(key, site), object.flows);
    const isExact = object.things.every((one) => one.kind !== "object" && one.kind !== "array");
    return isExact ? withFlows(known, object.flows) : known;
  }

  #ownMember(object: Value, key: string, site: Site | undefined): Value | undefined {
    if (object.things.length === 0) {
      const text = object.constants[0];
      return typeof text === "string" ? memberOfText(text, key) : undefined;
    }
    let found: Value[] | undefined;
    for (const one of object.things) {
      const value = this.#memberOfThing(one, key, site);
      if (value !== undefined) (found ??= []).push(value);
    }
    return found && join(found);
  }

  #memberOfThing(one: Thing, key: string, site: Site | undefined): Value | undefined {
    switch (one.kind) {
      case "api":
        return this.#memberOfApi(one.path, key, site, one.call);
      case "module":
        return this.#exported(one.module, key);
      case "function":
        if (key === "constructor") return api("Function");
        if (key === "call" || key === "apply" || key === "bind") return thing(one);
        return undefined;
      case "array":
        if (key === "constructor") return api("Array");
        if (/^\d+$/.test(key)) return this.#element(thing(one), Number(key));
        return ARRAY_METHODS.has(key) ? api(`Array().${key}`) : undefined;
      case "row":
        return /^\d+$/.test(key) ? this.#element(thing(one), Number(key)) : undefined;
      case "list": {
        if (key === "length") return constant(one.items.length);
        return /^\d+$/.test(key) ? valueOfRaw(one.items[Number(key)]) : undefined;
      }
      default:
        return this.#property(one.site, key);
    }
  }

  #memberOfApi(
    path: string,
    key: string,
    site: Site | undefined,
    call: Site | undefined,
  ): Value | undefined {
    if (path === "process.env") return this.#variable(key, site);
    if (key === "constructor" && CONSTRUCTED.test(path)) return api("Function");
    if (path === "import.meta") return metaMember(key, site);
    if (isGlobalObject(path) && !isGlobal(key)) {
      const shared = this.#shared(key);
      if (shared !== undefined) return shared;
    }
    const member = memberPath(path, key);
    if (member === undefined) return undefined;
    if (ANSWERS.test(member) && site !== undefined) {
      return flowing([this.flow("remote", "XMLHttpRequest", site)]);
    }
    if (path === "keyboard event") {
      const isKey = site !== undefined && PRESSED.has(key);
      return isKey ? flowing([this.flow("keyboard", "the keys that are pressed", site)]) : OPEN;
    }
    if (path === "form event") return api(path);
    if (member === "os.EOL") return constant("\n");
    if (member === "os.userInfo().homedir") return constant(HOME_FOLDER);
    if (path === "Proxy()") return this.#trapped(key, call);
    return api(member, call);
  }

  /** `new Proxy(target, { get: (target, key) => … })[key]`. */
  #trapped(key: string, made: Site | undefined): Value | undefined {
    if (made?.node.type !== "NewExpression") return undefined;
    const [target, handler] = made.node.arguments;
    if (target === undefined || handler === undefined) return undefined;
    // `p = new Proxy(p, handler)` stands for itself.
    if (this.#searched.has(made.node)) return undefined;
    this.#searched.add(made.node);
    const value = this.#trappedBy(key, target, handler, made.scope);
    this.#searched.delete(made.node);
    return value;
  }

  #trappedBy(key: string, target: Node, handler: Node, scope: Scope): Value | undefined {
    const trap = this.#member(this.#valueOf(handler, scope), "get", undefined);
    const [get] = trap.things;
    const held = this.#valueOf(target, scope);
    if (get?.kind !== "function") return this.#member(held, key, undefined);
    const result = this.#interpreter.callFunction(get.fn, [undefined, key]);
    return result === undefined ? undefined : valueOfRaw(result.value);
  }

  /** A variable of the environment. */
  #variable(name: string, site: Site | undefined): Value {
    const path = `process.env.${name}`;
    if (HOME_VARIABLES.has(name)) return constant(HOME_FOLDER);
    if (TEMPORARY_VARIABLES.has(name)) return constant(TEMPORARY_FOLDER);
    if (name === "APPDATA" || name === "LOCALAPPDATA") return constant(`${HOME_FOLDER}/AppData`);
    const label = isSecretVariable(name) ? "secret" : "environment";
    return site === undefined ? api(path) : withFlows(api(path), [this.flow(label, path, site)]);
  }

  #property(site: Site, key: string): Value | undefined {
    // `o = { ...o }` holds itself.
    if (this.#searched.has(site.node)) return undefined;
    this.#searched.add(site.node);
    const value = this.#ownProperty(site, key);
    this.#searched.delete(site.node);
    return value;
  }

  #ownProperty({ node, scope }: Site, key: string): Value | undefined {
    if (node.type !== "ObjectExpression") return undefined;
    for (const property of node.properties) {
      if (property.type === "SpreadElement") {
        const spread = this.#valueOf(property.argument, scope);
        const [first] = spread.things;
        const value = first === undefined ? undefined : this.#memberOfThing(first, key, undefined);
        if (value !== undefined) return value;
      } else if (writtenKey(property.key, property.computed) === key) {
        if (property.kind === "get") return this.#returned(property.value, scope);
        return this.#valueOf(property.value, scope);
      }
    }
    return undefined;
  }

  #returned(getter: Node, scope: Scope): Value {
    const returns = scope.module.functionOf.get(getter)?.returns ?? [];
    return returns.length === 0 ? OPEN : join(returns.map((site) => this.evaluate(site)));
  }

  /** What the file stores under this name anywhere: the best there is for `this.x`. */
  #namesake(key: string, site: Site | undefined): Value {
    if (site === undefined) return OPEN;
    const { module } = site.scope;
    const values = module.propertyValues.get(key) ?? NONE;
    const methods = module.methods.get(key) ?? NONE;
    if (values.length + methods.length === 0) return OPEN;
    if (values.length > NAMESAKES_MAX || methods.length > NAMESAKES_MAX) return OPEN;
    const found = join([
      ...values.map((value) => this.evaluate(value)),
      ...methods.map((fn) => thing({ kind: "function", fn })),
    ]);
    // A name shared by chance must not make a private key of everything.
    return { ...withoutWallet(found), open: true };
  }

  #element(list: Value, index: number | undefined): Value {
    const items = list.things.flatMap((one) => {
      const all = this.itemsOf(one) ?? this.#fewProperties(one);
      // Of a row whose length is not known, any may be anywhere.
      const isPlaced = one.kind !== "row" || one.isWhole;
      if (index === undefined || !isPlaced) return all.slice(0, ELEMENTS_JOINED_MAX);
      return all.slice(index, index + 1);
    });
    const [first] = items;
    if (first === undefined) return flowing(list.flows);
    const besides = index === undefined ? [] : this.#flowsBeside(list, index);
    const flows = list.flows.filter((flow) => !besides.some((other) => isSameFlow(flow, other)));
    return withFlows(join(items), flows);
  }

  /** What flows into the other elements of lists that are written out. */
  #flowsBeside({ things }: Value, index: number): readonly Flow[] {
    return things.flatMap((one) => {
      if (one.kind !== "array" || one.site.node.type !== "ArrayExpression") return [];
      const { node, scope } = one.site;
      return node.elements
        .slice(0, ELEMENTS_MAX)
        .filter((element, at) => element !== null && element.type !== "Literal" && at !== index)
        .flatMap((element) => (element === null ? [] : this.#valueOf(element, scope).flows));
    });
  }

  /** What stands under any key of a small object. */
  #fewProperties(one: Thing): readonly Value[] {
    if (one.kind !== "object" || one.site.node.type !== "ObjectExpression") return [];
    const { scope, node } = one.site;
    if (node.properties.length > ELEMENTS_JOINED_MAX) return [];
    return node.properties.flatMap((property) =>
      property.type === "SpreadElement" || property.kind !== "init"
        ? []
        : [this.#valueOf(property.value, scope)],
    );
  }

  // --- Parameters

  #parameter(fn: FunctionModel, index: number): Value {
    const parameter = fn.parameters[index];
    if (parameter === undefined) return OPEN;
    const work = this.#working.of(parameter);
    if (work.answer !== undefined) return work.answer;
    if (this.#working.isIn(work)) return OPEN;
    const outer = this.#working.enter(work);
    const sources = this.#sourcesOf(fn, index);
    const open = fn.bindings.length > 0 || fn.keys.length > 0 || sources.length === 0;
    const value = sources.length === 0 ? OPEN : join(sources);
    const kept = open && !value.open ? { ...value, open: true } : value;
    this.#working.leave(work, outer, kept);
    return kept;
  }

  /** The arguments of a function from one on, call by call. */
  #rest(fn: FunctionModel, index: number): Value {
    const work = this.#working.of(fn.parameters);
    if (this.#working.isIn(work)) return OPEN;
    const outer = this.#working.enter(work);
    const rows = this.callsOf(fn).map((call) => {
      const items = this.valuesOfArguments(call).slice(index);
      const flows = items.flatMap((item) => item.flows);
      return withFlows(thing({ kind: "row", items, isWhole: true }), flows);
    });
    this.#working.leave(work, outer);
    return rows.length === 0 ? OPEN : join(rows);
  }

  /** Calls of a function, as far as they are known; a few of many. */
  callsOf(fn: FunctionModel): readonly CallSite[] {
    const own = [...fn.invokedBy];
    for (const { calls } of fn.bindings) own.push(...calls);
    for (const key of fn.keys) {
      own.push(...(NUMERAL.test(key) ? this.#callsByNumber(fn) : this.#callsByKey(fn, key)));
    }
    // Who imports a file is only known once all files have been read for it.
    if (own.length < SOURCES_OF_PARAMETER_MAX) own.push(...this.#callsFromElsewhere(fn));
    if (own.length < SOURCES_OF_PARAMETER_MAX) own.push(...this.#callsOfResult(fn));
    if (own.length > SOURCES_OF_PARAMETER_MAX) own.length = SOURCES_OF_PARAMETER_MAX;
    return own;
  }

  /** `const send = post(host); send(body)`: calls of a function that another one gives back. */
  #callsOfResult({ node, parent }: FunctionModel): readonly CallSite[] {
    if (node === undefined || parent?.node === undefined) return [];
    if (!parent.returns.some((site) => bare(site.node) === node)) return [];
    const { resultCalls } = parent.module;
    if (resultCalls.size === 0) return [];
    return this.callsOf(parent).flatMap((call) => resultCalls.get(call.node) ?? []);
  }

  #sourcesOf(fn: FunctionModel, index: number): readonly Value[] {
    const sources: Value[] = [];
    for (const call of this.callsOf(fn)) {
      const isTemplate = call.kind === "template";
      sources.push(
        isTemplate
          ? (this.valuesOfArguments(call)[index] ?? NEVER)
          : this.valueOfArgument(call, index),
      );
    }
    if (index === 0 && fn.keys.length > 0) sources.push(...this.#eventsOf(fn));
    for (const handover of handoversOf(fn)) sources.push(this.#givenToCallback(handover, index));
    return sources;
  }

  /** `socket.onmessage = function (event) { … }`: what arrives there. */
  #eventsOf(fn: FunctionModel): readonly Value[] {
    if (!fn.keys.some((key) => ARRIVES.test(key))) return [];
    return fn.module.writes
      .filter(({ value }) => bare(value.node) === fn.node)
      .map(({ object, node }) => {
        const sources = this.evaluate(object).things.filter((one) => one.kind === "api");
        const flows = sources.flatMap(({ path, call }) => {
          const made = path.replace(/\(\)$/, "");
          const site = call ?? { node, scope: object.scope };
          return (specOf(made)?.gives ?? []).map((label) => this.flow(label, made, site));
        });
        return flowing(flows);
      });
  }

  /** `modules[id](module, exports, load)`, as bundlers call what they have numbered. */
  #callsByNumber({ node, module }: FunctionModel): readonly CallSite[] {
    if (node === undefined) return [];
    return module.computedCalls.filter(({ callee }) => {
      const member = callee === undefined ? undefined : bare(callee.node);
      if (callee === undefined || member?.type !== "MemberExpression") return false;
      const table = this.#valueOf(member.object, callee.scope);
      return table.things.some(
        (one) =>
          one.kind === "object" &&
          one.site.node.start <= node.start &&
          node.end <= one.site.node.end,
      );
    });
  }

  #callsByKey(fn: FunctionModel, key: string): readonly CallSite[] {
    const { methods, methodCalls } = fn.module;
    const isKnown = (methods.get(key)?.length ?? 0) <= NAMESAKES_MAX;
    return isKnown && !COMMON_METHODS.has(key) ? (methodCalls.get(key) ?? []) : [];
  }

  #callsFromElsewhere(fn: FunctionModel): readonly CallSite[] {
    const names = this.#exportNames(fn.module).get(fn);
    if (names === undefined && fn.keys.length === 0) return NONE;
    const calls: CallSite[] = [];
    for (const { binding, name, isMethod } of this.#linker.importersOf(fn.module)) {
      if (binding.calls.length === 0) continue;
      const isMeant =
        isMethod === true
          ? names === undefined && fn.keys.includes(name)
          : names?.has(name) === true || (name === "*" && names?.has(WHOLE_EXPORT) === true);
      if (isMeant) calls.push(...binding.calls);
    }
    return calls;
  }

  /** Under which names the functions of a file can be imported. */
  #exportNames(module: ModuleModel): ReadonlyMap<FunctionModel, ReadonlySet<string>> {
    const known = this.#namesOfExports.get(module);
    if (known !== undefined) return known;
    const names = new Map<FunctionModel, Set<string>>();
    for (const [name, definitions] of module.exports) {
      for (const fn of definitions.flatMap(functionsNamedBy)) {
        const own = names.get(fn) ?? new Set();
        own.add(name);
        names.set(fn, own);
      }
    }
    this.#namesOfExports.set(module, names);
    return names;
  }

  /** What whoever takes a function calls it with. */
  #givenToCallback({ call, index: at }: Handed, index: number): Value {
    const callee = this.valueOfCallee(call);
    const own = callee.things.flatMap((one) =>
      one.kind === "function" ? this.#passedOn(one.fn, at, index) : [],
    );
    if (own.length > 0) return join(own);
    const calleeNode = call.callee === undefined ? undefined : bare(call.callee.node);
    const emitted = this.#emittedTo(call, index);
    if (emitted.length > 0) return join(emitted);
    const passed = this.#passedByTimer(callee, call, index);
    if (passed !== undefined) return passed;
    const event = index === 0 ? this.#eventOf(callee, call) : undefined;
    if (event !== undefined) return api(event);
    if (calleeNode?.type !== "MemberExpression") return given(callee, this.valueOfCall(call));
    const receiver = this.#valueOf(calleeNode.object, call.scope);
    const key = writtenKey(calleeNode.property, calleeNode.computed) ?? "";
    if (key === "then" || key === "finally") return index === 0 ? receiver : OPEN;
    if (ITERATING.has(key)) {
      const isAccumulator = key === "reduce" && index === 0;
      return isAccumulator ? flowing(receiver.flows) : this.#element(receiver, undefined);
    }
    return withFlows(given(callee, this.valueOfCall(call)), receiver.flows);
  }

  /** `bus.emit("found", data)` for a listener of `bus.on("found", …)` in the same file. */
  #emittedTo({ callee, args, scope }: CallSite, index: number): readonly Value[] {
    const member = callee === undefined ? undefined : bare(callee.node);
    const [event] = args;
    const emits = scope.module.methodCalls.get("emit");
    if (emits === undefined || member?.type !== "MemberExpression" || event === undefined)
      return [];
    const key = writtenKey(member.property, member.computed) ?? "";
    const name = literalText(event);
    if (!LISTENS.test(key) || name === undefined) return [];
    return emits
      .filter((emit) => emit.args[0] !== undefined && literalText(emit.args[0]) === name)
      .map((emit) => this.valueOfArgument(emit, index + 1));
  }

  /** `setTimeout(f, 1, data)`: what stands behind the delay is handed to the function. */
  #passedByTimer(callee: Value, call: CallSite, index: number): Value | undefined {
    const [path] = pathsOf(callee);
    const first = path === undefined ? undefined : PASSED_BY_TIMER.get(path);
    if (first === undefined || call.args[first + index] === undefined) return undefined;
    return this.valueOfArgument(call, first + index);
  }

  /** What a listener is handed when a person types or sends a form. */
  #eventOf(callee: Value, call: CallSite): string | undefined {
    const listens = pathsOf(callee).some((path) => /(?:^|\.)addEventListener$/.test(path));
    const events = listens ? textsOf(this.valueOfArgument(call, 0)) : [];
    if (events.some((event) => /^key(?:down|up|press)$/.test(event))) return "keyboard event";
    return events.includes("submit") ? "form event" : undefined;
  }

  /** `function each(list, visit) { visit(list[0]) }`: what `visit` is called with inside. */
  #passedOn(fn: FunctionModel, at: number, index: number): readonly Value[] {
    const parameter = fn.parameters[at];
    if (parameter?.type !== "Identifier") return [];
    const calls = fn.inner?.bindings.get(parameter.name)?.calls ?? [];
    return calls.slice(0, NAMESAKES_MAX).map((call) => this.valueOfArgument(call, index));
  }

  // --- Calls

  #call(call: CallSite): Value {
    let results: Value[] | undefined;
    for (const one of this.valueOfCallee(call).things) {
      if (one.kind === "api" && one.path.startsWith("Array().")) continue;
      const value = this.#callThing(one, call);
      if (value !== undefined) (results ??= []).push(value);
    }
    if (results !== undefined) return join(results);
    return this.#callOnValue(call) ?? flowing(this.flowsInto(call));
  }

  #callThing(one: Thing, call: CallSite): Value | undefined {
    if (one.kind === "api") return callOfApi(one.path, one.call, call, this);
    if (one.kind === "function") return this.#callFunction(one.fn, directCall(call));
    if (one.kind === "module") return flowing(this.flowsInto(call));
    return undefined;
  }

  /** `"a,b".split(",")`, `["a", "b"].join("")`: a method of something known. */
  #callOnValue(call: CallSite): Value | undefined {
    const callee = call.callee === undefined ? undefined : bare(call.callee.node);
    if (callee?.type !== "MemberExpression") return undefined;
    const receiver = this.#valueOf(callee.object, call.scope);
    const written = writtenKey(callee.property, callee.computed);
    const key = written ?? textOf(this.#valueOf(callee.property, call.scope)) ?? "";
    const flows = [...receiver.flows, ...this.flowsInto(call)];
    if (PASSING.has(key)) return withFlows(receiver, flows);
    const [one, other] = receiver.things;
    if (key === "toString" && one?.kind === "function" && other === undefined)
      return sourceOf(one.fn);
    // What templates were before there were any: `"git clone ".concat(address)`.
    if (key === "concat" && typeof receiver.constants[0] === "string") {
      const pieces = call.args.map((_, index) => this.valueOfArgument(call, index));
      return concatenated([receiver, ...pieces]);
    }
    const object = rawOf(oneList(receiver), this);
    if (object === undefined) return this.#methodOfList(receiver, key, call);
    const args = call.args.map((_, index) => this.#rawArgument(call, index));
    const known = args.flatMap((arg) => (arg === undefined ? [] : [arg.value]));
    if (known.length < args.length) return this.#methodOfList(receiver, key, call);
    const value = this.#interpreter.callMethod(object.value, key, known);
    if (value === undefined) return this.#methodOfList(receiver, key, call);
    const isSpelled = key === "join" && isSpelling(object.value);
    const isDecoded = isSpelled || this.#isDecoding(object.value, value.value, call);
    const decoded = isDecoded
      ? [this.flow("decoded", key, { node: call.node, scope: call.scope })]
      : [];
    return withFlows(valueOfRaw(value.value), [...flows, ...decoded]);
  }

  #rawArgument(call: CallSite, index: number): { readonly value: Raw } | undefined {
    const node = call.args[index];
    if (node?.type === "Literal" && "regex" in node) {
      return this.#interpreter.evaluateIn(call.scope, node);
    }
    return rawOf(this.valueOfArgument(call, index), this);
  }

  /** `pieces.map(decode)`, where what comes out stands nowhere. */
  #isDecoding(list: Raw, result: Raw, call: CallSite): boolean {
    const functions = call.args.flatMap((_, index) => this.valueOfArgument(call, index).things);
    const one = functions.find((each) => each.kind === "function");
    if (one?.kind !== "function") return false;
    const items = Array.isArray(result) ? result.slice(0, DECODED_MAX) : [result];
    const given = Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
    return items.some((item) => typeof item === "string" && isHidden(item, given, one.fn));
  }

  /** A method of a list that is only partly known, or whose function cannot be run here. */
  #methodOfList(list: Value, key: string, call: CallSite): Value | undefined {
    if (KEEPING.has(key)) return withFlows(list, this.flowsInto(call));
    if (key === "join") return this.#joined(list, call);
    if (!GIVING.has(key)) return undefined;
    const [fn] = this.valueOfArgument(call, 0).things;
    if (fn?.kind !== "function") return undefined;
    const work = this.#working.of(fn.fn);
    if (this.#working.isIn(work)) return undefined;
    const outer = this.#working.enter(work);
    const returned = join(fn.fn.returns.map((site) => this.evaluate(site)));
    this.#working.leave(work, outer);
    const flows = [...this.flowsInto(call), ...returned.flows];
    const isOne = key === "reduce" || key === "then";
    const value = isOne ? returned : thing({ kind: "row", items: [returned], isWhole: false });
    return withFlows(value, flows);
  }

  #joined(list: Value, call: CallSite): Value | undefined {
    const [one, other] = list.things;
    const isPlaced = one?.kind === "array" || (one?.kind === "row" && one.isWhole);
    const items = !isPlaced || other !== undefined ? undefined : this.itemsOf(one);
    const separator = call.args.length === 0 ? constant(",") : this.valueOfArgument(call, 0);
    if (items === undefined || items.length > JOINED_MAX) return undefined;
    const pieces = items.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));
    return withFlows(concatenated(pieces), list.flows);
  }

  #callFunction(fn: FunctionModel, call: CallSite): Value {
    const computed = this.#interpreted(fn, call);
    if (computed !== undefined) return computed;
    const work = this.#working.of(fn);
    if (this.#working.isIn(work)) return OPEN;
    const outer = this.#working.enter(work);
    const returned = fn.returns.map((site) => this.evaluate(site));
    const yielded = isGenerator(fn) ? fn.yields.map((site) => this.evaluate(site)) : NONE;
    this.#working.leave(work, outer);
    // A generator's calls give a list, of which any element may come first.
    if (yielded.length > 0) return thing({ kind: "row", items: yielded, isWhole: false });
    if (returned.length === 0) return OPEN;
    const value = this.#ofThisCall(join(returned), fn, call);
    return withFlows(value, this.#throughOpaque(returned, call));
  }

  /** What a function that only computes was given by other calls does not come out of this one. */
  #ofThisCall(value: Value, fn: FunctionModel, call: CallSite): Value {
    const parameters = fn.parameters.flatMap((node) => this.#working.of(node).answer ?? []);
    const hasRest = fn.parameters.at(-1)?.type === "RestElement";
    if (value.flows.length === 0 || (parameters.length === 0 && !hasRest)) return value;
    if (!isPlain(fn)) return value;
    const own = this.flowsInto(call);
    const rest = hasRest ? this.callsOf(fn).flatMap((each) => this.valuesOfArguments(each)) : [];
    const foreign = [...parameters, ...rest]
      .flatMap(({ flows }) => flows)
      .filter((flow) => !own.some((other) => isSameFlow(flow, other)));
    const flows = value.flows.filter((flow) => !foreign.some((other) => isSameFlow(flow, other)));
    return { ...value, flows };
  }

  /** Where nothing is known of a result, what went in may come out. */
  #throughOpaque(returned: readonly Value[], call: CallSite): readonly Flow[] {
    const isOpaque = returned.every(
      (value) => value.things.length === 0 && value.flows.length === 0,
    );
    return isOpaque ? [...this.flowsInto(call), ...this.#returnedInto(call)] : [];
  }

  /** `retry(() => read(path))`, `__awaiter(this, void 0, void 0, function* () { … })`. */
  #returnedInto(call: CallSite): readonly Flow[] {
    return call.args.flatMap((argument) => {
      const fn = call.scope.module.functionOf.get(bare(argument));
      if (fn === undefined) return [];
      const work = this.#working.of(fn);
      if (this.#working.isIn(work)) return [];
      const outer = this.#working.enter(work);
      const flows = fn.returns.flatMap((site) => this.evaluate(site).flows);
      this.#working.leave(work, outer);
      return flows;
    });
  }

  /** The result of a function of the package that only computes, run on arguments that are known. */
  #interpreted(fn: FunctionModel, call: CallSite): Value | undefined {
    if (call.args.length === 0 || call.args.length > ARGUMENTS_RUN_MAX || fn.returns.length === 0)
      return undefined;
    const args: Raw[] = [];
    for (const value of this.valuesOfArguments(call)) {
      // Somebody else may call with other values; what this call gives is worth knowing all the same.
      const raw = rawOf({ ...value, open: false }, this) ?? hostOf(value);
      if (raw === undefined) return undefined;
      args.push(raw.value);
    }
    const failures = this.#failures.get(fn) ?? 0;
    if (failures >= FAILURES_MAX) return undefined;
    this.#prepare(fn.module);
    const result = this.#interpreter.callFunction(fn, args);
    this.#failures.set(fn, result === undefined ? failures + 1 : 0);
    if (result === undefined || !isTold(result.value)) return undefined;
    if (result.value instanceof Closure) {
      const made = fn.module.functionOf.get(result.value.node);
      return made === undefined ? undefined : thing({ kind: "function", fn: made });
    }
    const value = valueOfRaw(result.value);
    const isNew = typeof result.value === "string" && isHidden(result.value, args, fn);
    const site = { node: call.node, scope: call.scope };
    const name = `${nameOfFunction(fn) ?? "a function"}()`;
    return isNew ? withFlows(value, [this.flow("decoded", name, site)]) : value;
  }

  /** Runs what rotates string arrays before their first use: a function called where it stands. */
  #prepare(module: ModuleModel): void {
    if (this.#prepared.has(module)) return;
    this.#prepared.add(module);
    for (const fn of module.functions) {
      const [call] = fn.invokedBy;
      if (call === undefined || !call.args.some((arg) => arg.type === "Identifier")) continue;
      const text = module.text.slice(fn.node?.start ?? 0, fn.node?.end ?? 0);
      if (text.length > ROTATION_LENGTH_MAX || !/shift/.test(text) || !/push/.test(text)) continue;
      this.#interpreter.evaluateIn(call.scope, call.node);
    }
  }

  /** Everything that flows into a call: its arguments, and the object it is a method of. */
  flowsInto(call: CallSite): readonly Flow[] {
    const callee = call.callee === undefined ? undefined : bare(call.callee.node);
    if (callee?.type === "Identifier" && CONSUMES.test(callee.name)) return [];
    if (callee?.type !== "MemberExpression") return this.#flowsOfArguments(call);
    const key = writtenKey(callee.property, callee.computed);
    if (key !== undefined && CONSUMES.test(key)) return [];
    const receiver = this.#valueOf(callee.object, call.scope);
    const flows = this.#flowsOfArguments(call);
    return receiver.flows.length === 0 ? flows : [...receiver.flows, ...flows];
  }

  #flowsOfArguments(call: CallSite): readonly Flow[] {
    const flows: Flow[] = [];
    for (let index = 0; index < call.args.length; index += 1) {
      const own = this.valueOfArgument(call, index).flows;
      if (own.length > 0) flows.push(...own);
    }
    return flows;
  }

  /** The value of `require(name)`. */
  #required(name: Value, site: Site): Value {
    const { module } = site.scope;
    const found = textsOf(name)
      .filter((text) => !text.includes(HOLE))
      .map((text) => this.requiredText(text, module, site));
    return found.length === 0 ? flowing(name.flows) : join(found);
  }

  requiredText(text: string, module: ModuleModel, site: Site): Value {
    const data = this.#linker.dataOf(text, module);
    if (data !== undefined) {
      const flows = [this.flow("own-file", data, site)];
      return data.endsWith(".json") ? withFlows(this.jsonOf(data, site), flows) : flowing(flows);
    }
    return this.#fromModule(text, "*", module);
  }

  required(name: Value, site: Site): Value {
    return this.#required(name, site);
  }

  /** A flow when the whole environment is in a value: itself, or in an object that holds it. */
  environmentIn(value: Value, site: Site, turns = 0): readonly Flow[] {
    const holds = value.things.some((one) => {
      if (one.kind === "api") return one.path === "process.env";
      if (one.kind !== "object" || one.site.node.type !== "ObjectExpression" || turns > 2)
        return false;
      const { scope, node } = one.site;
      return node.properties.slice(0, ELEMENTS_MAX).some((property) => {
        const inner = property.type === "SpreadElement" ? property.argument : property.value;
        const held = this.#valueOf(inner, scope);
        return this.environmentIn(held, site, turns + 1).length > 0;
      });
    });
    return holds ? [this.flow("whole-environment", "process.env", site)] : [];
  }

  /** What text gives that is run as a script: its last expression. */
  completionOf(text: string, call: CallSite): Value {
    const completion = this.#linker.codeOf({ text, parameters: undefined, call })?.completion;
    return completion === undefined ? OPEN : this.evaluate(completion);
  }

  /** What a function gives whose body is kept as text, and which this call calls. */
  resultOfBody(code: CodeText, call: CallSite): Value {
    const fn = this.#linker.codeOf(code)?.functions[1];
    if (fn === undefined) return OPEN;
    this.calledBy(fn, call);
    return this.#callFunction(fn, call);
  }

  /** A call that no name leads to, of a function that was made of text. */
  calledBy(fn: FunctionModel, call: CallSite): void {
    const isNew = fn.module.runBy !== undefined && !fn.invokedBy.includes(call);
    if (isNew) fn.invokedBy = [...fn.invokedBy, call];
  }

  /** What is written as JSON: a file's, or a text's. */
  jsonOf(text: string, site: Site): Value {
    const completion = this.#linker.jsonOf(text, site.scope.module)?.completion;
    return completion === undefined ? OPEN : this.evaluate(completion);
  }

  closureOf(fn: FunctionModel): { readonly value: Raw } | undefined {
    const closure = this.#interpreter.closureOf(fn);
    return closure === undefined ? undefined : { value: closure };
  }

  /** Member of a value, for the tables of built-ins. */
  memberOf(object: Value, key: string, site: Site | undefined): Value {
    return this.#member(object, key, site);
  }

  callThing(one: Thing, call: CallSite): Value | undefined {
    return this.#callThing(one, call);
  }
}

function isGenerator({ node }: FunctionModel): boolean {
  return node !== undefined && "generator" in node && node.generator;
}

/** Where a function is handed to others, a few of many. */
function handoversOf(fn: FunctionModel): readonly Handed[] {
  const named = fn.bindings.flatMap((binding) => binding.handedTo);
  const all = named.length === 0 ? fn.handedTo : [...fn.handedTo, ...named];
  return all.length > SOURCES_OF_PARAMETER_MAX ? all.slice(0, SOURCES_OF_PARAMETER_MAX) : all;
}

/** A list that others may hand over as well is worth following as the one that is known. */
function oneList(value: Value): Value {
  const [one, other] = value.things;
  const isOne = value.constants.length === 0 && one !== undefined && other === undefined;
  return isOne && one.kind !== "api" ? { ...value, open: false } : value;
}

/** A built-in as the interpreter has it. */
function hostOf({ things, constants }: Value): { readonly value: Host } | undefined {
  const [one, other] = things;
  if (one?.kind !== "api" || other !== undefined || constants.length > 0) return undefined;
  return one.call === undefined ? { value: new Host(one.path) } : undefined;
}

/** Results of functions that are worth knowing: no objects, and nothing that says nothing. */
function isTold(result: Raw): boolean {
  if (typeof result === "string" || typeof result === "number") return true;
  if (result instanceof Host || result instanceof Closure) return true;
  return Array.isArray(result) && result.length > 0;
}

function hasSpread(args: readonly Node[], until: number): boolean {
  for (let index = 0; index <= until; index += 1) {
    if (args[index]?.type === "SpreadElement") return true;
  }
  return false;
}

/** The text of a function, comments included: what can be kept in it can be taken out again. */
function sourceOf({ node, module }: FunctionModel): Value {
  return node === undefined ? OPEN : constant(module.text.slice(node.start, node.end));
}

function homeOf(scope: Scope, name: string): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.bindings.has(name)) return at;
  }
  return undefined;
}

/** A list with what is put into it after it was written. */
function grown(value: Value, added: readonly Site[]): Value {
  if (added.length === 0 || !value.things.some((one) => one.kind === "array")) return value;
  const things = value.things.map((one) =>
    one.kind === "array" ? { ...one, added: added.slice(0, ELEMENTS_MAX) } : one,
  );
  return { ...value, things };
}

const NONE: readonly never[] = [];

function isOfWallet({ label }: Flow): boolean {
  return label === "wallet";
}

/** At which argument the ones begin that timers hand on. */
const PASSED_BY_TIMER: ReadonlyMap<string, number> = new Map([
  ["setTimeout", 2],
  ["setInterval", 2],
  ["setImmediate", 1],
  ["process.nextTick", 1],
]);

function withoutWallet(value: Value): Value {
  if (!value.flows.some(isOfWallet)) return value;
  return { ...value, flows: value.flows.filter((flow) => !isOfWallet(flow)) };
}

const NUMERAL = /^\d+$/;

const LISTENS = /^(?:on|once|addListener|prependListener)$/;

const ARRIVES = /^on(?:message|data|response)$/;

function isFunction(node: Node): boolean {
  return (
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression" ||
    node.type === "FunctionDeclaration"
  );
}

function functionValue(node: Node, scope: Scope): Value {
  const fn = scope.module.functionOf.get(node);
  return fn === undefined ? OPEN : thing({ kind: "function", fn });
}

function callSiteOf(
  node: CallExpression | NewExpression | TaggedTemplateExpression,
  scope: Scope,
): CallSite {
  if (node.type === "TaggedTemplateExpression") {
    const callee = { node: node.tag, scope };
    return { kind: "template", node, callee, args: [node.quasi], scope };
  }
  const callee = { node: node.callee, scope };
  const kind = node.type === "NewExpression" ? "new" : "call";
  return { kind, node, callee, args: node.arguments, scope };
}

const ANSWERS = /^XMLHttpRequest\(\)\.response(?:Text|XML)?$/;

const REQUEST_NAME = /^_?(?:req|request|ctx)$/;
const CHOSEN: ReadonlySet<string> = new Set(["headers", "rawHeaders", "body", "query", "cookies"]);
/** For people, and for the rule that asks whether a stranger's text is run. */
export const REQUESTED = "a request from outside";

const PRESSED: ReadonlySet<string> = new Set(["key", "keyCode", "which", "code", "charCode"]);

/** What seeds are called where wallets are made, and many other things elsewhere. */
const SEED_NAME = /^(?:\w*phrase|seed|words)$/i;
const WALLET_LIBRARY =
  /["'`](?:ethers|web3|bip39|xrpl|tronweb|bitcoinjs-lib|@solana\/web3\.js|@scure\/bip39|hdkey|near-api-js|ethereumjs-wallet)["'`]/;
const withWallets = new WeakMap<ModuleModel, boolean>();

function handlesWallets(module: ModuleModel): boolean {
  const known = withWallets.get(module) ?? WALLET_LIBRARY.test(module.text);
  withWallets.set(module, known);
  return known;
}

function isKeyName(name: string, module: ModuleModel): boolean {
  if (!MAYBE_KEY.test(name)) return false;
  return KEY_NAME.test(name) || (SEED_NAME.test(name) && handlesWallets(module));
}

/** A piece of each of those names: this is asked of every name there is. */
const MAYBE_KEY = /key|mnemonic|seed|words|phrase/i;
const KEY_NAME =
  /^(?:\w*_?private_?key\w*|\w*_?secret_?key|mnemonic\w*|seed_?(?:phrase|words)|wallet_?seed|key_?pair)$/i;

/** Of a pair of keys, the one that everybody may have. */
const PUBLIC_PART = /^(?:public(?:_?key)?|pub(?:_?key)?|address)$/i;

/** What these give back tells nothing of the secrets that went in. */
const CONSUMES =
  /^(?:\w*sign\w*|\w*verify\w*|\w*hmac\w*|\w*hash\w*|digest\w*|derive\w*|pbkdf2|scrypt|encrypt\w*|\w*public_?key\w*|\w*address|test|includes|startsWith|endsWith|indexOf|has|equals|is[A-Z]\w*|exists\w*|length|md5|sha\d+)$/i;

const FAILURES_MAX = 3;
const ARGUMENTS_RUN_MAX = 64;
const PARTS_MAX = 2_000;
const ROTATION_LENGTH_MAX = 20_000;

const ARITHMETIC: ReadonlySet<string> = new Set([
  "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>",
]); // prettier-ignore

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "**":
      return a ** b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    default:
      return a >>> b;
  }
}

/** Options by which a request reaches the network, not what it carries. */
const HANDLES: ReadonlySet<string> = new Set([
  "agent", "httpAgent", "httpsAgent", "dispatcher", "proxy", "signal", "ca", "cert", "lookup", "env",
]); // prettier-ignore

const HOME_VARIABLES: ReadonlySet<string> = new Set(["HOME", "USERPROFILE", "HOMEPATH"]);
const TEMPORARY_VARIABLES: ReadonlySet<string> = new Set(["TMPDIR", "TMP", "TEMP"]);

const CONSTRUCTED =
  /^(?:String|Array|Object|Number|Boolean|RegExp|Function|Map|Set|Promise|Date|Error|Symbol|eval|require|setTimeout|fetch|(?:Array|String|Object|Number)\(\)\.\w+)$/;

const ARRAY_METHODS: ReadonlySet<string> = new Set([
  "filter", "map", "find", "fill", "flat", "sort", "join", "concat", "at", "entries", "reduce", "push",
]); // prettier-ignore

/** Methods that give back elements of their list. */
const KEEPING: ReadonlySet<string> = new Set([
  "filter", "slice", "sort", "reverse", "flat", "splice", "toSorted", "toReversed",
]); // prettier-ignore

/** Methods that give back what their function gives. */
const GIVING: ReadonlySet<string> = new Set(["map", "flatMap", "reduce", "then"]);
const JOINED_MAX = 16;

/** Methods that call their function with the elements of their object. */
const ITERATING: ReadonlySet<string> = new Set([
  "map", "forEach", "filter", "some", "every", "find", "flatMap", "reduce", "sort", "findLast",
]); // prettier-ignore

/** Methods that give back their object, or a promise of the same. */
const PASSING: ReadonlySet<string> = new Set(["catch", "finally", "valueOf", "on", "once"]);

/** Too common for a call to say whose method it is. */
const COMMON_METHODS: ReadonlySet<string> = new Set([
  "get", "set", "add", "push", "call", "apply", "bind", "then", "on", "emit", "map", "forEach", "run",
  "init", "constructor", "toString", "exec", "test", "write", "end", "send", "next", "value", "default",
]); // prettier-ignore

function functionsNamedBy(definition: Definition): readonly FunctionModel[] {
  if (definition.kind === "function") return [definition.fn];
  if (definition.kind !== "value") return [];
  const { scope } = definition.site;
  const node = bare(definition.site.node);
  const own = scope.module.functionOf.get(node);
  if (own !== undefined) return [own];
  if (node.type !== "Identifier") return [];
  const definitions = lookup(scope, node.name)?.definitions ?? [];
  return definitions.flatMap((inner) => (inner.kind === "function" ? [inner.fn] : []));
}

/** Pieces that are looked for in the text around them. */
const DECODED_MAX = 8;

/** Letters one by one: nobody writes a word so who wants it to be found. */
function isSpelling(list: Raw): boolean {
  return (
    Array.isArray(list) &&
    list.length >= SPELLED_MIN &&
    list.every((item) => typeof item === "string" && item.length <= 1)
  );
}

const SPELLED_MIN = 6;

function siteOf(definition: Definition): Site | undefined {
  if (definition.kind === "value") return definition.site;
  return definition.kind === "member" || definition.kind === "element"
    ? siteOf(definition.of)
    : undefined;
}

function literalValue(node: Node & { readonly type: "Literal" }): Value {
  const { value } = node;
  return typeof value === "object" && value !== null ? OPEN : literalConstant(value);
}

function literalConstant(value: string | number | boolean | bigint | null): Value {
  return typeof value === "bigint" ? OPEN : constant(value);
}

function memberOfText(text: string, key: string): Value | undefined {
  if (key === "length") return constant(text.length);
  if (key === "constructor") return api("String");
  return /^\d+$/.test(key) ? constant(text[Number(key)]) : undefined;
}

function metaMember(key: string, site: Site | undefined): Value | undefined {
  const path = site?.scope.module.path ?? "";
  const folder = path.includes("/") ? `/${path.slice(0, path.lastIndexOf("/"))}` : "";
  if (key === "url") return constant(`${PACKAGE_FOLDER}/${path}`);
  if (key === "filename") return constant(`${PACKAGE_FOLDER}/${path}`);
  if (key === "dirname") return constant(PACKAGE_FOLDER + folder);
  return api(`import.meta.${key}`);
}

/** The argument of a callback that a built-in calls: something of that built-in's, and its data. */
function given(callee: Value, result: Value): Value {
  const [one] = callee.things;
  if (one?.kind !== "api" || specOf(one.path) === undefined) return flowing(result.flows);
  return withFlows(api(`${one.path}()`, one.call), result.flows);
}
