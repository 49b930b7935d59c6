import type { Node } from "oxc-parser";
import { childrenOf } from "../parse/children.ts";

/** A name of the code's own; two of the same spelling are two bindings. */
export interface LocalName {
  readonly name: string;
}

/**
 * The names a function declares. Blocks are taken together with the function around them: `let`
 * against `var` is what formatters and minifiers change.
 */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: ReadonlyMap<string, LocalName>;
}

/** Undefined for a global. */
export function localName(scope: Scope, name: string): LocalName | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const local = at.names.get(name);
    if (local !== undefined) return local;
  }
  return undefined;
}

/** @param roots parameters and body of a function, or the statements of a file */
export function scopeOf(
  roots: readonly Node[],
  parent: Scope | undefined,
  own: string | undefined,
): Scope {
  const names = new Map<string, LocalName>();
  const declare = (name: string): void => {
    if (!names.has(name)) names.set(name, { name });
  };
  if (own !== undefined) declare(own);
  const waiting: Node[] = [...roots];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!declaresIn(node, declare)) continue;
    for (const child of childrenOf(node)) waiting.push(child);
  }
  return { parent, names };
}

/** @returns whether to look further inside */
function declaresIn(node: Node, declare: (name: string) => void): boolean {
  switch (node.type) {
    case "FunctionDeclaration":
    case "ClassDeclaration":
      if (node.id !== null) declare(node.id.name);
      return node.type === "ClassDeclaration";
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "Literal":
    case "Identifier":
      return false;
    case "VariableDeclarator":
      declarePattern(node.id, declare);
      return true;
    case "CatchClause":
      if (node.param !== null) declarePattern(node.param, declare);
      return true;
    case "ImportDeclaration":
      for (const { local } of node.specifiers) declare(local.name);
      return false;
    default:
      return true;
  }
}

export function declarePattern(pattern: Node, declare: (name: string) => void): void {
  switch (pattern.type) {
    case "Identifier":
      declare(pattern.name);
      return;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        declarePattern(property.type === "RestElement" ? property : property.value, declare);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) {
        if (element !== null) declarePattern(element, declare);
      }
      return;
    case "AssignmentPattern":
      declarePattern(pattern.left, declare);
      return;
    case "RestElement":
      declarePattern(pattern.argument, declare);
      return;
    case "TSParameterProperty":
      declarePattern(pattern.parameter, declare);
      return;
    default:
  }
}
