import { leadsOn, pathOfModule } from "./apis.ts";
import type { Evaluator } from "./evaluate.ts";
import { bare, type Definition, lookup, type ModuleModel } from "./module.ts";
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
  return mayBeBuiltIn(definition) && pathsOf(evaluator.defined(definition)).some(leadsOn);
}

/** Told by the look of it: most of what files export is functions and objects of their own. */
function mayBeBuiltIn(definition: Definition): boolean {
  if (definition.kind === "import" || definition.kind === "member") return true;
  if (definition.kind !== "value") return false;
  const { scope } = definition.site;
  const node = bare(definition.site.node);
  if (node.type === "Identifier") {
    const definitions = lookup(scope, node.name)?.definitions ?? [];
    return definitions.length === 0 || definitions.some(({ kind }) => kind !== "function");
  }
  return MAY_RELAY.has(node.type);
}

const MAY_RELAY: ReadonlySet<string> = new Set([
  "MemberExpression", "CallExpression", "ConditionalExpression", "LogicalExpression", "AwaitExpression",
]); // prettier-ignore
