import { describe, expect, it } from "vitest";
import { Working } from "./working.ts";

describe("what is being worked out", () => {
  it("keeps an answer that rests on nothing unfinished", () => {
    const working = new Working();
    const [a, b] = [{}, {}];
    const outer = working.enter(a);
    const inner = working.enter(b);
    expect([working.has({}), working.leave(b, inner), working.leave(a, outer)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("keeps the answer of who depends on itself, and not those given on the way", () => {
    const working = new Working();
    const [a, b] = [{}, {}];
    const outer = working.enter(a);
    const inner = working.enter(b);
    expect(working.has(a)).toBe(true);
    expect([working.leave(b, inner), working.leave(a, outer)]).toEqual([false, true]);
    expect([working.has(a), working.has(b)]).toEqual([false, false]);
  });

  it("gives up after a few times", () => {
    const working = new Working();
    const [a, b] = [{}, {}];
    working.enter(a);
    const kept = Array.from({ length: 4 }, () => {
      const inner = working.enter(b);
      working.has(a);
      return working.leave(b, inner);
    });
    expect(kept).toEqual([false, false, true, true]);
  });
});
