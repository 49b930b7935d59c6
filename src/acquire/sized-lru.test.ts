import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSizedLru } from "./sized-lru.ts";

const step = fc.record({
  act: fc.constantFrom("get", "set", "delete"),
  key: fc.constantFrom("a", "b", "c", "d"),
  size: fc.integer({ min: 0, max: 12 }),
});

/** The same, written for clarity: a list, the most recent last. */
function model(bound: number): {
  get(key: string): number | undefined;
  set(key: string, size: number): void;
  delete(key: string): void;
} {
  let list: [string, number][] = [];
  const without = (key: string): [string, number][] => list.filter(([other]) => other !== key);
  return {
    get: (key) => {
      const entry = list.find(([other]) => other === key);
      if (entry !== undefined) list = [...without(key), entry];
      return entry?.[1];
    },
    set: (key, size) => {
      list = without(key);
      if (size > bound) return;
      list.push([key, size]);
      while (list.reduce((sum, entry) => sum + entry[1], 0) > bound) list.shift();
    },
    delete: (key) => {
      list = without(key);
    },
  };
}

describe("createSizedLru", () => {
  it("keeps what a list of the most recent would keep", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [real, expected] = [createSizedLru<number>(10), model(10)];
        for (const { act, key, size } of steps) {
          if (act === "set") {
            real.set(key, size, size);
            expected.set(key, size);
          }
          if (act === "delete") {
            real.delete(key);
            expected.delete(key);
          }
          expect(real.get(key)).toBe(expected.get(key));
        }
        const keys = ["a", "b", "c", "d"];
        expect(keys.map((key) => real.get(key))).toEqual(keys.map((key) => expected.get(key)));
      }),
    );
  });
});
