export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns, counted from 1, of offsets in a text; the text is scanned once. */
export function placesIn(text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

/** The line around an offset, for an excerpt: no more than `length` characters on either side. */
export function excerptAt(text: string, offset: number, length = 60): string {
  const before = text.slice(Math.max(0, offset - length), offset);
  const after = text.slice(offset, offset + length);
  const [last = ""] = after.split("\n", 1);
  return before.slice(before.lastIndexOf("\n") + 1) + last;
}
