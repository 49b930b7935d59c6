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

/** The other way round. */
export function offsetsIn(text: string): (place: Place) => number {
  const starts = lineStarts(text);
  return ({ line, column }) => (starts[line - 1] ?? 0) + column - 1;
}

/**
 * @param offsets ascending
 * @param end exclusive
 */
export function hasBetween(offsets: readonly number[], start: number, end: number): boolean {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return (offsets[low] ?? end) < end;
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
