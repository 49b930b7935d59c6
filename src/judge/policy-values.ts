import semver from "semver";
import { parseIntegrity } from "../model/digests.ts";
import { isExactVersion, isPackageName, parseRequest } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import { refuse, type TomlNode } from "./toml.ts";

/** How one kind of value is written in a policy file. */
export interface ValueType<Value> {
  /** Ends the sentence "`key` wants …", and stands in the documentation. */
  readonly wanted: string;
  /** Undefined when the node is nothing of this kind. Lists and tables refuse by themselves. */
  read(node: TomlNode): Value | undefined;
}

/** @throws Failure "bad-policy" with path, line and column */
export function readValue<Value>(type: ValueType<Value>, node: TomlNode, key: string): Value {
  const value = type.read(node);
  if (value !== undefined) return value;
  const found = shown(node);
  return refuse(node.at, `gives ${key} the value ${found}, where ${type.wanted} belongs`, {
    found,
    wanted: type.wanted,
  });
}

const FOUND_LENGTH_MAX = 60;

function shown(node: TomlNode): string {
  if (node.kind === "table") return "a table";
  if (node.kind === "list") return "a list";
  if (node.kind === "text") return printable(JSON.stringify(node.value), FOUND_LENGTH_MAX);
  return printable(String(node.value), FOUND_LENGTH_MAX);
}

const UNITS_MS = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** `90s`, `15m`, `2h`, `3d`, `1w`, as milliseconds. */
export function duration(minMs: number, maxMs: number): ValueType<number> {
  return {
    wanted: `a duration such as "90s", "15m", "2h", "3d" or "1w", from ${printDuration(minMs)} to ${printDuration(maxMs)},`,
    read(node) {
      const ms = node.kind === "text" ? readDuration(node.value) : undefined;
      return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
    },
  };
}

export function readDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhdw])$/.exec(text);
  const unitMs = UNITS_MS.get(match?.[2] ?? "");
  return match === null || unitMs === undefined ? undefined : Number(match[1]) * unitMs;
}

/** The shortest text that {@link duration} reads back, in the largest unit that divides evenly. */
export function printDuration(ms: number): string {
  const fitting = [...UNITS_MS].findLast(([, unitMs]) => ms > 0 && ms % unitMs === 0);
  return fitting === undefined ? "0s" : `${String(ms / fitting[1])}${fitting[0]}`;
}

export function integer(min: number, max: number): ValueType<number> {
  return {
    wanted: `a whole number from ${String(min)} to ${String(max)}`,
    read: (node) =>
      node.kind === "integer" && node.value >= min && node.value <= max ? node.value : undefined,
  };
}

export const BOOLEAN: ValueType<boolean> = {
  wanted: "true or false",
  read: (node) => (node.kind === "boolean" ? node.value : undefined),
};

export function choice<Option extends string>(options: readonly Option[]): ValueType<Option> {
  return {
    wanted: options.map((option) => JSON.stringify(option)).join(" or "),
    read: (node) => options.find((option) => node.kind === "text" && node.value === option),
  };
}

export function text(lengthMax: number): ValueType<string> {
  return {
    wanted: `a printable text of 1 to ${String(lengthMax)} characters`,
    read(node) {
      if (node.kind !== "text" || node.value.trim() === "") return undefined;
      return printable(node.value, lengthMax) === node.value ? node.value : undefined;
    },
  };
}

/**
 * Old names may hold a "*", but here it would be read as "anything", and a rule that then matches
 * nothing would go unnoticed.
 */
export const PACKAGE_PATTERN: ValueType<string> = {
  wanted: 'a package name or "@scope/*"',
  read(node) {
    if (node.kind !== "text") return undefined;
    const scope = /^(@[^*]+\/)\*$/.exec(node.value)?.[1];
    if (scope !== undefined) return isPackageName(`${scope}any`) ? node.value : undefined;
    return isPackageName(node.value) && !node.value.includes("*") ? node.value : undefined;
  },
};

export const EXACT_PACKAGE: ValueType<{ readonly package: string; readonly version: string }> = {
  wanted: 'a package with its exact version, such as "name@1.2.3"',
  read(node) {
    const request = node.kind === "text" ? parseRequest(node.value) : undefined;
    if (request === undefined || !isExactVersion(request.selector)) return undefined;
    return { package: request.name, version: request.selector };
  },
};

/** Yields lower-case hexadecimal. */
export const SHA512: ValueType<string> = {
  wanted: 'a sha512, as 128 hexadecimal digits or as "sha512-" with base64',
  read(node) {
    if (node.kind !== "text") return undefined;
    if (/^[0-9a-f]{128}$/i.test(node.value)) return node.value.toLowerCase();
    const [claim, ...more] = /\s/.test(node.value) ? [] : parseIntegrity(node.value);
    return claim?.algorithm === "sha512" && more.length === 0 ? claim.hex : undefined;
  },
};

const RANGE_LENGTH_MAX = 200;

export const VERSION_RANGE: ValueType<string> = {
  wanted: 'a range of versions such as "<2.1.0"',
  read(node) {
    if (node.kind !== "text" || node.value.length > RANGE_LENGTH_MAX) return undefined;
    return semver.validRange(node.value) === null ? undefined : node.value;
  },
};

/** A date means its first moment in UTC: on that day what expires has expired. */
export const INSTANT: ValueType<number> = {
  wanted: "a date such as 2026-12-31, or a date and time with its offset from UTC,",
  read(node) {
    if (node.kind !== "date") return undefined;
    if (!/^\d{4}-\d\d-\d\d(?:[Tt ].*(?:[Zz]|[+-]\d\d:\d\d))?$/.test(node.value)) return undefined;
    const instant = Date.parse(node.value.replace(" ", "T"));
    return Number.isNaN(instant) ? undefined : instant;
  },
};

export function listOf<Item>(
  item: ValueType<Item>,
  lengthMax: number,
  key: string,
): ValueType<readonly Item[]> {
  return {
    wanted: `a list of at most ${String(lengthMax)} entries, each ${item.wanted}`,
    read(node) {
      if (node.kind !== "list" || node.items.length > lengthMax) return undefined;
      return node.items.map((entry) => readValue(item, entry, `an entry of ${key}`));
    },
  };
}
