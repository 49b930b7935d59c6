import type { Anomaly, SourceConstant, SourcePassage } from "../../model/package-diff.ts";
import type { FileTree } from "../../model/file-tree.ts";
import { messageOf } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { offsetsIn, placesIn } from "../parse/lines.ts";
import type { Sources } from "../parse/sources.ts";
import { type CodeUnit, type FileForm, normalForm } from "./normal-form.ts";
import { offScreenAnomalies, offScreenOffsets } from "./shapes.ts";

/** Functions and constants of the files that differ. */
export interface CodeReading {
  readonly paths: readonly string[];
  readonly units: readonly CodeUnit[];
  readonly constants: readonly SourceConstant[];
  readonly offScreen: readonly Anomaly[];
  /** The innermost function around a place; undefined in a file that was not read. */
  unitAt(place: CodePlace): CodeUnit | undefined;
  /** Its lines around a place. */
  passageOf(unit: CodeUnit, around: CodePlace): SourcePassage | undefined;
  /** Those of its lines that stand where the given ones stand in another version. */
  passageLike(unit: CodeUnit, other: SourcePassage): SourcePassage | undefined;
  /** One sentence for each file that could not be read. */
  readonly unknown: readonly string[];
}

export interface CodePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Larger files are compared by their size and shape only; the program model has the same bound. */
const FILE_BYTES_MAX = 3 * 1024 * 1024;
const FILES_BYTES_MAX = 24 * 1024 * 1024;
const NODES_MAX = 4_000_000;
const IS_DECLARATION = /\.d\.[cm]?ts$/i;

/** @param around only functions around these places are read, and what is outside all; default: all */
export function readCode(
  files: FileTree,
  sources: Sources,
  paths: readonly string[],
  around?: readonly CodePlace[],
): CodeReading {
  const placesByFile = around && Map.groupBy(around, ({ file }) => file);
  const read = new Map<string, ReadFile>();
  const unknown: string[] = [];
  let [bytesLeft, nodesLeft] = [FILES_BYTES_MAX, NODES_MAX];
  for (const path of paths) {
    const entry = files.get(path);
    if (entry === undefined || IS_DECLARATION.test(path)) continue;
    if (entry.size > FILE_BYTES_MAX && IS_SOURCE.test(path)) {
      unknown.push(`${printable(path, 200)} is too large to be compared function by function`);
      continue;
    }
    if (bytesLeft < entry.size || nodesLeft < 0) {
      unknown.push("more code has changed than is compared function by function");
      break;
    }
    const file = readFile(path, sources, placesByFile && (placesByFile.get(path) ?? []));
    if (file === undefined) continue;
    if (typeof file === "string") unknown.push(file);
    else {
      bytesLeft -= entry.size;
      nodesLeft -= file.form.nodeCount;
      read.set(path, file);
    }
  }
  return reading(read, unknown);
}

export const IS_SOURCE = /\.(?:[cm]?[jt]sx?|es6?)$/i;

interface ReadFile {
  readonly text: string;
  readonly form: FileForm;
  readonly offScreen: readonly Anomaly[];
}

/** A sentence where it could not be read. */
function readFile(
  path: string,
  sources: Sources,
  places: readonly CodePlace[] | undefined,
): ReadFile | string | undefined {
  const answer = sources.tree(path);
  if (answer === undefined) return undefined;
  const shown = printable(path, 200);
  if (answer.state === "unknown") return `${shown}: ${answer.why}`;
  const { text, program } = answer.tree;
  try {
    const around = places && [...places].map(offsetsIn(text)).sort((a, b) => a - b);
    const form = normalForm(path, program, { watched: offScreenOffsets(text), around });
    return { text, form, offScreen: offScreenAnomalies(path, text, form.codeAt) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `${shown} nests too deep to be compared: ${messageOf(error)}`;
  }
}

const CONSTANT_SHOWN_MAX = 300;

function reading(read: ReadonlyMap<string, ReadFile>, unknown: readonly string[]): CodeReading {
  const indexes = new Map<string, UnitIndex>();
  const indexOf = (path: string): UnitIndex | undefined => {
    const file = read.get(path);
    if (file === undefined) return undefined;
    const index = indexes.get(path) ?? new UnitIndex(file);
    indexes.set(path, index);
    return index;
  };
  return {
    paths: [...read.keys()],
    units: [...read.values()].flatMap(({ form }) => form.units),
    constants: [...read].flatMap(([file, { text, form }]) => {
      const place = placesIn(text);
      return form.constants.map((found) => ({
        kind: found.kind,
        text: printable(found.text, CONSTANT_SHOWN_MAX),
        file,
        line: place(found.offset).line,
      }));
    }),
    offScreen: [...read.values()].flatMap((file) => file.offScreen),
    unitAt: (place) => indexOf(place.file)?.unitAt(place),
    passageOf: (unit, around) => indexOf(unit.file)?.passageOf(unit, around),
    passageLike: (unit, other) => indexOf(unit.file)?.passageLike(unit, other),
    unknown,
  };
}

const PASSAGE_LINES_BEFORE = 3;
const PASSAGE_LINES_MAX = 8;
const PASSAGE_COLUMNS_MAX = 120;
/** Shorter lines, such as a bracket, stand everywhere. */
const TELLING_LINE_MIN = 4;

class UnitIndex {
  readonly #lines: readonly string[];
  readonly #starts: readonly number[];
  readonly #units: readonly CodeUnit[];
  /** For each unit, the index of the one around it. */
  readonly #parents: readonly number[];
  readonly #place: ReturnType<typeof placesIn>;

  constructor({ text, form }: ReadFile) {
    this.#place = placesIn(text);
    this.#lines = text.split("\n");
    let offset = 0;
    this.#starts = this.#lines.map((line) => {
      const start = offset;
      offset += line.length + 1;
      return start;
    });
    this.#units = form.units.toSorted((a, b) => a.start - b.start || b.end - a.end);
    const open: number[] = [];
    this.#parents = this.#units.map((unit, index) => {
      while (open.length > 0 && (this.#units[open.at(-1) ?? 0]?.end ?? 0) <= unit.start) open.pop();
      const parent = open.at(-1) ?? -1;
      open.push(index);
      return parent;
    });
  }

  unitAt({ line, column }: CodePlace): CodeUnit | undefined {
    const offset = (this.#starts[line - 1] ?? 0) + column - 1;
    let [low, high] = [0, this.#units.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#units[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    for (let at = low; at >= 0; at = this.#parents[at] ?? -1) {
      const unit = this.#units[at];
      // The top level holds what stands before its first statement, too.
      if (unit === undefined || unit.end > offset) return unit;
    }
    return this.#units[0];
  }

  passageOf(unit: CodeUnit, around: CodePlace): SourcePassage {
    const first = Math.max(this.#place(unit.start).line, around.line - PASSAGE_LINES_BEFORE);
    return this.#passage(unit, first, around.column);
  }

  passageLike(unit: CodeUnit, other: SourcePassage): SourcePassage {
    const start = this.#place(unit.start);
    const last = this.#place(unit.end).line;
    const own = this.#lines.slice(start.line - 1, last).map((line) => line.trim());
    for (const [index, line] of other.lines.entries()) {
      const at = line.trim().length < TELLING_LINE_MIN ? -1 : own.indexOf(line.trim());
      if (at !== -1) return this.#passage(unit, Math.max(start.line, start.line + at - index), 1);
    }
    return this.#passage(unit, start.line, start.column);
  }

  /** Of a long line, the part around the column. */
  #passage(unit: CodeUnit, first: number, column: number): SourcePassage {
    const last = Math.min(first + PASSAGE_LINES_MAX - 1, this.#place(unit.end).line);
    const from = Math.max(0, column - 1 - PASSAGE_COLUMNS_MAX / 2);
    const lines = this.#lines.slice(first - 1, last).map((text) => {
      const start = text.length <= PASSAGE_COLUMNS_MAX ? 0 : Math.min(from, text.length);
      return printable(text.slice(start, start + PASSAGE_COLUMNS_MAX), PASSAGE_COLUMNS_MAX);
    });
    return { file: unit.file, firstLine: first, lines };
  }
}
