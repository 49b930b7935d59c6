import { isTellingMethod } from "./apis.ts";
import {
  bare,
  type CallSite,
  type Definition,
  type FunctionModel,
  lookup,
  type ModuleModel,
  writtenKey,
} from "./module.ts";

/** Free names whose calls only make something of what they are given. */
const MAKERS: ReadonlySet<string> = new Set([
  "String", "Number", "Boolean", "Array", "Object", "RegExp", "Map", "Set", "Error", "TypeError", "RangeError",
  "parseInt", "parseFloat", "isNaN", "URL", "Symbol", "BigInt", "encodeURIComponent", "encodeURI",
]); // prettier-ignore

const FUNCTIONS_MAX = 100;

interface Inside {
  readonly calls: CallSite[];
  readonly functions: FunctionModel[];
}

const insides = new WeakMap<ModuleModel, ReadonlyMap<FunctionModel, Inside>>();
const answers = new WeakMap<FunctionModel, boolean>();

/**
 * Whether a function gives back nothing but what it makes of its arguments: it calls no built-in that
 * brings data along, nobody's callback and no other file. Told from names alone, so that asking
 * changes no value that is being worked out.
 */
export function isPlain(fn: FunctionModel): boolean {
  const known = answers.get(fn);
  if (known !== undefined) return known;
  const reached = new Set([fn]);
  let plain = true;
  for (const each of reached) {
    const { calls, functions } = insideOf(each);
    const called = calls.map(calledBy);
    plain = reached.size <= FUNCTIONS_MAX && called.every((list) => list !== undefined);
    if (!plain) break;
    for (const next of [...functions, ...called.flatMap((list) => list ?? [])]) reached.add(next);
  }
  answers.set(fn, plain);
  return plain;
}

/** The functions of the file that a call leads to; undefined where it may lead anywhere else. */
function calledBy({ callee, kind }: CallSite): readonly FunctionModel[] | undefined {
  if (callee === undefined || kind === "import") return undefined;
  const node = bare(callee.node);
  if (node.type === "MemberExpression") {
    const key = writtenKey(node.property, node.computed);
    return key === undefined || isTellingMethod(key) ? undefined : [];
  }
  if (node.type !== "Identifier") return undefined;
  const definitions = lookup(callee.scope, node.name)?.definitions ?? [];
  if (definitions.length === 0) return MAKERS.has(node.name) ? [] : undefined;
  const functions = definitions.map(functionOf);
  return functions.every((one) => one !== undefined) ? functions : undefined;
}

function functionOf(definition: Definition): FunctionModel | undefined {
  if (definition.kind === "function") return definition.fn;
  if (definition.kind !== "value") return undefined;
  const { node, scope } = definition.site;
  return scope.module.functionOf.get(bare(node));
}

function insideOf(fn: FunctionModel): Inside {
  const all = insides.get(fn.module) ?? insidesIn(fn.module);
  insides.set(fn.module, all);
  return all.get(fn) ?? { calls: [], functions: [] };
}

function insidesIn({ calls, functions }: ModuleModel): ReadonlyMap<FunctionModel, Inside> {
  const all = new Map<FunctionModel, Inside>();
  const of = (fn: FunctionModel): Inside => {
    const own = all.get(fn) ?? { calls: [], functions: [] };
    all.set(fn, own);
    return own;
  };
  for (const call of calls) of(call.scope.fn).calls.push(call);
  for (const fn of functions) if (fn.parent !== undefined) of(fn.parent).functions.push(fn);
  return all;
}
