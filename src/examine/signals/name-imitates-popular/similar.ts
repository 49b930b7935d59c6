import { POPULAR_NAMES } from "./popular-names.ts";

export interface Imitation {
  readonly of: string;
  readonly how: "one-slip" | "look-alike" | "separator" | "scope-dropped" | "js-affix";
}

/** Every other name is one slip away from some name of three letters. */
export const IMITATED_LENGTH_MIN = 4;

/** The popular name that a name could be mistaken for; popular names imitate nothing. */
export function imitatedBy(name: string): Imitation | undefined {
  if (POPULAR_NAMES.has(name) || name.length < IMITATED_LENGTH_MIN) return undefined;
  const found = sameShape(name) ?? oneSlip(name) ?? withAffix(name);
  // Whoever owns a scope may name the packages in it as they like.
  return found !== undefined && sharesScope(name, found.of) ? undefined : found;
}

function sharesScope(a: string, b: string): boolean {
  return a.startsWith("@") && a.slice(0, a.indexOf("/") + 1) === b.slice(0, b.indexOf("/") + 1);
}

function sameShape(name: string): Imitation | undefined {
  const of = index().byShape.get(shapeOf(name));
  if (of === undefined) return undefined;
  if (of.startsWith("@") && !name.startsWith("@")) return { of, how: "scope-dropped" };
  // "@corp/express" is how a scope works, and no imitation.
  if (name.startsWith("@") && !of.startsWith("@")) return undefined;
  return { of, how: plain(name) === plain(of) ? "separator" : "look-alike" };
}

function oneSlip(name: string): Imitation | undefined {
  const { byDeletion } = index();
  for (const key of [name, ...deletionsOf(name)]) {
    const of = byDeletion.get(key)?.find((popular) => isOneSlip(name, popular));
    if (of !== undefined) return { of, how: "one-slip" };
  }
  return undefined;
}

function withAffix(name: string): Imitation | undefined {
  const bare = /^(?:node-)?(.{4,}?)(?:[-.]?js)?$/.exec(name)?.[1];
  return bare !== undefined && bare !== name && POPULAR_NAMES.has(bare)
    ? { of: bare, how: "js-affix" }
    : undefined;
}

/** Letters alone, lower-case. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.@/]/g, "");
}

/** What is left when everything that the eye passes over is taken away. */
function shapeOf(name: string): string {
  return plain(name)
    .replaceAll("0", "o")
    .replaceAll("1", "l")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w");
}

interface PopularIndex {
  readonly byShape: ReadonlyMap<string, string>;
  /** A name, and it with each one character left out → names that give it. */
  readonly byDeletion: ReadonlyMap<string, readonly string[]>;
}

let built: PopularIndex | undefined;

function index(): PopularIndex {
  built ??= buildIndex();
  return built;
}

function buildIndex(): PopularIndex {
  const byShape = new Map<string, string>();
  const byDeletion = new Map<string, string[]>();
  for (const name of POPULAR_NAMES) {
    if (name.length < IMITATED_LENGTH_MIN) continue;
    if (!byShape.has(shapeOf(name))) byShape.set(shapeOf(name), name);
    for (const key of [name, ...deletionsOf(name)]) {
      byDeletion.set(key, [...(byDeletion.get(key) ?? []), name]);
    }
  }
  return { byShape, byDeletion };
}

function deletionsOf(name: string): readonly string[] {
  return Array.from({ length: name.length }, (_, at) => name.slice(0, at) + name.slice(at + 1));
}

/** Damerau-Levenshtein distance 1: one character more, less or other, or two neighbours exchanged. */
export function isOneSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
