import { describe, expect, it } from "vitest";
import { EXIT, EXIT_OF_DECISION, EXIT_OF_FAILURE, worstExit } from "./exit.ts";

describe("worstExit", () => {
  it.each([
    [[], 0],
    [[0, 0], 0],
    [[0, 3], 3],
    [[3, 2], 2],
    [[2, 69], 69],
    [[69, 75], 75],
    [[75, 1], 1],
    [[1, 75, 69, 2, 3, 0], 1],
    [[0, 130], 130],
    [[130, 3], 3],
    [[7, 0, 9], 7],
  ])("of %j is %i", (codes, worst) => {
    expect(worstExit(codes)).toBe(worst);
    expect(worstExit(new Set(codes))).toBe(worst);
  });
});

describe("exit statuses", () => {
  it("are the contract's", () => {
    expect(EXIT).toEqual({ fine: 0, blocked: 1, usage: 2, warn: 3, unavailable: 69, hold: 75 });
    expect(EXIT_OF_DECISION).toEqual({ allow: 0, warn: 3, hold: 75, block: 1 });
  });

  it("are never fine for a failure", () => {
    const fine = Object.entries(EXIT_OF_FAILURE).filter(([, code]) => code === 0);
    expect(fine).toEqual([]);
  });
});
