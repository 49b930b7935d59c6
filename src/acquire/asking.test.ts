import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "./asking.ts";

const RULES = { retries: 5, factor: 4, minDelayMs: 100, maxDelayMs: 1000 };

describe("backoffMs", () => {
  it("grows by the factor up to the bound", () => {
    const delays = [0, 1, 2, 3].map((attempt) => backoffMs(attempt, RULES, 1));
    expect(delays).toEqual([100, 400, 1000, 1000]);
  });

  it("spreads over the upper half", () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(1000), unit, (attempt, random) => {
        const delayMs = backoffMs(attempt, RULES, random);
        const fullMs = backoffMs(attempt, RULES, 1);
        expect(delayMs >= fullMs / 2 && delayMs <= fullMs && fullMs <= 1000).toBe(true);
      }),
    );
  });
});
