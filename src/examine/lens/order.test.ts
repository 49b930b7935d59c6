import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../model/canonical.ts";
import { FileTree, fileTreeOf } from "../../model/file-tree.ts";
import { parseManifest } from "../../model/manifest.ts";
import { createSources } from "../parse/parse.ts";
import { lens } from "./lens.ts";

const CASES = new URL("../signals/source-is-suspicious/guilty/", import.meta.url).pathname;

interface Case {
  readonly name: string;
  readonly manifest: JsonObject;
  readonly files: Readonly<Record<string, string>>;
}

/** Guilty packages of several files, from the fixtures of the signal. */
function casesOfSeveralFiles(): readonly Case[] {
  return readdirSync(CASES).flatMap((name) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own fixtures
    const { files = {}, manifest = {} } = JSON.parse(
      readFileSync(join(CASES, name, "case.json"), "utf8"),
    ) as Partial<Case>;
    return Object.keys(files).length < 2 ? [] : [{ name, manifest, files }];
  });
}

function findingsIn({ manifest, files }: Case, order?: readonly number[]): readonly string[] {
  const sorted = fileTreeOf(Object.entries(files));
  const { arena, entries } = sorted.data;
  const tree =
    order === undefined
      ? sorted
      : new FileTree({ arena, entries: order.flatMap((at) => entries[at] ?? []) });
  const parsed = parseManifest({ name: "example", version: "1.0.0", ...manifest });
  const { findings } = lens(parsed, tree, createSources(tree));
  return findings.map(({ id, severity, file, line }) =>
    [id, severity, file, String(line)].join(" "),
  );
}

describe("what Lens finds", () => {
  const cases = casesOfSeveralFiles();

  it.each(cases)("does not depend on the order of the files: $name", (each) => {
    const expected = findingsIn(each).toSorted();
    expect(expected).not.toEqual([]);
    const count = Object.keys(each.files).length;
    const places = Array.from({ length: count }, (_, at) => at);
    const orders = fc.shuffledSubarray(places, { minLength: count, maxLength: count });
    fc.assert(
      fc.property(orders, (order) => {
        expect(findingsIn(each, order).toSorted()).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });
});
