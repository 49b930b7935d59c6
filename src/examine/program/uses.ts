import type { Node } from "oxc-parser";
import {
  type ApiSpec,
  isGlobal,
  isNotable,
  isTellingMethod,
  isWeakMethod,
  specOf,
  withoutIndirection,
} from "./apis.ts";
import { argumentsOf } from "./api-calls.ts";
import type { Evaluator } from "./evaluate.ts";
import {
  bare,
  type CallSite,
  lookup,
  type ModuleModel,
  type Scope,
  type Site,
  writtenKey,
} from "./module.ts";
import { hasFlow, pathsOf, textsOf, type Value } from "./value.ts";

/** A call of a built-in, whatever way the code gets at it. */
export interface Use {
  readonly path: string;
  readonly spec: ApiSpec | undefined;
  readonly call: CallSite;
  readonly args: readonly Value[];
  readonly module: ModuleModel;
  /** For `https.request().write`: the call of `https.request`. */
  readonly origin: Site | undefined;
}

/** Every call of a file that reaches something worth looking at. */
export function usesIn(
  module: ModuleModel,
  evaluator: Evaluator,
  aliases: Aliases,
): readonly Use[] {
  return module.calls.flatMap((call) => {
    if (call.kind === "import") return [useOf("import", undefined, call, evaluator)];
    const handed = handedResult(call, evaluator);
    if (handed !== undefined) return [handed];
    if (isOrdinary(call, aliases)) return [];
    const piped = pipedInto(call, evaluator);
    if (piped !== undefined) return [piped];
    const seen = new Set<string>();
    const callee = evaluator.valueOfCallee(call);
    return callee.things.flatMap((one) => {
      if (one.kind === "function") evaluator.calledBy(one.fn, call);
      if (one.kind !== "api" || seen.has(one.path)) return [];
      seen.add(one.path);
      if (isOwnConstructor(one.path, callee, call, evaluator)) {
        return [{ ...useOf(one.path, one.call, call, evaluator), ...CONSTRUCTOR }];
      }
      if (!isNotable(one.path) || one.path.endsWith(".bind")) return [];
      return withoutIndirection(one.path).startsWith("Reflect.")
        ? reflected(call, evaluator)
        : [useOf(one.path, one.call, call, evaluator)];
    });
  });
}

/**
 * Keys under which files of the package store built-ins: `{ go: https.request }`. A call of `go` is
 * then no ordinary one. Each key is looked into when it is first asked for, because most are not.
 */
export class Aliases {
  readonly #modules: readonly ModuleModel[];
  readonly #evaluator: Evaluator;
  readonly #storedUnder = new Map<string, Site[]>();
  readonly #known = new Map<string, boolean>();
  #modulesRead = 0;

  /** @param modules of the package; the list may grow */
  constructor(modules: readonly ModuleModel[], evaluator: Evaluator) {
    this.#modules = modules;
    this.#evaluator = evaluator;
  }

  has(key: string): boolean {
    for (; this.#modulesRead < this.#modules.length; this.#modulesRead += 1) {
      this.#add(this.#modules[this.#modulesRead]?.stored ?? []);
    }
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const sites = this.#storedUnder.get(key) ?? [];
    const isAlias = sites.some((site) => mayBeBuiltIn(site) && this.#isBuiltIn(site));
    this.#known.set(key, isAlias);
    return isAlias;
  }

  #add(stored: ModuleModel["stored"]): void {
    for (const { key, site } of stored) {
      const sites = this.#storedUnder.get(key);
      if (sites === undefined) this.#storedUnder.set(key, [site]);
      else sites.push(site);
      if (this.#known.get(key) === false) this.#known.delete(key);
    }
  }

  #isBuiltIn(site: Site): boolean {
    return pathsOf(this.#evaluator.evaluate(site)).some(isNotable);
  }
}

/** Told by the look of the expression: what is written out as a function is none. */
function mayBeBuiltIn({ node, scope }: Site): boolean {
  if (node.type !== "Identifier") return true;
  const binding = lookup(scope, node.name);
  if (binding === undefined) return isGlobal(node.name);
  return binding.definitions.some((definition) => definition.kind !== "function");
}

/** Whether a call can be none of a built-in: told without asking what its callee is. */
function isOrdinary(call: CallSite, aliases: Aliases): boolean {
  const callee = call.callee === undefined ? undefined : bare(call.callee.node);
  if (callee === undefined) return true;
  if (callee.type === "MemberExpression") {
    const key = writtenKey(callee.property, callee.computed);
    if (key === undefined || /^\d/.test(key)) return false;
    const isTelling = isTellingMethod(key);
    const isWeak = isWeakMethod(key) && isParameter(callee.object, call.scope);
    return (!isTelling || isWeak) && !aliases.has(key);
  }
  if (callee.type !== "Identifier") {
    return callee.type === "FunctionExpression" || callee.type === "Super";
  }
  const binding = lookup(call.scope, callee.name);
  const definitions = binding?.definitions ?? [];
  return definitions.length > 0 && definitions.every(({ kind }) => kind === "function");
}

/**
 * `x.constructor` of what may be many things is rather a class of the code's own than `Function`,
 * unless what it is given looks like code.
 */
function isOwnConstructor(
  path: string,
  callee: Value,
  call: CallSite,
  evaluator: Evaluator,
): boolean {
  if (withoutIndirection(path) !== "Function") return false;
  if (!callee.open && callee.things.length === 1) return false;
  const code = argumentsOf(path, call, evaluator).at(-1);
  return code === undefined || !(textsOf(code).some(isStatement) || hasFlow(code, ...MAY_BE_CODE));
}

const CONSTRUCTOR = { path: "constructor", spec: specOf("constructor") } as const;

const MAY_BE_CODE = ["decoded", "decrypted", "remote", "own-file"] as const;

function isStatement(text: string): boolean {
  return /[(=;`]/.test(text);
}

/** What a function is handed is asked for only where the method's name says enough by itself. */
function isParameter(object: Node, scope: Scope): boolean {
  const node = bare(object);
  if (node.type !== "Identifier") return node.type === "ThisExpression";
  const definitions = lookup(scope, node.name)?.definitions ?? [];
  return definitions.length > 0 && definitions.every(({ kind }) => kind === "parameter");
}

function useOf(path: string, origin: Site | undefined, call: CallSite, evaluator: Evaluator): Use {
  const plain = withoutIndirection(path);
  return {
    path: plain,
    spec: specOf(plain),
    call,
    args: argumentsOf(path, call, evaluator),
    module: call.scope.module,
    origin,
  };
}

/** `file.pipe(request)` writes the one into the other. */
function pipedInto(call: CallSite, evaluator: Evaluator): Use | undefined {
  const callee = call.callee === undefined ? undefined : bare(call.callee.node);
  if (callee?.type !== "MemberExpression") return undefined;
  if (writtenKey(callee.property, callee.computed) !== "pipe") return undefined;
  const target = evaluator.valueOfArgument(call, 0).things.find((one) => one.kind === "api");
  const path = target === undefined ? "" : `${target.path}.write`;
  const spec = specOf(path);
  if (target === undefined || spec?.takes !== "send") return undefined;
  const data = evaluator.evaluate({ node: callee.object, scope: call.scope });
  return { path, spec, call, args: [data], module: call.scope.module, origin: target.call };
}

/** `fetch(address).then(text).then(eval)`: a built-in is handed what something else gives. */
function handedResult(call: CallSite, evaluator: Evaluator): Use | undefined {
  const callee = call.callee === undefined ? undefined : bare(call.callee.node);
  if (callee?.type !== "MemberExpression" || callee.computed) return undefined;
  const key = writtenKey(callee.property, false);
  const [taker] = call.args;
  if (key === undefined || !HANDS_ON.has(key) || taker === undefined) return undefined;
  if (!mayBeTaken(bare(taker), call.scope)) return undefined;
  const [path] = pathsOf(evaluator.valueOfArgument(call, 0));
  const spec = path === undefined ? undefined : specOf(path);
  if (path === undefined || (spec?.takes !== "run" && spec?.takes !== "spawn")) return undefined;
  const data = evaluator.evaluate({ node: callee.object, scope: call.scope });
  return { path, spec, call, args: [data], module: call.scope.module, origin: undefined };
}

const HANDS_ON: ReadonlySet<string> = new Set(["then", "forEach", "map"]);

/** A built-in by its own name, or by one that a file gives it at its beginning. */
function mayBeTaken(taker: Node, scope: Scope): boolean {
  if (taker.type === "MemberExpression") return true;
  if (taker.type !== "Identifier") return false;
  const binding = lookup(scope, taker.name);
  if (binding === undefined) return isGlobal(taker.name);
  return binding.definitions.some(({ kind }) => kind !== "function" && kind !== "parameter");
}

/** `Reflect.apply(eval, null, [code])` uses `eval`. */
function reflected(call: CallSite, evaluator: Evaluator): readonly Use[] {
  const [target] = evaluator.valueOfArgument(call, 0).things;
  if (target?.kind !== "api") return [];
  const lists = call.args.filter((arg) => arg.type === "ArrayExpression");
  const nodes = lists.flatMap((list) => list.elements).filter((element) => element !== null);
  const made: CallSite = { ...call, args: nodes };
  return [useOf(target.path, target.call, made, evaluator)];
}
