import { beforeAll, describe, expect, it } from "vitest";
import { atLeast, casesIn, honestInputs, type Said, saidOfAll, tableOf } from "./support/corpus.ts";

/** Honest packages that are accused, with the reason. Cleared one day, they fail here. */
const ACCUSED: Readonly<Record<string, string>> = {};

const names = casesIn("honest");
let said: ReadonlyMap<string, Said> = new Map();

beforeAll(async () => {
  said = await saidOfAll("honest", honestInputs);
}, 120_000);

function alarmsOn(name: string): readonly string[] {
  const { lens, diff, others } = said.get(name) ?? { lens: [], diff: [], others: [] };
  const unicode = others.filter((line) => line.includes(" hides-unicode/"));
  return atLeast("medium", [...lens, ...diff, ...unicode]);
}

describe("honest packages that look guilty", () => {
  it("are many", () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  it("make exactly these rules speak, and no others", () => {
    expect(Object.fromEntries(said)).toEqual(tableOf("honest", said));
  });

  it("are accused of nothing of severity medium or above, but for those named here", () => {
    const accused = names.filter((name) => alarmsOn(name).length > 0);
    expect(accused).toEqual(Object.keys(ACCUSED).sort());
  });

  it("are read to their end", () => {
    const unread = [...said].filter(([, { unknown }]) => unknown.length > 0);
    expect(unread).toEqual([]);
  });
});
