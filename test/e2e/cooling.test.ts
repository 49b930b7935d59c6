import { describe, expect, it } from "vitest";
import { createMachine } from "../support/machine.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import {
  startRegistry,
  tarballsAsked,
  type FixtureRegistry,
} from "../support/registry/registry.ts";

const MINUTE_MS = 60_000;
const young = (): number => Date.now() - 10 * MINUTE_MS;
const SHORT = "application/vnd.npm.install-v1+json";

const moving = (): FixturePackage => ({
  name: "moving",
  versions: { "1.0.0": {}, "1.1.0": {}, "1.2.0": { publishedAtMs: young() } },
});

function formsAsked(registry: FixtureRegistry, name: string): string[] {
  return registry.requests
    .filter(({ path }) => path === `/${name}`)
    .map(({ headers }) => (headers.accept?.includes(SHORT) === true ? "short" : "full"));
}

describe("a version that is still cooling", { timeout: 60_000 }, () => {
  it.each(["moving", "moving@latest", "moving@^1.0.0", "moving@>=1.1"])(
    "gives way to the newest settled one for npm install %s",
    async (spec) => {
      const registry = await startRegistry({ packages: [moving()] });
      const machine = await createMachine(registry);
      const run = await machine.veln("npm", "install", spec);
      expect(run).toMatchObject({ code: 0 });
      expect(run.stderr).toContain("moving@1.2.0 was left out of ranges and tags: still cooling");
      expect(JSON.parse(machine.read("node_modules/moving/package.json"))).toMatchObject({
        version: "1.1.0",
      });
      expect(tarballsAsked(registry)).toEqual(["/moving/-/moving-1.1.0.tgz"]);
    },
  );

  it.each(["moving@1.2.0", "moving@~1.2.0"])("is held for npm install %s", async (spec) => {
    const registry = await startRegistry({ packages: [moving()] });
    const machine = await createMachine(registry);
    const run = await machine.veln("npm", "install", spec);
    expect(run).toMatchObject({ code: 75 });
    expect(run.stderr).toContain("npm error code E503");
    expect(run.stderr).toContain("Veln holds moving@1.2.0 until ");
    expect(machine.has("node_modules")).toBe(false);
  });

  it("is held when a lockfile names it, and when there is no other", async () => {
    const only = { name: "only", versions: { "1.0.0": { publishedAtMs: young() } } };
    const registry = await startRegistry({ packages: [moving(), only] });
    const locked = await createMachine(registry);
    await locked.direct("install", "moving@1.2.0");
    locked.delete("node_modules");
    const fresh = await createMachine(registry);
    const runs = [await locked.veln("npm", "ci"), await fresh.veln("npm", "install", "only")];
    expect(runs.map(({ code }) => code)).toEqual([75, 75]);
    expect([locked, fresh].map((machine) => machine.has("node_modules/moving"))).toEqual([
      false,
      false,
    ]);
    expect(runs[1]?.stderr).toContain("Veln holds only@1.0.0 until ");
  });

  it("passes when it fixes a published advisory of the version before", async () => {
    const registry = await startRegistry({ packages: [moving()] });
    registry.advise("moving", [
      {
        id: 7,
        url: "https://advisories.invalid/A-7",
        title: "Burns",
        severity: "high",
        vulnerable_versions: "<1.2.0",
      },
    ]);
    const machine = await createMachine(registry);
    expect(await machine.veln("npm", "install", "moving")).toMatchObject({ code: 0 });
    expect(JSON.parse(machine.read("node_modules/moving/package.json"))).toMatchObject({
      version: "1.2.0",
    });
  });

  it("passes with the package that policy excludes together with its dependencies", async () => {
    const versions = { "2.0.0": { publishedAtMs: young() } };
    const parent: FixturePackage = {
      name: "parent",
      versions: {
        "2.0.0": {
          publishedAtMs: young(),
          manifest: { dependencies: { child: "^2.0.0" } },
          files: { "index.js": 'require("child");\n' },
        },
      },
    };
    const registry = await startRegistry({
      packages: [parent, { name: "child", versions }, { name: "stranger", versions }],
    });
    const policy = `[[cooling.exclude]]\npackage = "parent"\nwith_dependencies = true\n`;
    const machine = await createMachine(registry, { policy });
    const excluded = await machine.veln("npm", "install", "parent");
    const other = await machine.veln("npm", "install", "stranger");
    expect({ code: excluded.code, stderr: excluded.stderr }).toMatchObject({ code: 0 });
    expect(other.code).toBe(75);
    expect(machine.has("node_modules/child/index.js")).toBe(true);
    expect(machine.has("node_modules/stranger")).toBe(false);
  });
});

describe("the short form of a registry's document", { timeout: 60_000 }, () => {
  it.each<readonly [what: string, modifiedAtMs: number, forms: readonly string[]]>([
    ["is enough when nothing changed lately", Date.now() - 30 * 24 * 60 * MINUTE_MS, ["short"]],
    ["is not enough when something did", Date.now() - MINUTE_MS, ["short", "full"]],
  ])("%s", async (_, modifiedAtMs, forms) => {
    const settled = { name: "settled", versions: { "1.0.0": {} }, modifiedAtMs };
    const registry = await startRegistry({ packages: [settled] });
    const machine = await createMachine(registry);
    const gate = await machine.gate();
    const answer = await fetch(`${gate.url}settled`, { headers: { accept: SHORT } });
    await gate.stop();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, SHORT]);
    expect(formsAsked(registry, "settled")).toEqual(forms);
  });
});
