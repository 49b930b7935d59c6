import type { Node } from "oxc-parser";
import { childrenOf } from "../parse/children.ts";
import type { FunctionModel } from "./module.ts";
import type { Raw } from "./raw.ts";

/** Shorter results are found everywhere and say nothing. */
const HIDDEN_LENGTH_MIN = 4;
const SAMPLE_LENGTH = 2_000;

/**
 * Whether a function of the package gave a text that cannot be read in it: one that stands nowhere in
 * the file and was not put together from what went in and what the function writes out.
 */
export function isHidden(text: string, args: readonly Raw[], fn: FunctionModel): boolean {
  if (text.length < HIDDEN_LENGTH_MIN || !/[a-z]/i.test(text)) return false;
  const isBuilt = args.some(
    (arg) =>
      typeof arg === "string" &&
      ((arg.length >= HIDDEN_LENGTH_MIN && text.includes(arg.slice(1, -1))) || arg.includes(text)),
  );
  if (isBuilt || args.some((arg) => Array.isArray(arg))) return false;
  const sample = text.slice(0, SAMPLE_LENGTH);
  return !fn.module.text.includes(sample) && !isSpelled(sample, piecesOf(fn, args));
}

/** Whether at least half of a text are given pieces, as code that generates code leaves it. */
function isSpelled(text: string, pieces: readonly string[]): boolean {
  let spelled = 0;
  for (let at = 0; at < text.length;) {
    const lengths = pieces.map((piece) => (text.startsWith(piece, at) ? piece.length : 0));
    const longest = Math.max(0, ...lengths);
    spelled += longest;
    at += Math.max(1, longest);
  }
  return spelled >= text.length / 2;
}

const PIECES_MAX = 200;
const NODES_MAX = 5_000;

function piecesOf({ node }: FunctionModel, args: readonly Raw[]): readonly string[] {
  const pieces = args.map((arg) => (typeof arg === "object" ? "" : String(arg)));
  const waiting = node === undefined ? [] : [node];
  for (let turns = 0; turns < NODES_MAX && pieces.length < PIECES_MAX; turns += 1) {
    const next = waiting.pop();
    if (next === undefined) break;
    const written = writtenText(next);
    if (written !== undefined) pieces.push(written);
    waiting.push(...childrenOf(next));
  }
  return pieces.filter(isPiece);
}

function writtenText(node: Node): string | undefined {
  if (node.type === "TemplateElement") return node.value.cooked ?? undefined;
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** One or two letters are what words are hidden in; one or two signs are not. */
function isPiece(text: string): boolean {
  return text.length > 2 || (text.length > 0 && !/[a-z]/i.test(text));
}
