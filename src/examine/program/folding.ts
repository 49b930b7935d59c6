import type { Evaluator } from "./evaluate.ts";
import { Host, type Raw, RawBytes } from "./raw.ts";
import { api, constant, HOLE, OPEN, thing, type Thing, type Value } from "./value.ts";

const ELEMENTS_MAX = 20_000;

/** Lists within lists. One that is put into itself has no end. */
const DEPTH_MAX = 16;

/** What is left for the lists within one value, all together. */
interface Bounds {
  readonly depth: number;
  readonly elements: { left: number };
}

/** A value that is wholly known, as the interpreter has it; boxed, because it may be undefined. */
export function rawOf(value: Value, evaluator: Evaluator): { readonly value: Raw } | undefined {
  return rawWithin(value, evaluator, { depth: DEPTH_MAX, elements: { left: ELEMENTS_MAX } });
}

function rawWithin(
  value: Value,
  evaluator: Evaluator,
  bounds: Bounds,
): { readonly value: Raw } | undefined {
  if (value.open) return undefined;
  const [only, more] = value.constants;
  const [one, other] = value.things;
  if (value.constants.length === 1 && more === undefined && one === undefined) {
    return typeof only === "string" && only.includes(HOLE) ? undefined : { value: only };
  }
  if (value.constants.length > 0 || other !== undefined || one === undefined) return undefined;
  if (one.kind === "list") {
    const { items } = one;
    return { value: items instanceof RawBytes ? RawBytes.from(items) : [...items] };
  }
  if (one.kind === "function") return evaluator.closureOf(one.fn);
  if (one.kind === "row")
    return one.isWhole ? rawItems(one.items, evaluator, bounds, (item) => item) : undefined;
  return one.kind === "array" ? rawArray(one, evaluator, bounds) : undefined;
}

function rawItems<Item>(
  list: readonly Item[],
  evaluator: Evaluator,
  { depth, elements }: Bounds,
  valueOf: (item: Item) => Value,
): { readonly value: Raw[] } | undefined {
  elements.left -= list.length;
  if (depth === 0 || elements.left < 0) return undefined;
  const items: Raw[] = [];
  for (const each of list) {
    const item = rawWithin(valueOf(each), evaluator, { depth: depth - 1, elements });
    if (item === undefined) return undefined;
    items.push(item.value);
  }
  return { value: items };
}

function rawArray(
  { site, added }: Thing & { readonly kind: "array" },
  evaluator: Evaluator,
  bounds: Bounds,
): { readonly value: Raw } | undefined {
  const { node, scope } = site;
  if (node.type !== "ArrayExpression" || node.elements.length > ELEMENTS_MAX) return undefined;
  const [only, more] = node.elements;
  // `[...list]`, and `[..."text"]` letter by letter.
  if (only?.type === "SpreadElement" && more === undefined && added.length === 0) {
    return copied(evaluator.evaluate({ node: only.argument, scope }), evaluator, bounds);
  }
  const written = node.elements.filter((element) => element !== null);
  const isPlain = written.every(({ type }) => type !== "SpreadElement");
  if (!isPlain || written.length < node.elements.length) return undefined;
  const values = [...written.map((element) => ({ node: element, scope })), ...added];
  return rawItems(values, evaluator, bounds, (each) => evaluator.evaluate(each));
}

function copied(
  list: Value,
  evaluator: Evaluator,
  { depth, elements }: Bounds,
): { readonly value: Raw } | undefined {
  if (depth === 0) return undefined;
  const raw = rawWithin(list, evaluator, { depth: depth - 1, elements });
  if (Array.isArray(raw?.value)) return { value: [...raw.value] };
  const isShort = typeof raw?.value === "string" && raw.value.length <= ELEMENTS_MAX;
  // As the code itself does it: code points.
  return isShort ? { value: Array.from(raw.value) } : undefined;
}

/** The way back; what has no such form is open. */
export function valueOfRaw(raw: Raw): Value {
  if (Array.isArray(raw)) return thing({ kind: "list", items: raw });
  if (raw instanceof Host) return api(raw.path);
  if (typeof raw === "object" && raw !== null) return OPEN;
  return constant(raw);
}
