import { describe, expect, it } from "vitest";
import type { TestClient } from "../support/clients.ts";
import { createMachine, type Machine, type MachineOptions } from "../support/machine.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import {
  startRegistry,
  tarballsAsked,
  type FixtureRegistry,
} from "../support/registry/registry.ts";

const MARKER = "6d61726b65722d6f662d64656e696564";
const DENIED: FixturePackage = {
  name: "denied",
  versions: { "1.0.0": { files: { "marker.txt": MARKER } } },
};
const POLICY = `[[deny]]\npackage = "denied"\nreason = "a test says so"\n`;
const MOVING: FixturePackage = {
  name: "moving",
  versions: { "1.0.0": {}, "1.1.0": { publishedAtMs: Date.now() - 600_000 } },
};
const PARENT: FixturePackage = {
  name: "parent",
  versions: {
    "1.0.0": {
      manifest: { dependencies: { leaf: "^1.0.0" } },
      files: { "index.js": 'require("leaf");\n' },
    },
  },
};
const LEAF: FixturePackage = { name: "leaf", versions: { "1.0.0": {} } };

const CLIENTS: readonly (readonly [client: TestClient, program: string, lockfile: string])[] = [
  ["pnpm-10", "pnpm", "pnpm-lock.yaml"],
  ["pnpm-12", "pnpm", "pnpm-lock.yaml"],
  ["yarn", "yarn", "yarn.lock"],
  ["berry", "yarn", "yarn.lock"],
  ["bun", "bun", "bun.lock"],
];

/** Each client's own way to be told of a registry that speaks plain http. */
async function machineOf(
  client: TestClient,
  registry: FixtureRegistry,
  options: MachineOptions = {},
): Promise<Machine> {
  const machine = await createMachine(registry, { client, ...options });
  if (client === "berry") {
    const lines = [
      `npmRegistryServer: "${registry.url}"`,
      "unsafeHttpWhitelist: [localhost]",
      "nodeLinker: node-modules",
      "enableTelemetry: false",
      "npmMinimalAgeGate: 0",
    ];
    machine.write(".yarnrc.yml", `${lines.join("\n")}\n`);
    machine.write("yarn.lock", "");
  }
  return machine;
}

/** Packages alone: clients keep dates and addresses of their own beside them. */
function packagesIn(machine: Machine): object {
  const entries = Object.entries(machine.tree("node_modules"));
  return Object.fromEntries(entries.filter(([path]) => /(?:leaf|parent)\/[^.]/.test(path)));
}

describe.each(CLIENTS)("%s", { timeout: 90_000 }, (client, program, lockfile) => {
  it("installs what it installs without Veln, with the same lockfile", async () => {
    const registry = await startRegistry({ packages: [PARENT, LEAF] });
    const direct = await machineOf(client, registry);
    const gated = await machineOf(client, registry);
    const runs = [await direct.direct("add", "parent"), await gated.veln(program, "add", "parent")];
    expect(runs).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(runs[1]?.stderr).toContain("Veln examined 2 packages");
    expect(packagesIn(gated)).toEqual(packagesIn(direct));
    expect(Object.keys(packagesIn(gated))).not.toEqual([]);
    // bun writes an address down where the registry is not the public one, and behind the gate it
    // sees none: an empty one stands for the registry of the configuration.
    const address = /(?<=@1\.0\.0", ")http[^"]*/g;
    const wanted = direct.read(lockfile);
    expect(gated.read(lockfile)).toBe(client === "bun" ? wanted.replace(address, "") : wanted);
    expect(gated.read(lockfile)).not.toContain("127.0.0.1");
  });

  it("stops at a version that is refused, also from a lockfile, and keeps nothing of it", async () => {
    const registry = await startRegistry({ packages: [DENIED] });
    const machine = await machineOf(client, registry, { policy: POLICY });
    const added = await machine.veln(program, "add", "denied@1.0.0");
    const left = machine.traces(MARKER);
    const locked = await machineOf(client, registry);
    await locked.direct("add", "denied@1.0.0");
    locked.delete("node_modules");
    const before = locked.traces(MARKER);
    locked.write("veln.toml", POLICY);
    const again = await locked.veln(program, "install");

    expect([added.code, again.code]).toEqual([1, 1]);
    expect(added.stderr).toContain("a test says so");
    // The address in bun's own lockfile leads past the gate, and no further.
    expect(again.stderr).toContain(
      client === "bun" ? "tried to reach localhost:" : "a test says so",
    );
    expect([left, locked.traces(MARKER)]).toEqual([[], before]);
  });

  it("takes the newest settled version of a range, and is held at a young one", async () => {
    const registry = await startRegistry({ packages: [MOVING] });
    const ranged = await machineOf(client, registry);
    const exact = await machineOf(client, registry);
    const runs = [
      await ranged.veln(program, "add", "moving@^1.0.0"),
      await exact.veln(program, "add", "moving@1.1.0"),
    ];
    expect(runs.map(({ code }) => code)).toEqual([0, 75]);
    expect(tarballsAsked(registry).at(0)).toBe("/moving/-/moving-1.0.0.tgz");
    expect(JSON.parse(ranged.read("node_modules/moving/package.json"))).toMatchObject({
      version: "1.0.0",
    });
    expect(exact.has("node_modules/moving/package.json")).toBe(false);
  });
});
