import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteBudget } from "./byte-budget.ts";

describe("createByteBudget", () => {
  it("admits everything in order and never more than the budget, but for one that is too heavy", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 20 }),
        async (sizes) => {
          const budget = createByteBudget(10);
          const started: number[] = [];
          const running = new Map<number, number>();
          const loads: number[][] = [];
          await Promise.all(
            sizes.map((bytes, index) =>
              budget.spend(bytes, async () => {
                started.push(index);
                running.set(index, bytes);
                loads.push([...running.values()].filter((load) => load > 0));
                await new Promise((resolve) => {
                  setImmediate(resolve);
                });
                running.delete(index);
              }),
            ),
          );
          expect(started).toEqual([...sizes.keys()]);
          const excessive = loads.filter(
            (load) => load.length > 1 && load.reduce((sum, bytes) => sum + bytes, 0) > 10,
          );
          expect(excessive).toEqual([]);
        },
      ),
    );
  });

  it("gives back what failed work had taken", async () => {
    const budget = createByteBudget(1);
    const failing = budget.spend(1, () => Promise.reject(new Error("as told")));
    const next = budget.spend(1, () => Promise.resolve("done"));
    await expect(failing).rejects.toThrow("as told");
    expect(await next).toBe("done");
  });
});
