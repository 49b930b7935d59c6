import semver from "semver";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Packument } from "./packument.ts";

function versionsIn(order: readonly string[]): readonly string[] {
  const versions = Object.fromEntries(order.map((version) => [version, { version }]));
  const packument = Packument.parse("a", JSON.stringify({ name: "a", versions }));
  return packument.history().versions.map(({ version }) => version);
}

describe("the history of a package", () => {
  it("is in the order of its numbers, in whatever order its registry tells them", () => {
    const order = ["0.9.3", "0.35.5", "0.35.5-rc.1", "1.0.0+b", "1.0.0+a", "0.35.10"];
    expect(versionsIn(order)).toEqual([
      "0.9.3",
      "0.35.5-rc.1",
      "0.35.5",
      "0.35.10",
      "1.0.0+a",
      "1.0.0+b",
    ]);
  });

  it("is so for any numbers", () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1 }), (order) => {
        expect(versionsIn(order)).toEqual(semver.sort([...order]));
      }),
    );
  });
});
