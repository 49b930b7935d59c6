import type { Evaluator } from "./evaluate.ts";
import { type Raw, RawBytes } from "./raw.ts";
import { constant, HOLE, OPEN, thing, type Value } from "./value.ts";

const ELEMENTS_MAX = 20_000;

/** A value that is wholly known, as the interpreter has it; boxed, because it may be undefined. */
export function rawOf(value: Value, evaluator: Evaluator): { readonly value: Raw } | undefined {
  if (value.open) return undefined;
  const [only, more] = value.constants;
  const [one, other] = value.things;
  if (value.constants.length === 1 && more === undefined && one === undefined) {
    return typeof only === "string" && only.includes(HOLE) ? undefined : { value: only };
  }
  if (value.constants.length > 0 || other !== undefined || one === undefined) return undefined;
  if (one.kind === "list") return { value: [...one.items] };
  if (one.kind === "function") return evaluator.closureOf(one.fn);
  return one.kind === "array" ? rawArray(one.site, evaluator) : undefined;
}

function rawArray(
  site: Parameters<Evaluator["evaluate"]>[0],
  evaluator: Evaluator,
): { readonly value: Raw } | undefined {
  const { node, scope } = site;
  if (node.type !== "ArrayExpression" || node.elements.length > ELEMENTS_MAX) return undefined;
  const items: Raw[] = [];
  for (const element of node.elements) {
    if (element === null) return undefined;
    const item = rawOf(evaluator.evaluate({ node: element, scope }), evaluator);
    if (item === undefined) return undefined;
    items.push(item.value);
  }
  return { value: items };
}

/** The way back; bytes are taken for text, and what has no such form is open. */
export function valueOfRaw(raw: Raw): Value {
  if (raw instanceof RawBytes) return constant(Buffer.from(raw.map(Number)).toString("utf8"));
  if (Array.isArray(raw)) return thing({ kind: "list", items: raw });
  if (typeof raw === "object" && raw !== null) return OPEN;
  return constant(raw);
}
