import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasBetween, offsetsIn, placesIn } from "./lines.ts";

describe("places", () => {
  it("lead back to the offsets that they are of", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "é", "\r", "\n") });
    fc.assert(
      fc.property(texts, (text) => {
        const [place, offset] = [placesIn(text), offsetsIn(text)];
        const offsets = Array.from({ length: text.length + 1 }, (_, at) => at);
        expect(offsets.map((at) => offset(place(at)))).toEqual(offsets);
      }),
    );
  });
});

describe("offsets", () => {
  it("are found between others as by looking at each", () => {
    const some = fc.nat({ max: 20 });
    fc.assert(
      fc.property(fc.array(some), some, some, (numbers, start, end) => {
        const offsets = numbers.toSorted((a, b) => a - b);
        const expected = offsets.some((offset) => start <= offset && offset < end);
        expect(hasBetween(offsets, start, end)).toBe(expected);
      }),
    );
  });
});
