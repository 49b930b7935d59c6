import type { SourceAnswer } from "./sources.ts";

/** Some 20 MB: a fact is a few words. */
const WEIGHT_MAX = 200_000;

/**
 * What parsing has told of files, by what they hold, so that the same file is parsed once by a thread:
 * in two versions, in copies of one package in another, in one job and the next.
 */
export class KnownFacts {
  readonly #answers = new Map<string, SourceAnswer>();
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax: number = WEIGHT_MAX) {
    this.#weightMax = weightMax;
  }

  get(key: string): SourceAnswer | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined) return undefined;
    // Last in the map is who was asked for last.
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    return answer;
  }

  /** Those asked for longest ago go first when there are too many. */
  set(key: string, answer: SourceAnswer): void {
    this.#remove(key);
    this.#answers.set(key, answer);
    this.#weight += weightOf(answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#weight <= this.#weightMax) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const answer = this.#answers.get(key);
    if (answer === undefined) return;
    this.#answers.delete(key);
    this.#weight -= weightOf(answer);
  }
}

function weightOf(answer: SourceAnswer): number {
  if (answer.state === "unknown") return 1;
  const { imports, foreignIdentifiers } = answer.facts;
  return 1 + imports.length + foreignIdentifiers.length;
}
