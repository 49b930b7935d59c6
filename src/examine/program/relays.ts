import { leadsOn, pathOfModule } from "./apis.ts";
import type { Evaluator } from "./evaluate.ts";
import {
  bare,
  type Definition,
  type FunctionModel,
  lookup,
  type ModuleModel,
  type Site,
} from "./module.ts";
import { pathsOf } from "./value.ts";

/**
 * Whether a file hands built-ins on to those who import it: `module.exports = require("child_process")`.
 * Whoever imports it reaches out without a word that says so.
 */
export function relays(module: ModuleModel, evaluator: Evaluator): boolean {
  const isForwarded = module.exportedFrom.some(
    (specifier) => !specifier.startsWith(".") && leadsOn(pathOfModule(specifier)),
  );
  if (isForwarded) return true;
  for (const definitions of module.exports.values()) {
    if (definitions.some((definition) => isRelayed(definition, evaluator))) return true;
  }
  return false;
}

function isRelayed(definition: Definition, evaluator: Evaluator): boolean {
  const fn = functionOf(definition);
  if (fn !== undefined) return fn.returns.some((site) => isWay(site, evaluator));
  if (definition.kind === "value") return isWay(definition.site, evaluator);
  const isNamed = definition.kind === "import" || definition.kind === "member";
  return isNamed && pathsOf(evaluator.defined(definition)).some(leadsOn);
}

function functionOf(definition: Definition): FunctionModel | undefined {
  if (definition.kind === "function") return definition.fn;
  if (definition.kind !== "value") return undefined;
  const { node, scope } = definition.site;
  return scope.module.functionOf.get(bare(node));
}

function isWay(site: Site, evaluator: Evaluator): boolean {
  return mayBeBuiltIn(site) && pathsOf(evaluator.evaluate(site)).some(leadsOn);
}

/** Told by the look of it: most of what files export is functions and objects of their own. */
function mayBeBuiltIn({ node, scope }: Site): boolean {
  const inner = bare(node);
  if (inner.type !== "Identifier") return MAY_RELAY.has(inner.type);
  const definitions = lookup(scope, inner.name)?.definitions ?? [];
  return definitions.length === 0 || definitions.some(({ kind }) => kind !== "function");
}

const MAY_RELAY: ReadonlySet<string> = new Set([
  "MemberExpression", "CallExpression", "ConditionalExpression", "LogicalExpression", "AwaitExpression",
  "ImportExpression",
]); // prettier-ignore

/** Names that a file gives to built-ins for all files: `global.load = require`. */
export function sharedNames({ globals }: ModuleModel, evaluator: Evaluator): readonly string[] {
  return [...globals.values()]
    .filter(({ definitions }) => definitions.some((each) => isRelayed(each, evaluator)))
    .map(({ name }) => name);
}
