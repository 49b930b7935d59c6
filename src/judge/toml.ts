import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";

/** A position in a policy file; lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** A TOML value that remembers where it stands. Dates keep their text: what they mean is asked later. */
export type TomlNode =
  | TomlTable
  | { readonly kind: "list"; readonly items: readonly TomlNode[]; readonly at: Place }
  | { readonly kind: "text" | "date"; readonly value: string; readonly at: Place }
  | { readonly kind: "integer" | "decimal"; readonly value: number; readonly at: Place }
  | { readonly kind: "boolean"; readonly value: boolean; readonly at: Place };

export interface TomlTable {
  readonly kind: "table";
  /** A map, because a key may be called `__proto__`. */
  readonly entries: ReadonlyMap<string, TomlEntry>;
  readonly at: Place;
}

export interface TomlEntry {
  readonly keyAt: Place;
  readonly node: TomlNode;
}

/** A project's file comes with a stranger's repository: what reading it may cost is bounded. */
const FILE_LENGTH_MAX = 256 * 1024;
const NESTING_MAX = 16;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * TOML 1.0.
 * @throws Failure "bad-policy" with path, line and column
 */
export function parseToml(path: string, text: string): TomlTable {
  const start = { path, line: 1, column: 1 };
  if (text.length > FILE_LENGTH_MAX) {
    refuse(start, `is longer than ${String(FILE_LENGTH_MAX)} characters`);
  }
  const [top] = parseOrRefuse(path, text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).body;
  const root: MutableTable = { kind: "table", entries: new Map(), at: start };
  for (const item of top.body) {
    if (item.type === "TOMLKeyValue") insertValue(root, item, path, 0);
    else insertTable(root, item, path);
  }
  return root;
}

/** Every refusal of a policy is one sentence that begins with the place. */
export function refuse(
  at: Place,
  complaint: string,
  detail: { readonly found?: string; readonly wanted?: string } = {},
): never {
  const path = printable(at.path);
  throw new Failure(
    "bad-policy",
    `The policy ${path}:${String(at.line)}:${String(at.column)} is refused: it ${complaint}.`,
    { path, line: at.line, column: at.column, ...detail },
  );
}

interface MutableTable extends TomlTable {
  readonly entries: Map<string, TomlEntry>;
}

function parseOrRefuse(path: string, text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: "1.0" });
  } catch (error) {
    if (error instanceof ParseError) {
      const at = { path, line: error.lineNumber, column: error.column + 1 };
      return refuse(at, `is not TOML (${printable(error.message)})`);
    }
    // The parser recurses into brackets, and the file's author decides how many there are.
    if (error instanceof RangeError) {
      return refuse({ path, line: 1, column: 1 }, "is nested too deeply");
    }
    throw error;
  }
}

function insertTable(root: MutableTable, table: AST.TOMLTable, path: string): void {
  const home = reach(root, table.resolvedKey, table.key, path);
  for (const item of table.body) insertValue(home, item, path, 0);
}

function insertValue(
  home: MutableTable,
  item: AST.TOMLKeyValue,
  path: string,
  depth: number,
): void {
  const names = item.key.keys.map(nameOf);
  const last = names.pop() ?? "";
  const parent = reach(home, names, item.key, path);
  if (parent.entries.has(last)) refuse(placeOf(path, item.key), "defines a key twice");
  parent.entries.set(last, {
    keyAt: placeOf(path, item.key.keys.at(-1) ?? item.key),
    node: nodeOf(item.value, path, depth + 1),
  });
}

/** The table that a dotted path leads to, made on the way where it is new; a number is a list's index. */
function reach(
  from: MutableTable,
  names: readonly (string | number)[],
  key: AST.TOMLKey,
  path: string,
): MutableTable {
  if (names.length > NESTING_MAX) refuse(placeOf(path, key), "is nested too deeply");
  let table = from;
  let keyIndex = 0;
  names.forEach((name, index) => {
    if (typeof name === "number") return;
    const at = placeOf(path, key.keys[keyIndex++] ?? key);
    const position = names[index + 1];
    table =
      typeof position === "number" ? itemOf(table, name, position, at) : tableOf(table, name, at);
  });
  return table;
}

function tableOf(parent: MutableTable, name: string, at: Place): MutableTable {
  const present = parent.entries.get(name)?.node;
  if (present !== undefined) return mutable(present, at);
  const made: MutableTable = { kind: "table", entries: new Map(), at };
  parent.entries.set(name, { keyAt: at, node: made });
  return made;
}

function itemOf(parent: MutableTable, name: string, position: number, at: Place): MutableTable {
  const present = parent.entries.get(name);
  const items = present?.node.kind === "list" ? present.node.items : [];
  const item = items[position];
  if (item !== undefined) return mutable(item, at);
  const made: MutableTable = { kind: "table", entries: new Map(), at };
  const list = { kind: "list" as const, items: [...items, made], at: present?.node.at ?? at };
  parent.entries.set(name, { keyAt: present?.keyAt ?? at, node: list });
  return made;
}

function mutable(node: TomlNode, at: Place): MutableTable {
  if (node.kind === "table" && node.entries instanceof Map) {
    return { ...node, entries: node.entries };
  }
  return refuse(at, "defines a key twice");
}

function nodeOf(value: AST.TOMLContentNode, path: string, depth: number): TomlNode {
  const at = placeOf(path, value);
  if (depth > NESTING_MAX) refuse(at, "is nested too deeply");
  if (value.type === "TOMLArray") {
    return {
      kind: "list",
      items: value.elements.map((item) => nodeOf(item, path, depth + 1)),
      at,
    };
  }
  if (value.type === "TOMLInlineTable") {
    const table: MutableTable = { kind: "table", entries: new Map(), at };
    for (const item of value.body) insertValue(table, item, path, depth);
    return table;
  }
  return scalarOf(value, at);
}

function scalarOf(value: AST.TOMLValue, at: Place): TomlNode {
  switch (value.kind) {
    case "string":
      return { kind: "text", value: value.value, at };
    case "integer":
      return { kind: "integer", value: value.value, at };
    case "float":
      return { kind: "decimal", value: value.value, at };
    case "boolean":
      return { kind: "boolean", value: value.value, at };
    default:
      return { kind: "date", value: value.datetime, at };
  }
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function placeOf(path: string, node: AST.TOMLNode): Place {
  return { path, line: node.loc.start.line, column: node.loc.start.column + 1 };
}
