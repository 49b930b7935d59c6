/**
 * Bounds how much of something is in use at once (bytes, slots). First come, first served, so that
 * one large piece of work cannot be starved by small ones. Work that wants more than there is gets
 * all of it, alone.
 */
export class Gauge {
  readonly #capacity: number;
  #used = 0;
  readonly #waiting: { readonly weight: number; readonly start: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async run<Result>(weight: number, work: () => Promise<Result>): Promise<Result> {
    const share = Math.min(Math.max(0, weight), this.#capacity);
    await this.#enter(share);
    try {
      return await work();
    } finally {
      this.#used -= share;
      this.#startNext();
    }
  }

  async #enter(weight: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#used + weight <= this.#capacity) {
      this.#used += weight;
      return;
    }
    await new Promise<void>((start) => this.#waiting.push({ weight, start }));
  }

  #startNext(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#used + next.weight > this.#capacity) return;
      this.#waiting.shift();
      this.#used += next.weight;
      next.start();
    }
  }
}
