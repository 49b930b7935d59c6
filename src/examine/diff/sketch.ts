/**
 * How alike two functions are, by the pieces they are made of: minhash over runs of three tokens of
 * the normal form. Comparing two sketches costs the same however long the functions are.
 */
export type Sketch = Uint32Array;

const HASHES = 24;
/** Of a function; more of it says no more about what it resembles. */
export const SKETCHED_TOKENS_MAX = 100_000;
/** Shorter functions resemble too many others. */
export const SKETCHED_TOKENS_MIN = 10;

const SEEDS = Uint32Array.from({ length: HASHES }, (_, index) => mixed(index * 0x9e3779b1 + 1));

/** @param tokens one 32-bit hash each, all local names alike */
export function sketchOf(tokens: readonly number[]): Sketch {
  const sketch = new Uint32Array(HASHES).fill(0xffffffff);
  const seen = new Set<number>();
  let [first, second] = [0, 0];
  for (const token of tokens) {
    const run = mixed(Math.imul(first, 31) ^ Math.imul(second, 0x85ebca6b) ^ token);
    [first, second] = [second, token];
    if (seen.has(run)) continue;
    seen.add(run);
    for (let at = 0; at < HASHES; at += 1) {
      const hash = mixed(run ^ (SEEDS[at] ?? 0));
      if (hash < (sketch[at] ?? 0)) sketch[at] = hash;
    }
  }
  return sketch;
}

/** An estimate of the share of pieces that both have: 0 to 1. */
export function likeness(a: Sketch, b: Sketch): number {
  let same = 0;
  for (let at = 0; at < HASHES; at += 1) if (a[at] === b[at]) same += 1;
  return same / HASHES;
}

const BAND = 2;

/** Two sketches that share a key are worth comparing. */
export function bandsOf(sketch: Sketch): readonly number[] {
  const keys: number[] = [];
  for (let at = 0; at < HASHES; at += BAND) {
    // Twelve bands of 64 bits, folded to 53 so that a number can hold them.
    keys.push((sketch[at] ?? 0) * 0x200000 + ((sketch[at + 1] ?? 0) >>> 16) * 16 + at / BAND);
  }
  return keys;
}

function mixed(value: number): number {
  let at = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  at = Math.imul(at ^ (at >>> 13), 0xc2b2ae35);
  return (at ^ (at >>> 16)) >>> 0;
}

const KNOWN_MAX = 100_000;
const known = new Map<string, number>();

/** FNV-1a; the few words that make up most code are remembered. */
export function tokenHash(token: string): number {
  const hash = known.get(token);
  if (hash !== undefined) return hash;
  let at = 0x811c9dc5;
  for (let index = 0; index < token.length; index += 1) {
    at = Math.imul(at ^ token.charCodeAt(index), 0x01000193);
  }
  if (known.size < KNOWN_MAX && token.length < 40) known.set(token, at);
  return at;
}
