import { createHash } from "node:crypto";
import type { LocalName } from "./scopes.ts";
import {
  type Sketch,
  SKETCHED_TOKENS_MAX,
  SKETCHED_TOKENS_MIN,
  sketchOf,
  tokenHash,
} from "./sketch.ts";

const PIECE_TOKENS = 20_000;
const LOCAL_HASH = tokenHash("local");

/** The normal form of one function, as it comes: kept as a digest and a sketch, never whole. */
export class TokenStream {
  readonly #digest = createHash("sha256");
  readonly #numbers = new Map<LocalName, number>();
  readonly #hashes: number[] = [];
  #piece: string[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(token: string): void {
    this.#take(token, tokenHash(token));
  }

  /** Local names are numbered in the order in which they come. */
  pushLocal(local: LocalName): void {
    const number = this.#numbers.get(local) ?? this.#numbers.size;
    this.#numbers.set(local, number);
    this.#take(`local${String(number)}`, LOCAL_HASH);
  }

  #take(token: string, hash: number): void {
    this.#size += 1;
    if (this.#hashes.length < SKETCHED_TOKENS_MAX) this.#hashes.push(hash);
    this.#piece.push(token);
    if (this.#piece.length >= PIECE_TOKENS) this.#flush();
  }

  #flush(): void {
    this.#digest.update(`${this.#piece.join("\0")}\0`);
    this.#piece = [];
  }

  end(): { readonly digest: string; readonly sketch: Sketch | undefined } {
    this.#flush();
    const sketch = this.#size < SKETCHED_TOKENS_MIN ? undefined : sketchOf(this.#hashes);
    return { digest: this.#digest.digest("base64"), sketch };
  }
}
