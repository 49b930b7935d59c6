import type { Severity } from "../../../model/finding.ts";
import { INVISIBLE, latinReading } from "./characters.ts";

export interface Trick {
  readonly claim: "invisible-in-name" | "look-alike-name";
  readonly severity: Severity;
  readonly message: string;
}

const INVISIBLE_IN_NAME = new RegExp(`[${INVISIBLE}]`, "u");
/** ECMAScript, "Names and Keywords"; the joiners and fillers among them show nothing. */
const NAME = /[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*/gu;
const NAME_LENGTH_MAX = 64;

/**
 * A quick look before the syntax tree is asked for: whether any word with foreign letters in it,
 * were it a name, would be a trick. Most such words stand in strings and comments.
 */
export function mayHideNames(text: string): boolean {
  for (const { index, 0: island } of text.matchAll(/[^\0-\x7f]+/g)) {
    const before = text.slice(Math.max(0, index - NAME_LENGTH_MAX), index);
    const after = text.slice(index + island.length, index + island.length + NAME_LENGTH_MAX);
    const start = /[\w$]*$/.exec(before)?.[0] ?? "";
    const end = /^[\w$]*/.exec(after)?.[0] ?? "";
    const words = `${start}${island}${end}`.match(NAME) ?? [];
    if (words.some(isTricky)) return true;
  }
  return false;
}

function isTricky(name: string): boolean {
  return INVISIBLE_IN_NAME.test(name) || isMixed(name);
}

/** Reads as a Latin name throughout, and is only in part written in Latin letters. */
function isMixed(name: string): boolean {
  return /[A-Za-z]/.test(name) && /[^\0-\x7f]/.test(name) && latinReading(name) !== undefined;
}

export function trickyName(name: string, text: string): Trick | undefined {
  if (INVISIBLE_IN_NAME.test(name)) {
    const message =
      "This name holds a character that shows nothing, so it reads like another name.";
    return { claim: "invisible-in-name", severity: "high", message };
  }
  const reading = latinReading(name);
  if (reading === undefined || !isMixed(name)) return undefined;
  const twin = new RegExp(`(?<![\\w$])${reading.replaceAll("$", "\\$")}(?![\\w$])`).test(text);
  return {
    claim: "look-alike-name",
    severity: twin ? "high" : "medium",
    message: twin
      ? `This name reads like "${reading}", which is another name in the same file.`
      : `This name reads like "${reading}" but has letters of another alphabet in it.`,
  };
}
