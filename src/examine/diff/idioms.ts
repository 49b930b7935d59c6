import type { Node } from "oxc-parser";

/** Without what only TypeScript or a reader sees. */
export function plain(node: Node): Node {
  let at = node;
  for (;;) {
    switch (at.type) {
      case "ParenthesizedExpression":
      case "ChainExpression":
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
      case "TSNonNullExpression":
      case "TSInstantiationExpression":
        at = at.expression;
        break;
      default:
        return at;
    }
  }
}

/** The statements of a branch or loop body, with or without braces. */
export function statementsOf(node: Node | null): readonly Node[] {
  if (node === null) return [];
  return node.type === "BlockStatement" ? node.body : [node];
}

/** `undefined`, `void 0`. */
export function isVoid(node: Node): boolean {
  if (node.type === "Identifier") return node.name === "undefined";
  return (
    node.type === "UnaryExpression" && node.operator === "void" && node.argument.type === "Literal"
  );
}

/** Whether a condition reads better the other way round: `!a`, `a !== b`, `!a || !b`. */
export function isNegative(test: Node): boolean {
  const node = plain(test);
  if (node.type === "UnaryExpression") {
    return node.operator === "!" && !isNegative(node.argument);
  }
  if (node.type === "BinaryExpression") return node.operator === "!=" || node.operator === "!==";
  if (node.type === "SequenceExpression") {
    const last = node.expressions.at(-1);
    return last !== undefined && isNegative(last);
  }
  if (node.type !== "LogicalExpression" || node.operator === "??") return false;
  return isNegative(node.left) && isNegative(node.right);
}

/** The name written in `a.name`, `a["name"]`, `{ name: … }`, `{ "name": … }` or `name = …`. */
export function writtenName(node: Node, computed = false): string | undefined {
  switch (node.type) {
    case "Identifier":
      return computed ? undefined : node.name;
    case "PrivateIdentifier":
      return `#${node.name}`;
    case "Literal":
      return typeof node.value === "string" || typeof node.value === "number"
        ? String(node.value)
        : undefined;
    case "MemberExpression":
      return writtenName(node.property, node.computed);
    case "Property":
      return writtenName(node.key, node.computed);
    default:
      return undefined;
  }
}

/**
 * The pieces of a text that is put together: `a + "b"`, `` `${a}b` `` and `"".concat(a, "b")` are the
 * same. Undefined for what is no text as far as one can see.
 */
export function concatParts(node: Node): readonly (string | Node)[] | undefined {
  const parts: (string | Node)[] = [];
  addParts(node, parts);
  if (!parts.some((part) => typeof part === "string")) return undefined;
  const merged: (string | Node)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === "string" && typeof last === "string")
      merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  const told = merged.filter((part) => part !== "");
  return told.length === 0 ? [""] : told;
}

function addParts(expression: Node, parts: (string | Node)[]): void {
  // The left spine of `a + b + c …` can be as long as the file: no recursion along it.
  const rights: Node[] = [];
  let at = plain(expression);
  while (at.type === "BinaryExpression" && at.operator === "+") {
    rights.push(at.right);
    at = plain(at.left);
  }
  addPiece(at, parts);
  for (const right of rights.toReversed()) addPiece(plain(right), parts);
}

function addPiece(node: Node, parts: (string | Node)[]): void {
  if (node.type === "Literal" && typeof node.value === "string") parts.push(node.value);
  else if (node.type === "TemplateLiteral") {
    for (const [index, quasi] of node.quasis.entries()) {
      parts.push(quasi.value.cooked ?? quasi.value.raw);
      const expression = node.expressions[index];
      if (expression !== undefined) addNested(plain(expression), parts);
    }
  } else if (isConcatCall(node)) {
    addParts(node.callee.object, parts);
    for (const argument of node.arguments) addNested(plain(argument), parts);
  } else parts.push(node);
}

/** A sum inside a piece is text only where it has a text in it. */
function addNested(node: Node, parts: (string | Node)[]): void {
  if (node.type !== "BinaryExpression") return addPiece(node, parts);
  const own = concatParts(node);
  if (own === undefined) parts.push(node);
  else parts.push(...own);
}

function isConcatCall(node: Node): node is Node & {
  type: "CallExpression";
  callee: Node & { type: "MemberExpression" };
} {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const { object, property, computed } = node.callee;
  if (writtenName(property, computed) !== "concat") return false;
  const start = plain(object);
  return (
    (start.type === "Literal" && typeof start.value === "string") ||
    start.type === "TemplateLiteral" ||
    isConcatCall(start)
  );
}
