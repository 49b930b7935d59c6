import type { Node } from "oxc-parser";
import {
  arrayMethod,
  type ArrayCallback,
  hostCall,
  hostMember,
  numberMethod,
  safeRegExp,
  stringMethod,
} from "./interpret-builtins.ts";
import {
  bare,
  type Binding,
  type FunctionModel,
  type Scope,
  type Site,
  writtenKey,
} from "./module.ts";
import {
  asText,
  BlockFrame,
  Closure,
  Frame,
  type FunctionNode,
  Host,
  type Primitive,
  primitive,
  type Raw,
  type RawArray,
  RawObject,
  Stuck,
  stuck,
  Thrown,
  thrown,
} from "./raw.ts";

const STEPS_MAX = 6_000_000;
const STEPS_PER_CALL_MAX = 3_000_000;
const LOOP_STEPS_MAX = 500_000;
const DEPTH_MAX = 120;
const TEXT_LENGTH_MAX = 2_000_000;

type Completion =
  | { readonly kind: "return" | "break" | "continue"; readonly value?: Raw }
  | undefined;

const BREAK: Completion = { kind: "break" };
const CONTINUE: Completion = { kind: "continue" };

/** What is known of names that only a call or another file gives their value. */
export interface World {
  valueOf(binding: Binding): { readonly value: Raw } | undefined;
  /** What `require` of a name gives: a built-in or another package. */
  required(name: string): Raw;
}

const NOWHERE: World = { valueOf: () => undefined, required: () => stuck() };

/**
 * Runs small pure functions of the package, such as the decoders of string arrays, on values that
 * are known. It has its own objects and reaches nothing: whatever it does not know how to do stops
 * it, and so do its bounds.
 */
export class Interpreter {
  readonly #world: World;
  readonly #frames = new Map<Scope, Frame>();
  readonly #run = new Set<Binding>();
  readonly #stepsMax: number;
  #stepsLeft = STEPS_MAX;
  #stepsOfCall = 0;
  #depth = 0;

  constructor(world: World = NOWHERE, stepsMax = STEPS_MAX) {
    this.#world = world;
    this.#stepsMax = stepsMax;
    this.#stepsLeft = stepsMax;
  }

  /** Whether steps remain at all. */
  get isSpent(): boolean {
    return this.#stepsLeft <= 0;
  }

  /** The value of a call, or {@link Stuck}'s undefined answer: nothing. */
  callFunction(fn: FunctionModel, args: readonly Raw[]): { readonly value: Raw } | undefined {
    const closure = this.closureOf(fn);
    return closure === undefined ? undefined : this.#guarded(() => this.#call(closure, [...args]));
  }

  /** For handing a function to a method such as `map`. */
  closureOf(fn: FunctionModel): Closure | undefined {
    const { node } = fn;
    const outer = fn.inner?.parent;
    if (node === undefined || outer === undefined) return undefined;
    return new Closure(node, this.#frameOf(outer));
  }

  /** A method of a text, number or list. */
  callMethod(object: Raw, key: string, args: RawArray): { readonly value: Raw } | undefined {
    return this.#guarded(() => bounded(this.#method(object, key, args)));
  }

  /** What a name stands for after the loops that build it up. */
  valueAfter(
    binding: Binding,
    home: Scope,
    loops: readonly { readonly node: Node; readonly scope: Scope }[],
  ): { readonly value: Raw } | undefined {
    return this.#guarded(() => {
      const frame = this.#frameOf(home);
      // Once it has been run, it has its value.
      if (!this.#run.has(binding)) {
        this.#run.add(binding);
        this.#initial(binding, frame);
        for (const { node, scope } of loops) this.#statement(node, this.#frameOf(scope));
      }
      return frame.names.get(binding.name);
    }, LOOP_STEPS_MAX);
  }

  evaluateIn(scope: Scope, node: Node): { readonly value: Raw } | undefined {
    return this.#guarded(() => this.#evaluate(node, this.#frameOf(scope)));
  }

  #guarded(run: () => Raw, stepsMax = STEPS_PER_CALL_MAX): { readonly value: Raw } | undefined {
    if (this.isSpent) return undefined;
    // What is run may ask for values that have something run in turn: each is bounded by its own
    // number of steps, all together by one depth, or a thread's large stack would be filled.
    const [stepsBefore, depthBefore] = [this.#stepsOfCall, this.#depth];
    this.#stepsOfCall = STEPS_PER_CALL_MAX - stepsMax;
    try {
      return { value: run() };
    } catch (error) {
      if (error instanceof Stuck || error instanceof Thrown || error instanceof RangeError) {
        return undefined;
      }
      throw error;
    } finally {
      this.#stepsOfCall = stepsBefore;
      this.#depth = depthBefore;
    }
  }

  #step(): void {
    this.#stepsLeft -= 1;
    this.#stepsOfCall += 1;
    if (this.#stepsLeft < 0 || this.#stepsOfCall > Math.min(STEPS_PER_CALL_MAX, this.#stepsMax)) {
      stuck();
    }
  }

  #frameOf(scope: Scope): Frame {
    const known = this.#frames.get(scope);
    if (known !== undefined) return known;
    const parent = scope.parent === undefined ? undefined : this.#frameOf(scope.parent);
    const frame = new Frame(parent, scope);
    this.#frames.set(scope, frame);
    return frame;
  }

  // --- Names

  #get(name: string, frame: Frame): Raw {
    for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
      if (at.names.has(name)) return at.names.get(name);
      const binding = at.scope?.bindings.get(name);
      if (binding !== undefined) return this.#initial(binding, at);
      if (at.parent === undefined) {
        const free = at.scope?.module.globals.get(name);
        if (free !== undefined) return this.#initial(free, at);
      }
    }
    if (name === "undefined") return undefined;
    return new Host(name);
  }

  #initial(binding: Binding, frame: Frame): Raw {
    const [definition] = binding.definitions;
    if (definition === undefined) return undefined;
    let value: Raw;
    if (definition.kind === "function") {
      const { node } = definition.fn;
      if (node === undefined) stuck();
      value = new Closure(node, frame);
    } else if (definition.kind === "value") {
      value = this.#ownInitial(binding, definition.site, frame);
    } else {
      const known = this.#world.valueOf(binding);
      if (known === undefined) stuck();
      value = known.value;
    }
    frame.names.set(binding.name, value);
    return value;
  }

  /** A name that stands in its own first value (`var x = x || {}`) is not defined yet there. */
  #ownInitial(binding: Binding, { node, scope }: Site, frame: Frame): Raw {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) stuck();
    frame.names.set(binding.name, undefined);
    let value: Raw;
    try {
      value = this.#evaluate(node, this.#frameOf(scope));
    } catch (error) {
      frame.names.delete(binding.name);
      throw error;
    }
    this.#depth -= 1;
    return value;
  }

  #set(name: string, value: Raw, frame: Frame): void {
    for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
      if (at.names.has(name) || at.scope?.bindings.has(name) === true || at.parent === undefined) {
        at.names.set(name, value);
        return;
      }
    }
  }

  #bind(pattern: Node, value: Raw, frame: Frame): void {
    if (pattern.type === "Identifier") frame.names.set(pattern.name, value);
    else if (pattern.type === "AssignmentPattern") {
      const given = value === undefined ? this.#evaluate(pattern.right, frame) : value;
      this.#bind(pattern.left, given, frame);
    } else if (pattern.type === "ArrayPattern" && Array.isArray(value)) {
      for (const [index, element] of pattern.elements.entries()) {
        if (element?.type === "RestElement")
          this.#bind(element.argument, value.slice(index), frame);
        else if (element !== null) this.#bind(element, value[index], frame);
      }
    } else if (pattern.type === "ObjectPattern") {
      for (const property of pattern.properties) {
        const key =
          property.type === "RestElement" ? undefined : writtenKey(property.key, property.computed);
        if (property.type === "RestElement" || key === undefined) stuck();
        this.#bind(property.value, this.#memberOf(value, key), frame);
      }
    } else stuck();
  }

  // --- Functions

  #call(closure: Closure, args: RawArray): Raw {
    const { node } = closure;
    const isKnown =
      node.type === "FunctionDeclaration" ||
      node.type === "FunctionExpression" ||
      node.type === "ArrowFunctionExpression";
    if (!isKnown || node.async || node.generator || node.body === null) stuck();
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) stuck();
    const frame = new Frame(closure.frame);
    frame.names.set("arguments", args);
    for (const [index, parameter] of node.params.entries()) {
      if (parameter.type === "RestElement")
        this.#bind(parameter.argument, args.slice(index), frame);
      else this.#bind(parameter, args[index], frame);
    }
    const { body } = node;
    const value =
      body.type === "BlockStatement"
        ? this.#statements(body.body, frame)?.value
        : this.#evaluate(body, frame);
    this.#depth -= 1;
    return value;
  }

  // --- Statements

  #statements(body: readonly Node[], frame: Frame): Completion {
    for (const statement of body) {
      if (statement.type !== "FunctionDeclaration" || statement.id === null) continue;
      frame.names.set(statement.id.name, new Closure(statement, frame));
    }
    for (const statement of body) {
      const completion = this.#statement(statement, frame);
      if (completion !== undefined) return completion;
    }
    return undefined;
  }

  #statement(node: Node, frame: Frame): Completion {
    this.#step();
    switch (node.type) {
      case "ExpressionStatement":
        this.#evaluate(node.expression, frame);
        return undefined;
      case "VariableDeclaration":
        this.#declare(node, frame);
        return undefined;
      case "ReturnStatement":
        return {
          kind: "return",
          value: node.argument === null ? undefined : this.#evaluate(node.argument, frame),
        };
      case "IfStatement":
        if (truthy(this.#evaluate(node.test, frame)))
          return this.#statement(node.consequent, frame);
        return node.alternate === null ? undefined : this.#statement(node.alternate, frame);
      case "BlockStatement":
        return this.#statements(node.body, new BlockFrame(frame));
      case "FunctionDeclaration":
      case "EmptyStatement":
        return undefined;
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label !== null) stuck();
        return node.type === "BreakStatement" ? BREAK : CONTINUE;
      case "ThrowStatement":
        thrown();
      case "TryStatement":
        return this.#try(node, frame);
      default:
        return this.#loop(node, frame);
    }
  }

  #declare(node: Node & { readonly type: "VariableDeclaration" }, frame: Frame): void {
    const owner = node.kind === "var" ? frame.ofFunction() : frame;
    for (const { id, init } of node.declarations) {
      if (init !== null) this.#bind(id, this.#evaluate(init, frame), owner);
      else if (node.kind !== "var") this.#bind(id, undefined, owner);
      else if (id.type === "Identifier" && !owner.names.has(id.name)) {
        owner.names.set(id.name, undefined);
      }
    }
  }

  #try(node: Node & { readonly type: "TryStatement" }, frame: Frame): Completion {
    const depth = this.#depth;
    try {
      return this.#statement(node.block, frame);
    } catch (error) {
      if (!(error instanceof Thrown) || node.handler === null) throw error;
      this.#depth = depth;
      const inner = new BlockFrame(frame);
      if (node.handler.param !== null) this.#bind(node.handler.param, new RawObject(), inner);
      return this.#statement(node.handler.body, inner);
    }
  }

  #loop(node: Node, outer: Frame): Completion {
    const frame = new BlockFrame(outer);
    switch (node.type) {
      case "ForStatement": {
        const { init, test, update, body } = node;
        if (init?.type === "VariableDeclaration") this.#statement(init, frame);
        else if (init !== null) this.#evaluate(init, frame);
        const goesOn = (): boolean => test === null || truthy(this.#evaluate(test, frame));
        while (goesOn()) {
          const completion = this.#turn(body, frame);
          if (completion !== undefined) return ended(completion);
          if (update !== null) this.#evaluate(update, frame);
        }
        return undefined;
      }
      case "WhileStatement":
        while (truthy(this.#evaluate(node.test, frame))) {
          const completion = this.#turn(node.body, frame);
          if (completion !== undefined) return ended(completion);
        }
        return undefined;
      case "DoWhileStatement":
        do {
          const completion = this.#turn(node.body, frame);
          if (completion !== undefined) return ended(completion);
        } while (truthy(this.#evaluate(node.test, frame)));
        return undefined;
      case "ForOfStatement":
      case "ForInStatement":
        return this.#forEach(node, frame);
      case "SwitchStatement":
        return this.#switch(node, frame);
      default:
        return stuck();
    }
  }

  /** @returns what ends the loop */
  #turn(body: Node, frame: Frame): Completion {
    this.#step();
    const completion = this.#statement(body, frame);
    return completion?.kind === "continue" ? undefined : completion;
  }

  #forEach(
    node: Node & { readonly type: "ForOfStatement" | "ForInStatement" },
    frame: Frame,
  ): Completion {
    const over = this.#evaluate(node.right, frame);
    const items =
      node.type === "ForInStatement"
        ? keysOf(over)
        : typeof over === "string"
          ? Array.from(over)
          : over;
    if (!Array.isArray(items) || node.left.type !== "VariableDeclaration") stuck();
    const [declared] = node.left.declarations;
    for (const item of items) {
      if (declared !== undefined) this.#bind(declared.id, item, frame);
      const completion = this.#turn(node.body, frame);
      if (completion !== undefined) return ended(completion);
    }
    return undefined;
  }

  #switch(node: Node & { readonly type: "SwitchStatement" }, frame: Frame): Completion {
    const value = this.#evaluate(node.discriminant, frame);
    const at = node.cases.findIndex(
      ({ test }) => test !== null && this.#evaluate(test, frame) === value,
    );
    const start = at === -1 ? node.cases.findIndex(({ test }) => test === null) : at;
    if (start === -1) return undefined;
    for (const { consequent } of node.cases.slice(start)) {
      const completion = this.#statements(consequent, frame);
      if (completion !== undefined) return completion.kind === "break" ? undefined : completion;
    }
    return undefined;
  }

  // --- Expressions

  #evaluate(given: Node, frame: Frame): Raw {
    this.#step();
    const node = given.type === "SequenceExpression" ? given : bare(given);
    switch (node.type) {
      case "Literal":
        return this.#literal(node);
      case "Identifier":
        return this.#get(node.name, frame);
      case "TemplateLiteral":
        return bounded(
          node.quasis
            .map((quasi, index) => {
              const expression = node.expressions[index];
              const text = quasi.value.cooked ?? "";
              return expression === undefined
                ? text
                : text + asText(this.#evaluate(expression, frame));
            })
            .join(""),
        );
      case "ArrayExpression":
        return node.elements.flatMap((element) => {
          if (element === null) return [undefined];
          if (element.type !== "SpreadElement") return [this.#evaluate(element, frame)];
          const spread = this.#evaluate(element.argument, frame);
          return Array.isArray(spread)
            ? spread
            : typeof spread === "string"
              ? Array.from(spread)
              : stuck();
        });
      case "ObjectExpression":
        return this.#object(node, frame);
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#closure(node, frame);
      case "SequenceExpression":
        return node.expressions.map((item) => this.#evaluate(item, frame)).at(-1);
      case "ConditionalExpression":
        return truthy(this.#evaluate(node.test, frame))
          ? this.#evaluate(node.consequent, frame)
          : this.#evaluate(node.alternate, frame);
      case "LogicalExpression":
        return this.#logical(node, frame);
      default:
        return this.#operation(node, frame);
    }
  }

  #literal(node: Node & { readonly type: "Literal" }): Raw {
    if ("regex" in node) return safeRegExp(node.regex.pattern, node.regex.flags);
    const { value } = node;
    if (typeof value === "bigint" || (typeof value === "object" && value !== null)) {
      stuck();
    }
    return value;
  }

  #closure(node: FunctionNode, frame: Frame): Closure {
    const named = node.type === "FunctionExpression" && node.id !== null ? node.id.name : undefined;
    if (named === undefined) return new Closure(node, frame);
    const own = new Frame(frame);
    const closure = new Closure(node, own);
    own.names.set(named, closure);
    return closure;
  }

  #object(node: Node & { readonly type: "ObjectExpression" }, frame: Frame): RawObject {
    const object = new RawObject();
    for (const property of node.properties) {
      if (property.type === "SpreadElement") {
        const spread = this.#evaluate(property.argument, frame);
        if (!(spread instanceof RawObject)) stuck();
        for (const [key, value] of spread.fields) object.fields.set(key, value);
        continue;
      }
      const key = property.computed
        ? asText(this.#evaluate(property.key, frame))
        : writtenKey(property.key, false);
      if (key === undefined || property.kind !== "init") stuck();
      object.fields.set(key, this.#evaluate(property.value, frame));
    }
    return object;
  }

  #logical(node: Node & { readonly type: "LogicalExpression" }, frame: Frame): Raw {
    const left = this.#evaluate(node.left, frame);
    if (node.operator === "&&") return truthy(left) ? this.#evaluate(node.right, frame) : left;
    if (node.operator === "||") return truthy(left) ? left : this.#evaluate(node.right, frame);
    return left === null || left === undefined ? this.#evaluate(node.right, frame) : left;
  }

  #operation(node: Node, frame: Frame): Raw {
    switch (node.type) {
      case "UnaryExpression":
        return unary(node.operator, this.#evaluate(node.argument, frame));
      case "BinaryExpression":
        return binary(
          node.operator,
          this.#evaluate(node.left, frame),
          this.#evaluate(node.right, frame),
        );
      case "UpdateExpression": {
        const before = Number(primitive(this.#evaluate(node.argument, frame)));
        const after = node.operator === "++" ? before + 1 : before - 1;
        this.#assign(node.argument, after, frame);
        return node.prefix ? after : before;
      }
      case "AssignmentExpression":
        return this.#assignment(node, frame);
      case "MemberExpression":
        return this.#memberOf(this.#evaluate(node.object, frame), this.#key(node, frame));
      case "CallExpression":
        return this.#callExpression(node, frame);
      case "NewExpression":
        return this.#construct(node, frame);
      default:
        return stuck();
    }
  }

  #construct(node: Node & { readonly type: "NewExpression" }, frame: Frame): Raw {
    const callee = this.#evaluate(node.callee, frame);
    if (!(callee instanceof Host)) stuck();
    return hostCall(callee.path, this.#arguments(node.arguments, frame), this.#callback);
  }

  #key(node: Node & { readonly type: "MemberExpression" }, frame: Frame): string {
    if (!node.computed) return writtenKey(node.property, false) ?? stuck();
    return asText(this.#evaluate(node.property, frame));
  }

  #memberOf(object: Raw, key: string): Raw {
    if (typeof object === "string" || Array.isArray(object)) {
      if (key === "length") return object.length;
      const index = Number(key);
      if (Number.isInteger(index)) return object[index];
      return key === "constructor"
        ? new Host(typeof object === "string" ? "String" : "Array")
        : stuck();
    }
    if (object instanceof RawObject || object instanceof Closure) return object.fields.get(key);
    if (object instanceof Host) return hostMember(object.path, key);
    if (object === undefined || object === null) thrown();
    return stuck();
  }

  #assignment(node: Node & { readonly type: "AssignmentExpression" }, frame: Frame): Raw {
    const right = this.#evaluate(node.right, frame);
    const { operator } = node;
    if (operator === "||=" || operator === "&&=" || operator === "??=") stuck();
    const value =
      operator === "="
        ? right
        : binary(operator.slice(0, -1), this.#evaluate(node.left, frame), right);
    this.#assign(node.left, value, frame);
    return value;
  }

  #assign(target: Node, value: Raw, frame: Frame): void {
    if (target.type === "Identifier") return this.#set(target.name, value, frame);
    if (target.type !== "MemberExpression") stuck();
    const object = this.#evaluate(target.object, frame);
    const key = this.#key(target, frame);
    if (object instanceof RawObject || object instanceof Closure) {
      if (object.fields.size > FIELDS_MAX) stuck();
      object.fields.set(key, value);
    } else if (Array.isArray(object)) {
      const index = Number(key);
      if (!Number.isInteger(index) || index < 0 || index > object.length + 1000) stuck();
      object[index] = value;
    } else stuck();
  }

  #arguments(nodes: readonly Node[], frame: Frame): RawArray {
    return nodes.flatMap((node) => {
      if (node.type !== "SpreadElement") return [this.#evaluate(node, frame)];
      const spread = this.#evaluate(node.argument, frame);
      return Array.isArray(spread) ? spread : stuck();
    });
  }

  #callExpression(node: Node & { readonly type: "CallExpression" }, frame: Frame): Raw {
    const callee = bare(node.callee);
    if (callee.type === "MemberExpression") return this.#methodCall(node, callee, frame);
    const target = this.#evaluate(callee, frame);
    return this.#apply(target, this.#arguments(node.arguments, frame));
  }

  #apply(target: Raw, args: RawArray): Raw {
    if (target instanceof Closure) return this.#call(target, args);
    if (target instanceof Host) return this.#hostCall(target.path, args);
    return target === undefined || target === null ? thrown() : stuck();
  }

  #hostCall(path: string, args: RawArray): Raw {
    if (path !== "require") return hostCall(path, args, this.#callback);
    const [name] = args;
    return typeof name === "string" ? this.#world.required(name) : stuck();
  }

  readonly #callback: ArrayCallback = (fn, args) => {
    this.#step();
    return this.#apply(fn, args);
  };

  #methodCall(
    node: Node & { readonly type: "CallExpression" },
    callee: Node & { readonly type: "MemberExpression" },
    frame: Frame,
  ): Raw {
    const object = this.#evaluate(callee.object, frame);
    const key = this.#key(callee, frame);
    const args = this.#arguments(node.arguments, frame);
    if (object instanceof RawObject) return this.#apply(object.fields.get(key), args);
    if (object instanceof Host && (key === "call" || key === "apply")) {
      const [, list] = args;
      const given = key === "call" ? args.slice(1) : Array.isArray(list) ? list : stuck();
      return this.#borrowed(object.path, args[0], given);
    }
    if (object instanceof Closure) {
      if (key === "call") return this.#call(object, args.slice(1));
      const [, list] = args;
      if (key === "apply" && Array.isArray(list)) return this.#call(object, list);
      return key === "apply" ? stuck() : this.#apply(object.fields.get(key), args);
    }
    return this.#method(object, key, args);
  }

  /** `Array.prototype.map.call(list, change)`. */
  #borrowed(path: string, self: Raw, args: RawArray): Raw {
    const [, method] = /^(?:Array|String)\.prototype\.(\w+)$/.exec(path) ?? [];
    if (method === undefined) return this.#hostCall(path, args);
    const isText = typeof self === "string" && path.startsWith("Array");
    return this.#method(isText ? Array.from(self) : self, method, args);
  }

  #method(object: Raw, key: string, args: RawArray): Raw {
    if (typeof object === "string") return bounded(stringMethod(object, key, args, this.#callback));
    if (typeof object === "number") return numberMethod(object, key, args);
    if (Array.isArray(object)) return arrayMethod(object, key, args, this.#callback);
    if (object instanceof Host) {
      const member = hostMember(object.path, key);
      return member instanceof Host ? this.#hostCall(member.path, args) : stuck();
    }
    return object === undefined || object === null ? thrown() : stuck();
  }
}

const VARIES = /^process\.|^navigator|\(\)/;
const FIELDS_MAX = 10_000;

function ended(completion: NonNullable<Completion>): Completion {
  return completion.kind === "return" ? completion : undefined;
}

/** Built-ins are there; what the environment holds nobody knows. */
function truthy(value: Raw): boolean {
  if (value instanceof Host && VARIES.test(value.path)) stuck();
  return Boolean(value);
}

function bounded(value: Raw): Raw {
  if (typeof value === "string" && value.length > TEXT_LENGTH_MAX) stuck();
  return value;
}

function keysOf(value: Raw): RawArray {
  if (Array.isArray(value)) return value.map((_, index) => String(index));
  return value instanceof RawObject ? [...value.fields.keys()] : stuck();
}

function unary(operator: string, value: Raw): Raw {
  switch (operator) {
    case "!":
      return !truthy(value);
    case "-":
      return -Number(primitive(value));
    case "+":
      return Number(primitive(value));
    case "~":
      return ~Number(primitive(value));
    case "void":
      return undefined;
    case "typeof":
      return typeName(value);
    default:
      return stuck();
  }
}

function typeName(value: Raw): string {
  if (value instanceof Closure) return "function";
  if (value instanceof Host) stuck();
  return typeof value;
}

function binary(operator: string, leftRaw: Raw, rightRaw: Raw): Raw {
  if (operator === "===" || operator === "!==") {
    if (leftRaw instanceof Host || rightRaw instanceof Host) stuck();
    return (leftRaw === rightRaw) === (operator === "===");
  }
  const left = primitive(leftRaw);
  const right = primitive(rightRaw);
  if (operator === "+") {
    return typeof left === "string" || typeof right === "string"
      ? bounded(String(left) + String(right))
      : Number(left) + Number(right);
  }
  return ARITHMETIC[operator]?.(left, right) ?? stuck();
}

const ARITHMETIC: Readonly<Record<string, (left: Primitive, right: Primitive) => Raw>> = {
  // oxlint-disable-next-line eslint/eqeqeq -- the interpreted program's own operator
  "==": (left, right) => left == right,
  // oxlint-disable-next-line eslint/eqeqeq -- as above
  "!=": (left, right) => left != right,
  "-": (left, right) => Number(left) - Number(right),
  "*": (left, right) => Number(left) * Number(right),
  "/": (left, right) => Number(left) / Number(right),
  "%": (left, right) => Number(left) % Number(right),
  "**": (left, right) => Number(left) ** Number(right),
  "&": (left, right) => Number(left) & Number(right),
  "|": (left, right) => Number(left) | Number(right),
  "^": (left, right) => Number(left) ^ Number(right),
  "<<": (left, right) => Number(left) << Number(right),
  ">>": (left, right) => Number(left) >> Number(right),
  ">>>": (left, right) => Number(left) >>> Number(right),
  "<": (left, right) => compares(left, right, (a, b) => a < b),
  ">": (left, right) => compares(left, right, (a, b) => a > b),
  "<=": (left, right) => compares(left, right, (a, b) => a <= b),
  ">=": (left, right) => compares(left, right, (a, b) => a >= b),
};

function compares(
  left: Primitive,
  right: Primitive,
  test: (a: string | number, b: string | number) => boolean,
): boolean {
  return typeof left === "string" && typeof right === "string"
    ? test(left, right)
    : test(Number(left), Number(right));
}
