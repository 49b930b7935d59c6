import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECISIONS, worstOf } from "./policy.ts";

describe("worstOf", () => {
  it.each([
    [[], "allow"],
    [["allow", "warn"], "warn"],
    [["hold", "warn", "allow"], "hold"],
    [["hold", "block", "hold"], "block"],
  ] as const)("of %j is %s", (decisions, worst) => {
    expect(worstOf(decisions)).toBe(worst);
  });

  it("is one of them, and none of them is worse", () => {
    const some = fc.array(fc.constantFrom(...DECISIONS), { minLength: 1 });
    fc.assert(
      fc.property(some, (decisions) => {
        const worst = worstOf(decisions);
        expect(decisions).toContain(worst);
        const ranks = decisions.map((decision) => DECISIONS.indexOf(decision));
        expect(DECISIONS.indexOf(worst)).toBe(Math.max(...ranks));
      }),
    );
  });
});
