import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BOX, boxVersion, type BoxAttesting } from "../support/audited-project.ts";
import { createMachine, type Machine } from "../support/machine.ts";
import type { FixtureVersion } from "../support/registry/packages.ts";
import { startRegistry, type FixtureRegistry } from "../support/registry/registry.ts";
import { GENUINE, genuineText, hasGenuine } from "../support/sigstore/bases.ts";

const NAME = "widget";
const versionOf = (version: string, attesting?: BoxAttesting): FixtureVersion =>
  boxVersion(NAME, version, attesting);
const UNATTESTED = { isAttested: false };

/** A machine whose policy trusts the box for its registry. */
async function machineFor(
  versions: Readonly<Record<string, FixtureVersion>>,
  policy = "",
  registry?: FixtureRegistry,
): Promise<Machine> {
  registry ??= await startRegistry();
  registry.add({ name: NAME, versions });
  const machine = await createMachine(registry, {
    policy: `[[provenance.registries]]\nregistry = "${registry.url}"\ntrust_root = "root.json"\nkeys = "keys.json"\n${policy}`,
  });
  machine.write("root.json", BOX.trustRoot);
  machine.write("keys.json", BOX.keysTarget);
  return machine;
}

describe("an install of what its builds attest", { timeout: 60_000 }, () => {
  it("says how many are proven", async () => {
    const machine = await machineFor({ "1.0.0": versionOf("1.0.0") });
    const run = await machine.veln("npm", "install", NAME);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stderr).toContain("1 of them is proven to come from a public source and build.");
    expect(machine.has("node_modules/widget/index.js")).toBe(true);
  });

  it.each<[string, BoxAttesting, number, string]>([
    ["about other bytes", { sha512: "0f".repeat(64) }, 1, "FAILED at artifact"],
    [
      "of another repository",
      { run: { repository: "evil/widget", repositoryId: "6" } },
      75,
      "evil",
    ],
    ["gone", UNATTESTED, 75, "1.0.0"],
  ])("stops a version whose provenance is %s", async (_, attested, code, told) => {
    const machine = await machineFor({
      "1.0.0": versionOf("1.0.0"),
      "1.1.0": versionOf("1.1.0", attested),
    });
    const run = await machine.veln("npm", "install", NAME);
    expect(run.code).toBe(code);
    expect(run.stderr).toContain(told);
    expect(machine.has("node_modules/widget")).toBe(false);
  });

  it("holds a version against what was seen here before, whatever the registry serves now", async () => {
    const registry = await startRegistry();
    const machine = await machineFor({ "1.0.0": versionOf("1.0.0") }, "", registry);
    expect(await machine.veln("npm", "install", `${NAME}@1.0.0`)).toMatchObject({ code: 0 });
    const bare = {
      "1.0.0": versionOf("1.0.0", UNATTESTED),
      "1.1.0": versionOf("1.1.0", UNATTESTED),
    };
    registry.add({ name: NAME, versions: bare });
    const run = await machine.veln("npm", "install", `${NAME}@1.1.0`);
    expect(run.code).toBe(75);
    expect(run.stderr).toContain("as seen here on");
    expect(machine.read("node_modules/widget/package.json")).toContain('"1.0.0"');
  });

  it("blocks what is not what the policy expects", async () => {
    const machine = await machineFor(
      { "1.0.0": versionOf("1.0.0") },
      '[[provenance.expect]]\npackage = "widget"\nrepository = "https://github.com/acme/other"\n',
    );
    const run = await machine.veln("npm", "install", NAME);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("https://github.com/acme/other");
    expect(machine.has("node_modules/widget")).toBe(false);
  });
});

describe.skipIf(!hasGenuine)("a genuine package (skipped without the genuine bundles)", () => {
  const path = "npm/slsa-verifier__gundam-visor-cli-v1-tag";

  async function installed(attestations: string): Promise<[Machine, number | null, string]> {
    const registry = await startRegistry({
      packages: [
        {
          name: "gundam-visor",
          versions: {
            "1.0.1": {
              tarball: readFileSync(`${GENUINE}${path}.tgz`),
              origin: () => ({ attestations }),
            },
          },
        },
      ],
    });
    const machine = await createMachine(registry);
    const { code, stderr } = await machine.veln("npm", "install", "gundam-visor");
    return [machine, code, stderr];
  }

  it("is proven offline, with the trust that Veln ships", { timeout: 60_000 }, async () => {
    const [machine, code, stderr] = await installed(genuineText(`${path}.tgz.json`));
    expect([code, machine.has("node_modules/gundam-visor/package.json")]).toEqual([0, true]);
    expect(stderr).toContain("1 of them is proven");
  });

  it("is refused when its provenance was altered", { timeout: 60_000 }, async () => {
    const [machine, code, stderr] = await installed(genuineText(`${path}-invalidsigprov.tgz.json`));
    expect([code, machine.has("node_modules/gundam-visor")]).toEqual([1, false]);
    expect(stderr).toContain("FAILED at signature");
  });
});
