import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Gauge } from "./gauge.ts";

describe("Gauge", () => {
  it("never lets more than the capacity in, keeps the order, and lets everything through", async () => {
    const weights = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(weights, fc.integer({ min: 1, max: 10 }), async (all, capacity) => {
        const gauge = new Gauge(capacity);
        const started: number[] = [];
        let used = 0;
        let most = 0;
        await Promise.all(
          all.map((weight, index) =>
            gauge.run(weight, async () => {
              started.push(index);
              used += Math.min(weight, capacity);
              most = Math.max(most, used);
              await Promise.resolve();
              used -= Math.min(weight, capacity);
            }),
          ),
        );
        expect(most).toBeLessThanOrEqual(capacity);
        expect(started).toEqual(all.map((_, index) => index));
      }),
    );
  });

  it("gives its share back when the work fails", async () => {
    const gauge = new Gauge(1);
    await expect(gauge.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(gauge.run(1, () => Promise.resolve("yes"))).resolves.toBe("yes");
  });
});
