/** How often something is worked out anew because its first answer rested on one that was not there yet. */
const RETRIES_MAX = 2;

/**
 * What is being worked out, one inside the other. Whatever is asked for again before it is done depends
 * on itself; answers that were given meanwhile, by guessing it open, are not kept for good.
 */
export class Working {
  readonly #places = new Map<object, number>();
  readonly #retries = new Map<object, number>();
  /** The outermost of what was asked for before it was done. */
  #reached = Number.POSITIVE_INFINITY;

  /** Whether it is being worked out by those who ask now. */
  has(key: object): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#reached = Math.min(this.#reached, place);
    return true;
  }

  /** @returns what to hand to {@link leave} */
  enter(key: object): number {
    const outer = this.#reached;
    this.#places.set(key, this.#places.size);
    this.#reached = Number.POSITIVE_INFINITY;
    return outer;
  }

  /** @returns whether the answer may be kept: it rests on nothing unfinished, or was tried often enough */
  leave(key: object, outer: number): boolean {
    const place = this.#places.get(key) ?? 0;
    this.#places.delete(key);
    if (this.#reached >= place) {
      this.#reached = outer;
      return true;
    }
    this.#reached = Math.min(outer, this.#reached);
    const retries = this.#retries.get(key) ?? 0;
    this.#retries.set(key, retries + 1);
    return retries >= RETRIES_MAX;
  }
}
