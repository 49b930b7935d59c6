import { describe, expect, it } from "vitest";
import { Working } from "./working.ts";

describe("what is being worked out", () => {
  it("keeps an answer that rests on nothing unfinished", () => {
    const working = new Working<string>();
    const [a, b, c] = [working.of({}), working.of({}), working.of({})];
    const outer = working.enter(a);
    const inner = working.enter(b);
    expect(working.isIn(c)).toBe(false);
    working.leave(b, inner, "b");
    working.leave(a, outer, "a");
    expect([a.answer, b.answer]).toEqual(["a", "b"]);
  });

  it("keeps the answer of who depends on itself, and not those given on the way", () => {
    const working = new Working<string>();
    const [a, b] = [working.of({}), working.of({})];
    const outer = working.enter(a);
    const inner = working.enter(b);
    expect(working.isIn(a)).toBe(true);
    working.leave(b, inner, "b");
    working.leave(a, outer, "a");
    expect([a.answer, b.answer]).toEqual(["a", undefined]);
    expect([working.isIn(a), working.isIn(b)]).toEqual([false, false]);
  });

  it("gives up after a few times", () => {
    const working = new Working<number>();
    const [a, b] = [working.of({}), working.of({})];
    working.enter(a);
    const kept = [1, 2, 3, 4].map((turn) => {
      const inner = working.enter(b);
      working.isIn(a);
      working.leave(b, inner, turn);
      return b.answer;
    });
    expect(kept).toEqual([undefined, undefined, 3, 4]);
  });

  it("knows one thing by one work", () => {
    const working = new Working<string>();
    const key = {};
    expect(working.of(key)).toBe(working.of(key));
    expect(working.of({})).not.toBe(working.of(key));
  });
});
