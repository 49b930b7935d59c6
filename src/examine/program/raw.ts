import type { FunctionModel, Scope } from "./module.ts";

/** A value of the interpreter: JavaScript's own primitives and arrays, and its own objects. */
export type Raw =
  | string
  | number
  | boolean
  | null
  | undefined
  | RawArray
  | RawObject
  | Closure
  | Host
  | RegExp;
export type RawArray = Raw[];

export class RawObject {
  readonly fields = new Map<string, Raw>();
}

/** What `Buffer.from` gives: numbers that know to be bytes. */
export class RawBytes extends Array<Raw> {}

export class Closure {
  /** Functions are objects: decoders keep what they have decoded there. */
  readonly fields = new Map<string, Raw>();
  readonly node: FunctionNode;
  readonly frame: Frame;

  constructor(node: FunctionNode, frame: Frame) {
    this.node = node;
    this.frame = frame;
  }
}

export type FunctionNode = NonNullable<FunctionModel["node"]>;

/** The names of a running function or block; a static one gets its names from the source when asked. */
export class Frame {
  readonly names = new Map<string, Raw>();
  readonly parent: Frame | undefined;
  readonly scope: Scope | undefined;

  constructor(parent: Frame | undefined, scope?: Scope) {
    this.parent = parent;
    this.scope = scope;
  }

  /** Where `var` belongs. */
  ofFunction(): Frame {
    return this;
  }
}

/** A block: `var` goes on to the function around it. */
export class BlockFrame extends Frame {
  override ofFunction(): Frame {
    return this.parent?.ofFunction() ?? this;
  }
}

/** A built-in, by its path. */
export class Host {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** What cannot be run: not an error of the package, only the end of what we know. */
export class Stuck extends Error {}

export class Thrown extends Error {}

export type Primitive = string | number | boolean | null | undefined;

/** As JavaScript turns objects into primitives, where that needs no code of theirs. */
export function primitive(value: Raw): Primitive {
  if (Array.isArray(value)) return value.map((item) => asText(item ?? "")).join(",");
  if (value instanceof RawObject) return "[object Object]";
  if (typeof value === "object" && value !== null) throw new Stuck();
  return value;
}

export function asText(value: Raw): string {
  return String(primitive(value));
}

/** One for all: what ends is only looked at for its class, and stacks cost time. */
const STUCK = new Stuck();

export function stuck(): never {
  throw STUCK;
}

const THROWN = new Thrown();

/** What the interpreted code would throw. */
export function thrown(): never {
  throw THROWN;
}
