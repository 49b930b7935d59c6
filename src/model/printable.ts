/**
 * Text from packages and registries is written by strangers. It reaches terminals, HTTP headers and
 * reports only through this function: control characters (C0, C1, DEL), line and paragraph
 * separators, bidirectional controls, invisible characters and lone surrogates become visible
 * escapes, and the length is bounded.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Surrogate}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff0-\uffff]/gu;

/** @param limit in UTF-16 units; a longer text is cut and ends in "…" */
export function printable(text: string, limit = 300): string {
  // Cutting first bounds the work; a cut in the middle of a pair leaves a lone surrogate, which is
  // escaped like any other.
  const cut = text.length > limit ? text.slice(0, limit - 1) : text;
  const shown = cut.replace(UNPRINTABLE, escapeOf);
  return cut === text ? shown : `${shown}…`;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character === "\r") return "\\r";
  return `\\u{${code.toString(16)}}`;
}
