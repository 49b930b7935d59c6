import type { CallKind, CallNode } from "./oxc.ts";
import type { ImportFact } from "./sources.ts";

/** What a call loads: a written specifier, something computed, or nothing. */
export type Load =
  | { readonly kind: ImportFact["kind"]; readonly specifier: string }
  | "computed"
  | undefined;

export function loadOf(kind: CallKind, node: CallNode): Load {
  if (kind === "import") return written("dynamic-import", node.source);
  if (kind === "import-equals") return written("require", node.expression);
  return kind === "new" ? constructed(node) : called(node);
}

function called(node: CallNode): Load {
  const name = nameOf(node.callee);
  if (name === "require") return written("require", node.arguments?.[0]);
  if (name !== undefined) return loadsByName(name, node);
  const member = memberOf(node.callee);
  if (member === undefined) return undefined;
  const { object, property } = member;
  if (property === "resolve" && isLoader(object)) return written("resolve", node.arguments?.[0]);
  if (object === "module" && property === "require") {
    return written("require", node.arguments?.[0]);
  }
  return loadsByName(property, node);
}

function loadsByName(name: string, node: CallNode): Load {
  return NAMED_LOADERS.has(name) ? mildly("worker", node.arguments?.[0]) : undefined;
}

/** `fork` and `importScripts` take a file; many other functions have these names. */
const NAMED_LOADERS: ReadonlySet<string> = new Set(["fork", "importScripts", "register"]);

function isLoader(object: string): boolean {
  return object === "require" || object === "import.meta";
}

function constructed(node: CallNode): Load {
  const name = nameOf(node.callee);
  if (name === "Worker" || name === "SharedWorker") return mildly("worker", node.arguments?.[0]);
  return name === "URL" ? mildly("url", node.arguments?.[0]) : undefined;
}

function written(kind: ImportFact["kind"], argument: unknown): Load {
  const specifier = textOf(argument);
  if (specifier !== undefined) return { kind, specifier };
  return argument === undefined ? undefined : "computed";
}

/** Where a computed argument is nothing unusual. */
function mildly(kind: ImportFact["kind"], argument: unknown): Load {
  const specifier = textOf(argument);
  return specifier === undefined ? undefined : { kind, specifier };
}

interface LooseNode {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly value?: unknown;
  readonly object?: unknown;
  readonly property?: unknown;
  readonly expression?: unknown;
  readonly quasis?: readonly { readonly value?: { readonly cooked?: unknown } }[];
}

function nodeOf(value: unknown): LooseNode | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}

/** Parentheses mean nothing here: `(require)("x")`. */
function bareNode(value: unknown): LooseNode | undefined {
  let node = nodeOf(value);
  for (let turns = 0; node?.type === "ParenthesizedExpression" && turns < 10; turns += 1) {
    node = nodeOf(node.expression);
  }
  return node;
}

function nameOf(value: unknown): string | undefined {
  const node = bareNode(value);
  const named = node?.type === "Identifier" || node?.type === "IdentifierReference";
  return named && typeof node.name === "string" ? node.name : undefined;
}

function memberOf(
  value: unknown,
): { readonly object: string; readonly property: string } | undefined {
  const node = bareNode(value);
  const type = node?.type;
  if (node === undefined || (type !== "MemberExpression" && type !== "StaticMemberExpression")) {
    return undefined;
  }
  const object = bareNode(node.object);
  const isMeta = object?.type === "MetaProperty" || object?.type === "ImportMeta";
  const name = isMeta ? "import.meta" : nameOf(object);
  const property = nodeOf(node.property)?.name;
  return typeof property === "string" ? { object: name ?? "", property } : undefined;
}

function textOf(value: unknown): string | undefined {
  const node = bareNode(value);
  if (node?.type === "Literal" || node?.type === "StringLiteral") {
    return typeof node.value === "string" ? node.value : undefined;
  }
  if (node?.type !== "TemplateLiteral" || node.quasis?.length !== 1) return undefined;
  const cooked = node.quasis[0]?.value?.cooked;
  return typeof cooked === "string" ? cooked : undefined;
}
