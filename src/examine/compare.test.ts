import { afterAll, describe, expect, it } from "vitest";
import { fileTreeOf } from "../model/file-tree.ts";
import { parseManifest } from "../model/manifest.ts";
import { createWorkerPool } from "../platform/workers.ts";
import { type ComparedVersion, compareVersions, DIFF_WORKER } from "./compare.ts";

const pool = createWorkerPool(DIFF_WORKER, 1);
afterAll(() => pool.close());

function version(code: string): ComparedVersion {
  const manifest = parseManifest({ name: "subject", version: "1.0.0" });
  return { manifest, files: fileTreeOf([["index.js", code]]) };
}

describe("compareVersions", () => {
  it("compares in a process of its own", async () => {
    const limits = { timeoutMs: 60_000, memoryMb: 512 };
    const diff = await compareVersions(version("a();"), version("a(); eval(b);"), pool, limits);
    expect(diff.gained.map(({ capability }) => capability)).toEqual(["dynamic-code"]);
    expect(diff.unknown).toEqual([]);
  });

  it("says what there was no time for, and still compares files and manifest", async () => {
    const limits = { timeoutMs: 1, memoryMb: 512 };
    const slow = `f(${"{a:1},".repeat(100_000)}{});eval(x);`;
    const diff = await compareVersions(version("a();"), version(slow), pool, limits);
    expect({ ...diff, anomalies: diff.anomalies.length }).toEqual({
      gained: [],
      lost: [],
      constants: { added: [], removed: [] },
      files: { added: [], removed: [], changed: ["index.js"], moved: [] },
      functions: { same: 0, changed: 0, added: 0, removed: 0 },
      anomalies: 1,
      manifest: { hooks: [], dependencies: [], entries: [] },
      unknown: ["comparing the code took longer than 1 ms"],
    });
  });

  it("says when memory runs out", async () => {
    const limits = { timeoutMs: 60_000, memoryMb: 32 };
    const large = `f(${"{a:[1,b]},".repeat(200_000)}{});eval(x);`;
    const { unknown } = await compareVersions(version("a();"), version(large), pool, limits);
    expect(unknown).toEqual([expect.stringMatching(/^comparing the code broke off: .*memory/)]);
  });
});
