import { beforeAll, describe, expect, it } from "vitest";
import {
  atLeast,
  casesIn,
  honestInputs,
  type Said,
  saidOfAll,
  stepInputs,
  tableOf,
} from "./support/corpus.ts";

/** Honest packages that are accused, with the reason. Cleared one day, they fail here. */
const ACCUSED: Readonly<Record<string, string>> = {};

/** Honest steps of which something grave is said, with the reason. */
const STEPS_ACCUSED: Readonly<Record<string, string>> = {
  "learns-profiles": "it does read credentials that it did not read before",
};

const names = casesIn("honest");
const steps = casesIn("honest-steps");
let said: ReadonlyMap<string, Said> = new Map();
let saidOfSteps: ReadonlyMap<string, Said> = new Map();

beforeAll(async () => {
  said = await saidOfAll("honest", honestInputs);
  saidOfSteps = await saidOfAll("honest-steps", stepInputs);
}, 120_000);

function alarmsIn({ lens, diff, others }: Said): readonly string[] {
  const unicode = others.filter((line) => line.includes(" hides-unicode/"));
  return atLeast("medium", [...lens, ...diff, ...unicode]);
}

function accusedIn(all: ReadonlyMap<string, Said>): readonly string[] {
  return [...all].filter(([, each]) => alarmsIn(each).length > 0).map(([name]) => name);
}

describe("honest packages that look guilty", () => {
  it("are many", () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  it("make exactly these rules speak, and no others", () => {
    expect(Object.fromEntries(said)).toEqual(tableOf("honest", said));
  });

  it("are accused of nothing of severity medium or above, but for those named here", () => {
    expect(accusedIn(said)).toEqual(Object.keys(ACCUSED).sort());
  });

  it("are read to their end", () => {
    const unread = [...said, ...saidOfSteps].filter(([, { unknown }]) => unknown.length > 0);
    expect(unread).toEqual([]);
  });
});

describe("honest steps from one version to the next", () => {
  it("are several", () => {
    expect(steps.length).toBeGreaterThanOrEqual(10);
  });

  it("make exactly these rules speak, and no others", () => {
    expect(Object.fromEntries(saidOfSteps)).toEqual(tableOf("honest-steps", saidOfSteps));
  });

  it("are accused of nothing of severity medium or above, but for those named here", () => {
    expect(accusedIn(saidOfSteps)).toEqual(Object.keys(STEPS_ACCUSED).sort());
  });
});
