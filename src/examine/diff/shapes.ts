import type { FileEntry, FileTree } from "../../model/file-tree.ts";
import type { Anomaly, FileChanges } from "../../model/package-diff.ts";
import { placesIn } from "../parse/lines.ts";

const GROWN_FACTOR = 4;
const GROWN_BYTES_MIN = 20_000;
const ONE_LINE_BYTES_MIN = 4_000;
const ONE_LINE_SHARE_MIN = 0.8;
/** Wider than any screen, deeper than any indentation. */
const OFF_SCREEN_COLUMNS = 160;
const OFF_SCREEN_MAX = 200;

const IS_SOURCE = /\.(?:[cm]?[jt]sx?|es6?)$/i;

/** Files whose size or shape is not what the version before leads one to expect. */
export function shapeAnomalies(
  before: FileTree,
  after: FileTree,
  files: FileChanges,
): readonly Anomaly[] {
  const grown = files.changed.flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    return old === undefined || now === undefined || !IS_SOURCE.test(path) ? [] : grew(old, now);
  });
  const added = files.added.flatMap((path) => {
    const entry = after.get(path);
    return entry === undefined || !IS_SOURCE.test(path) ? [] : oneLine(entry, after);
  });
  return [...grown, ...added];
}

function grew(before: FileEntry, after: FileEntry): readonly Anomaly[] {
  const isGrown =
    after.size >= before.size * GROWN_FACTOR && after.size - before.size >= GROWN_BYTES_MIN;
  if (!isGrown) return [];
  const factor = Math.floor(after.size / Math.max(1, before.size));
  const message = `It has grown from ${String(before.size)} to ${String(after.size)} bytes, ${String(factor)} times as much.`;
  return [{ kind: "grew", file: after.path, line: 1, message }];
}

const NEWLINE = 0x0a;

function oneLine(entry: FileEntry, files: FileTree): readonly Anomaly[] {
  if (entry.size < ONE_LINE_BYTES_MIN) return [];
  const bytes = files.bytes(entry);
  let [line, start] = [1, 0];
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    if (end - start >= bytes.length * ONE_LINE_SHARE_MIN) {
      const message = `It is new, and ${String(end - start)} of its ${String(bytes.length)} bytes are one line.`;
      return [{ kind: "one-line", file: entry.path, line, message }];
    }
    start = end + 1;
    line += 1;
  }
  return [];
}

/** Tried once a run of blanks: from each of them it would take the square of the run's length. */
const LONG_BLANK = new RegExp(
  `(?<![^\\S\\n])[^\\S\\n]{${String(OFF_SCREEN_COLUMNS)},}(?=\\S)`,
  "g",
);
/** What stands before the code that a line of its own would begin with. */
const PUNCTUATION = /[;,(){}[\]!+~\s]/;

/** Where something begins after so many blanks that nobody sees it. */
export function offScreenOffsets(text: string): ReadonlySet<number> {
  const offsets = new Set<number>();
  if (!text.includes(" ".repeat(8)) && !text.includes("\t".repeat(8))) return offsets;
  for (const { index, 0: blanks } of text.matchAll(LONG_BLANK)) {
    let at = index + blanks.length;
    offsets.add(at);
    for (let steps = 0; steps < 8 && PUNCTUATION.test(text.charAt(at)); steps += 1) {
      at += 1;
      offsets.add(at);
    }
    if (offsets.size >= OFF_SCREEN_MAX) break;
  }
  return offsets;
}

export function offScreenAnomalies(
  file: string,
  text: string,
  codeAt: ReadonlySet<number>,
): readonly Anomaly[] {
  const place = placesIn(text);
  const lines = new Set([...codeAt].map((offset) => place(offset).line));
  return [...lines].map((line) => {
    const message = "Code stands so far to the right that nobody sees it.";
    return { kind: "off-screen", file, line, message };
  });
}
