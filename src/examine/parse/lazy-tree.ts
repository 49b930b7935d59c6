import { hasBetween } from "./lines.ts";

/** A node of the parser's lazy tree: its fields are getters, and reading one makes an object. */
export interface LazyNode {
  readonly type?: string;
  readonly start: number;
  readonly end: number;
}

interface Waiting {
  readonly node: LazyNode;
  /** Where the node before it ends, if that is further ahead than its own start. */
  readonly from: number;
}

/**
 * Every node that one of the offsets lies in, and a few beside them, in the order of the text. Offsets
 * that lie between two nodes count to the later one: decorators stand before the `export` of their
 * class and outside it.
 *
 * @param offsets ascending
 * @returns undefined where an offset may lie in what the lazy tree leaves out: see {@link LEAVES_OUT}
 */
export function nodesAround(
  offsets: readonly number[],
  root: LazyNode,
): readonly LazyNode[] | undefined {
  const nodes: LazyNode[] = [];
  // A stack of our own, because what nests deep for us does not for the parser.
  const waiting: Waiting[] = [{ node: root, from: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, from } = next;
    nodes.push(node);
    const { fields, leavesOut } = shapeOf(node);
    const inside: Waiting[] = [];
    let ended = from;
    let seen = node.start;
    for (const child of childrenIn(node, fields)) {
      const { start, end } = child;
      if (leavesOut && hasBetween(offsets, seen, start)) return undefined;
      const begin = Math.min(start, ended);
      if (hasBetween(offsets, begin, end)) inside.push({ node: child, from: begin });
      ended = end;
      seen = Math.max(seen, end);
    }
    if (leavesOut && hasBetween(offsets, seen, node.end)) return undefined;
    for (const child of inside.reverse()) waiting.push(child);
  }
  return nodes;
}

/**
 * Those of the offsets that lie in none of the spans.
 *
 * @param spans in the order of the text
 * @param offsets ascending
 */
export function outside(
  spans: readonly { readonly start: number; readonly end: number }[],
  offsets: readonly number[],
): readonly number[] {
  const ordered = spans[Symbol.iterator]();
  let next = ordered.next();
  return offsets.filter((offset) => {
    while (next.done !== true && next.value.end <= offset) next = ordered.next();
    return next.done === true || offset < next.value.start;
  });
}

function* childrenIn(node: LazyNode, fields: readonly string[]): Iterable<LazyNode> {
  for (const field of fields) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a getter of this very object
    const value = (node as unknown as Readonly<Record<string, unknown>>)[field];
    if (isNode(value)) {
      const shape = shapeOf(value);
      if (shape.isList) yield* childrenIn(value, shape.fields);
      else yield value;
    } else if (Array.isArray(value)) for (const item of value) if (isNode(item)) yield item;
  }
}

function isNode(value: unknown): value is LazyNode {
  return typeof value === "object" && value !== null && "start" in value && "end" in value;
}

interface Shape {
  /** In the order of the text, as far as the syntax has one. */
  readonly fields: readonly string[];
  readonly leavesOut: boolean;
  readonly isList: boolean;
}

/**
 * Classes of nodes that have no getter for a part of them, in oxc-parser 0.159.0: what a class extends,
 * what takes the rest, `this` and types of variables. Found by comparison with the code in the parser
 * that makes the plain tree.
 */
const LEAVES_OUT: ReadonlySet<string> = new Set([
  "Class", "Function", "ArrowFunctionExpression", "ArrayPattern", "ObjectPattern", "ArrayAssignmentTarget",
  "ObjectAssignmentTarget", "VariableDeclarator", "CatchParameter", "TSCallSignatureDeclaration",
  "TSConstructSignatureDeclaration", "TSMethodSignature", "TSFunctionType", "TSConstructorType",
]); // prettier-ignore

/**
 * No node of the plain tree, and its offsets count in bytes where there is one parameter without
 * brackets: what it holds is taken for the function's.
 */
const LIST = "FormalParameters";

const shapes = new Map<object, Shape>();
const NO_NODE: Shape = { fields: [], leavesOut: false, isList: false };

function shapeOf(node: LazyNode): Shape {
  const prototype: unknown = Object.getPrototypeOf(node);
  if (typeof prototype !== "object" || prototype === null) return NO_NODE;
  const known = shapes.get(prototype);
  if (known !== undefined) return known;
  const fields = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, field]) => "get" in field && name !== "start" && name !== "end")
    .map(([name]) => name);
  const { name } = prototype.constructor;
  const shape = { fields, leavesOut: LEAVES_OUT.has(name), isList: name === LIST };
  shapes.set(prototype, shape);
  return shape;
}
