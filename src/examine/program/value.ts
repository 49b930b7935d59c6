import type { FunctionModel, ModuleModel, Site } from "./module.ts";
import { type Raw, RawBytes } from "./raw.ts";

/** Stands in a text for a piece that is only known at run time. */
export const HOLE = "…";

/** Where data comes from, or what was done to it: what chains are made of. */
export const LABELS = [
  "environment",
  "whole-environment",
  "secret",
  "file",
  "host-facts",
  "remote",
  "command-output",
  "decoded",
  /** As decoded, but of something that the package does not hold. */
  "transcoded",
  "decrypted",
  "encoded",
  "own-file",
  "clipboard",
  "wallet",
  "keyboard",
  "argument",
] as const;
export type Label = (typeof LABELS)[number];

export interface Flow {
  readonly label: Label;
  /** For people: `~/.npmrc`, `process.env.NPM_TOKEN`, `atob`. */
  readonly what: string;
  readonly module: ModuleModel;
  readonly offset: number;
}

/** Whether both stand for the same data of the same place. */
export function isSameFlow(a: Flow, b: Flow): boolean {
  return a.label === b.label && a.offset === b.offset && a.module === b.module;
}

/** Something that is not text: a built-in by its path, or a piece of the package's own code. */
export type Thing =
  | { readonly kind: "api"; readonly path: string; readonly call: Site | undefined }
  | { readonly kind: "function"; readonly fn: FunctionModel }
  | { readonly kind: "object"; readonly site: Site }
  /** An array literal, and what is put into it elsewhere. */
  | { readonly kind: "array"; readonly site: Site; readonly added: readonly Site[] }
  /** Values that stand in a row without being written so: rest parameters, results of `map`. */
  | { readonly kind: "row"; readonly items: readonly Value[]; readonly isWhole: boolean }
  /** Computed from what is written, such as the parts of a split text. */
  | { readonly kind: "list"; readonly items: readonly Raw[] }
  | { readonly kind: "module"; readonly module: ModuleModel };

export type Constant = string | number | boolean | null | undefined;

/**
 * What an expression can be, as far as it is written in the package: the constants and things it may
 * stand for, and the data that flows into it. `open` says that it may be something else as well.
 */
export interface Value {
  readonly constants: readonly Constant[];
  readonly things: readonly Thing[];
  readonly flows: readonly Flow[];
  readonly open: boolean;
}

const CONSTANTS_MAX = 8;
const THINGS_MAX = 8;
const FLOWS_MAX = 12;
export const TEXT_LENGTH_MAX = 64 * 1024;

const NOTHING: readonly never[] = [];

export const OPEN: Value = { constants: NOTHING, things: NOTHING, flows: NOTHING, open: true };
export const NEVER: Value = { constants: NOTHING, things: NOTHING, flows: NOTHING, open: false };

export function constant(value: Constant): Value {
  const kept = typeof value === "string" && value.length > TEXT_LENGTH_MAX ? undefined : value;
  if (kept !== value) return OPEN;
  return { constants: [value], things: NOTHING, flows: NOTHING, open: false };
}

export function thing(one: Thing): Value {
  return { constants: NOTHING, things: [one], flows: NOTHING, open: false };
}

export function api(path: string, call?: Site): Value {
  return thing({ kind: "api", path, call });
}

export function flowing(flows: readonly Flow[]): Value {
  return flows.length === 0 ? OPEN : { ...OPEN, flows };
}

export function withFlows(value: Value, flows: readonly Flow[]): Value {
  if (flows.length === 0) return value;
  return { ...value, flows: mergedFlows(value.flows, flows) };
}

export function join(values: readonly Value[]): Value {
  const first = values[0];
  if (first === undefined) return OPEN;
  // Most joins are of one value, or of many that are all open.
  let only: Value = first;
  let open = false;
  for (const value of values) {
    if (value === OPEN) open = true;
    else if (only === OPEN) only = value;
    else if (value !== only) return joinOf(values);
  }
  return open && !only.open ? { ...only, open } : only;
}

function joinOf(values: readonly Value[]): Value {
  const constants: Constant[] = [];
  const things: Thing[] = [];
  let flows: readonly Flow[] = NOTHING;
  let open = false;
  for (const value of values) {
    for (const item of value.constants) {
      if (constants.includes(item)) continue;
      if (constants.length < CONSTANTS_MAX) constants.push(item);
      else open = true;
    }
    for (const one of value.things) {
      if (things.some((other) => isSame(one, other))) continue;
      if (things.length < THINGS_MAX) things.push(one);
      else open = true;
    }
    flows = mergedFlows(flows, value.flows);
    open ||= value.open;
  }
  return { constants: shared(constants), things: shared(things), flows, open };
}

/** Empty lists are one list: most values have two of them. */
function shared<Item>(list: readonly Item[]): readonly Item[] {
  return list.length === 0 ? NOTHING : list;
}

function isSame(one: Thing, other: Thing): boolean {
  return one === other || identityOf(one) === identityOf(other);
}

function identityOf(one: Thing): unknown {
  if (one.kind === "api") return one.path;
  if (one.kind === "function") return one.fn;
  if (one.kind === "list" || one.kind === "row") return one.items;
  return one.kind === "module" ? one.module : one.site.node;
}

function mergedFlows(a: readonly Flow[], b: readonly Flow[]): readonly Flow[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  const merged = [...a];
  for (const flow of b) {
    if (merged.length >= FLOWS_MAX) break;
    const known = merged.some(
      ({ label, offset }) => label === flow.label && offset === flow.offset,
    );
    if (!known) merged.push(flow);
  }
  return merged;
}

/** The texts it may be, numbers spelled out; what is only partly known has a {@link HOLE}. */
export function textsOf(value: Value): readonly string[] {
  if (value.constants.length === 0 && value.things.length === 0) return NOTHING;
  const texts = value.constants.flatMap((item) =>
    typeof item === "string" || typeof item === "number" ? [String(item)] : [],
  );
  return value.things.some((one) => one.kind === "list") ? [...texts, ...bytesIn(value)] : texts;
}

/** What bytes say that are taken for text. */
function bytesIn({ things }: Value): readonly string[] {
  return things.flatMap((one) =>
    one.kind === "list" && one.items instanceof RawBytes
      ? [Buffer.from(one.items.map(Number)).toString("utf8")]
      : [],
  );
}

/** The one text that it is, and nothing else. */
export function textOf(value: Value): string | undefined {
  const [only, more] = value.constants;
  if (more !== undefined || value.open || value.things.length > 0) return undefined;
  return typeof only === "string" ? only : undefined;
}

export function pathsOf(value: Value): readonly string[] {
  if (value.things.length === 0) return NOTHING;
  return value.things.flatMap((one) => (one.kind === "api" ? [one.path] : []));
}

export function hasFlow(value: Value, ...labels: readonly Label[]): boolean {
  return value.flows.some((flow) => labels.includes(flow.label));
}

/** `a + b` of texts: every pairing, holes where one side is not known. */
export function concatenated(parts: readonly Value[]): Value {
  let texts: readonly string[] = [""];
  for (const part of parts) {
    const own = textsOf(part);
    const isMore = own.length === 0 || part.open || part.things.length > 0;
    const choices = isMore ? [...own, HOLE] : own;
    texts = texts.flatMap((text) => choices.map((choice) => joined(text, choice)));
    texts = [...new Set(texts)].slice(0, CONSTANTS_MAX);
  }
  const flows = parts.map((part) => part.flows).reduce(mergedFlows, NOTHING);
  const kept = texts.filter((text) => text.length <= TEXT_LENGTH_MAX);
  const open = kept.length < texts.length || kept.every((text) => text === HOLE);
  return { constants: kept.filter((text) => text !== HOLE), things: NOTHING, flows, open };
}

function joined(text: string, choice: string): string {
  return choice === HOLE && text.endsWith(HOLE) ? text : text + choice;
}
