import parseSpdx from "spdx-expression-parse";

/** The longest expression of a well-known package is under 100; the parser recurses into brackets. */
const EXPRESSION_LENGTH_MAX = 500;

export function isSpdxExpression(text: string): boolean {
  if (text.length > EXPRESSION_LENGTH_MAX) return false;
  try {
    parseSpdx(text);
    return true;
  } catch {
    return false;
  }
}
