import { isJsonObject, type Json } from "./canonical.ts";

/**
 * Whether an object in a JSON text has a name twice. RFC 8259 leaves open which value counts, so two
 * readers of the same bytes can disagree; `JSON.parse` takes the last and says nothing.
 *
 * @param json what `JSON.parse` made of the text
 */
export function hasRepeatedName(text: string, json: Json): boolean {
  return namesWritten(text) > namesRead(json);
}

/** Strings with a colon behind them; only JSON is asked about, so that no other colon follows one. */
function namesWritten(text: string): number {
  let names = 0;
  for (let from = text.indexOf('"'); from !== -1;) {
    const end = endOfString(text, from);
    const next = /\S/g;
    next.lastIndex = end + 1;
    if (next.exec(text)?.[0] === ":") names += 1;
    from = text.indexOf('"', end + 1);
  }
  return names;
}

/** Place of the quotation mark that closes the string: the next one that is not escaped. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, place: number): boolean {
  let backslashes = 0;
  while (text[place - backslashes - 1] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

function namesRead(json: Json): number {
  let names = 0;
  // No recursion: a text can be nested deeper than the stack.
  const open: Json[] = [json];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const values = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
    if (!Array.isArray(value)) names += values.length;
    for (const inner of values as readonly Json[]) open.push(inner);
  }
  return names;
}
