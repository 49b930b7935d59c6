import { type Node, visitorKeys } from "oxc-parser";

/** The nodes right below one, in the order of the text. */
export function childrenOf(node: Node): readonly Node[] {
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- visitorKeys names child nodes
    const child = (node as unknown as Record<string, Node | readonly (Node | null)[] | null>)[key];
    if (child === null || child === undefined) continue;
    if ("type" in child) children.push(child);
    else for (const item of child) if (item !== null) children.push(item);
  }
  return children;
}
