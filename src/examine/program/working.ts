/** How often something is worked out anew because its first answer rested on one that was not there yet. */
const RETRIES_MAX = 2;

const NOWHERE = -1;

/** What is known of one thing that is or was worked out. */
export interface Work<Answer> {
  /** Undefined as long as there is none that may be kept. */
  answer: Answer | undefined;
  /** How many were being worked out when this was begun; {@link NOWHERE} when it is not. */
  place: number;
  retries: number;
}

/**
 * What is being worked out, one inside the other. Whatever is asked for again before it is done depends
 * on itself; answers that were given meanwhile, by guessing it open, are not kept for good.
 */
export class Working<Answer> {
  readonly #works = new Map<object, Work<Answer>>();
  #depth = 0;
  /** The outermost of what was asked for before it was done. */
  #reached = Number.POSITIVE_INFINITY;

  of(key: object): Work<Answer> {
    const known = this.#works.get(key);
    if (known !== undefined) return known;
    const work: Work<Answer> = { answer: undefined, place: NOWHERE, retries: 0 };
    this.#works.set(key, work);
    return work;
  }

  /** Whether it is being worked out by those who ask now. */
  isIn({ place }: Work<Answer>): boolean {
    if (place === NOWHERE) return false;
    if (place < this.#reached) this.#reached = place;
    return true;
  }

  /** @returns what to hand to {@link leave} */
  enter(work: Work<Answer>): number {
    const outer = this.#reached;
    work.place = this.#depth;
    this.#depth += 1;
    this.#reached = Number.POSITIVE_INFINITY;
    return outer;
  }

  /** The answer is kept if it rests on nothing unfinished, or was tried often enough. */
  leave(work: Work<Answer>, outer: number, answer?: Answer): void {
    const { place } = work;
    work.place = NOWHERE;
    this.#depth -= 1;
    if (this.#reached >= place) {
      this.#reached = outer;
      work.answer = answer;
      return;
    }
    if (outer < this.#reached) this.#reached = outer;
    if (work.retries >= RETRIES_MAX) work.answer = answer;
    work.retries += 1;
  }
}
