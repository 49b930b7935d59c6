/**
 * Text from packages and registries is written by strangers. It reaches terminals, HTTP headers and
 * reports only through this function: control characters (C0, C1, DEL), line and paragraph
 * separators, bidirectional controls, invisible characters and lone surrogates become visible
 * escapes, and the length is bounded.
 */
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|[\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

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
