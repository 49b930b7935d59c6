import { describe, expect, it } from "vitest";
import { createMachine } from "../support/machine.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import { startRegistry } from "../support/registry/registry.ts";

const MARKER = "6d61726b65722d6f662d64656e696564";
const POLICY = `[[deny]]\npackage = "@team/*"\nreason = "a test says so"\n`;

const TOOL: FixturePackage = {
  name: "@team/tool",
  versions: { "1.0.0": { files: { "marker.txt": MARKER } } },
};

describe("a registry of a scope that only npm finds", { timeout: 60_000 }, () => {
  it.each([
    ["--prefix", ["install", "--prefix", "sub", "@team/tool"]],
    ["--prefix=", ["install", "--prefix=sub", "@team/tool"]],
    ["-C", ["install", "-C", "sub", "@team/tool"]],
    ["--userconfig", ["install", "--userconfig", "sub/.npmrc", "@team/tool"]],
    ["--globalconfig", ["install", "--globalconfig", "sub/.npmrc", "@team/tool"]],
  ])("is no way past the gate: %s", async (_, args) => {
    const team = await startRegistry({ packages: [TOOL] });
    const usual = await startRegistry();
    const machine = await createMachine(usual, {
      policy: POLICY,
    });
    machine.write("sub/package.json", { name: "sub", version: "1.0.0" });
    machine.write("sub/.npmrc", `@team:registry=${team.url}\n`);
    const run = await machine.veln("npm", ...args);
    expect(run).toMatchObject({ code: 1, signal: null });
    expect(machine.traces(MARKER)).toEqual([]);
    expect(run.stderr).toContain("Veln blocked @team/tool@1.0.0");
  });

  // A shell hands on no variable that could lead the scope elsewhere; npm refuses by itself then.
  it("is no way past the gate for an npm that a script starts", async () => {
    const team = await startRegistry({ packages: [TOOL] });
    const usual = await startRegistry();
    const machine = await createMachine(usual, {
      manifest: { scripts: { nested: "npm install --prefix sub @team/tool" } },
    });
    machine.write("sub/package.json", { name: "sub", version: "1.0.0" });
    machine.write("sub/.npmrc", `@team:registry=${team.url}\n`);
    const run = await machine.veln("npm", "run", "nested");
    expect(run).toMatchObject({ code: 1, signal: null });
    expect(run.stderr).toContain("npm error code EALLOWREMOTE");
    expect(machine.traces(MARKER)).toEqual([]);
  });
});
