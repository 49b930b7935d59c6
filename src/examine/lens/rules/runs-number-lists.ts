import type { Rule, Sighting } from "../rule.ts";
import type { Shape } from "../shapes.ts";
import type { LensView } from "../view.ts";

export const runsNumberLists: Rule = {
  id: "runs-number-lists",
  title: "Keeps code as a list of numbers",
  why:
    "A payload spelled as thousands of small numbers looks like data to tools that search for words or for " +
    "randomness. Tables of numbers are common; beside something that runs text they are not.",
  example: "eval([104, 105 /* … thousands … */].map((n) => String.fromCharCode(n - 3)).join(''));",
  advice: "Decode the numbers without running them.",
  severity: "critical",
  confidence: "medium",
  look: (view) => view.shapes.flatMap((shape) => sightingOf(shape, view)),
};

function sightingOf(shape: Shape, view: LensView): readonly Sighting[] {
  const { numbers, path, sizeBytes } = shape;
  if (numbers === undefined) return [];
  const entry = view.files.get(path);
  if (entry === undefined) return [];
  const bytes = Buffer.from(view.files.bytes(entry));
  const decodes =
    bytes.includes("fromCharCode") ||
    bytes.includes("fromCodePoint") ||
    bytes.includes("Buffer.from");
  const runs = RUNS.some((word) => bytes.includes(word));
  // Most of the file are numbers: between two and five characters each.
  const isMost = numbers.count * 3 > sizeBytes * 0.6;
  if (!runs || !decodes || !isMost) return [];
  const message = `${String(numbers.count)} small numbers make up most of a file that also turns numbers into text and runs text.`;
  return [{ place: { path, line: numbers.line, excerpt: numbers.excerpt }, message }];
}

const RUNS = ["eval(", "eval)", "Function(", "runIn", "_compile"];
