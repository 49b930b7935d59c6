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
 * @returns undefined where an offset may lie in what the lazy tree leaves out: what a class extends
 * (oxc-parser 0.159.0)
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
    const isClass = node.type === "ClassDeclaration" || node.type === "ClassExpression";
    const inside: Waiting[] = [];
    let ended = from;
    for (const child of childrenIn(node)) {
      const { start, end } = child;
      if (isClass && hasBetween(offsets, Math.max(node.start, ended), start)) return undefined;
      const begin = Math.min(start, ended);
      if (hasBetween(offsets, begin, end)) inside.push({ node: child, from: begin });
      ended = end;
    }
    for (const child of inside.reverse()) waiting.push(child);
  }
  return nodes;
}

function* childrenIn(node: LazyNode): Iterable<LazyNode> {
  for (const field of fieldsOf(node)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a getter of this very object
    const value = (node as unknown as Readonly<Record<string, unknown>>)[field];
    if (isNode(value)) yield value;
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) yield item;
  }
}

function isNode(value: unknown): value is LazyNode {
  return typeof value === "object" && value !== null && "start" in value && "end" in value;
}

const fields = new Map<object, readonly string[]>();

/** In the order of the text, as far as the syntax has one. */
function fieldsOf(node: LazyNode): readonly string[] {
  const shape: unknown = Object.getPrototypeOf(node);
  if (typeof shape !== "object" || shape === null) return [];
  const known = fields.get(shape);
  if (known !== undefined) return known;
  const own = Object.entries(Object.getOwnPropertyDescriptors(shape))
    .filter(([name, field]) => "get" in field && name !== "start" && name !== "end")
    .map(([name]) => name);
  fields.set(shape, own);
  return own;
}
