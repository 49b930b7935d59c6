import { printable } from "../model/printable.ts";
import { readValue, type ValueType } from "./policy-values.ts";
import { type Place, refuse, type TomlTable } from "./toml.ts";

/** A table in a list, such as one exception. */
export interface Fields {
  readonly key: string;
  readonly at: Place;
  get<Value>(name: string, type: ValueType<Value>): Value | undefined;
}

/** @throws Failure "bad-policy" when the table has a key that is not among `names` */
export function readRecord(table: TomlTable, key: string, names: readonly string[]): Fields {
  refuseUnknownKeys(table, key, names);
  return {
    key,
    at: table.at,
    get(name, type) {
      const node = table.entries.get(name)?.node;
      return node === undefined ? undefined : readValue(type, node, `${key}.${name}`);
    },
  };
}

/** @throws Failure "bad-policy" when the field is absent or wrong */
export function required<Value>(fields: Fields, name: string, type: ValueType<Value>): Value {
  const value = fields.get(name, type);
  if (value !== undefined) return value;
  return refuse(fields.at, `has an entry of ${fields.key} without ${name}, ${type.wanted}`, {
    wanted: name,
  });
}

/** @throws Failure "bad-policy" at the first key that is not among `names` */
export function refuseUnknownKeys(
  table: TomlTable,
  prefix: string,
  names: readonly string[],
): void {
  for (const [name, { keyAt }] of table.entries) {
    if (!names.includes(name)) refuseUnknownKey(keyAt, prefix, name, names);
  }
}

const KEY_SHOWN_MAX = 80;

export function refuseUnknownKey(
  at: Place,
  prefix: string,
  name: string,
  names: readonly string[],
): never {
  const dot = prefix === "" ? "" : ".";
  const found = printable(`${prefix}${dot}${name}`, KEY_SHOWN_MAX);
  const nearest = nearestOf(name, names);
  if (nearest === undefined) return refuse(at, `has the unknown key ${found}`, { found });
  const wanted = `${prefix}${dot}${nearest}`;
  return refuse(at, `has the unknown key ${found} (did you mean ${wanted}?)`, { found, wanted });
}

const NAME_LENGTH_MAX = 64;

/** The name with the fewest edits to go, if fewer than half of its letters have to change. */
export function nearestOf(name: string, names: readonly string[]): string | undefined {
  const asked = name.slice(0, NAME_LENGTH_MAX).toLowerCase().replaceAll("-", "_");
  const ranked = names
    .map((candidate) => ({ candidate, edits: editsBetween(asked, candidate.replaceAll("-", "_")) }))
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  const [best] = ranked;
  return best !== undefined && best.edits * 2 < best.candidate.length ? best.candidate : undefined;
}

/** Levenshtein's distance. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swapped = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
