import { describe, expect, it } from "vitest";
import { createMachine, type Machine } from "../support/machine.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import { startRegistry, tarballsAsked } from "../support/registry/registry.ts";

const PACKAGES: readonly FixturePackage[] = [
  {
    name: "app-frame",
    versions: {
      "1.0.0": {},
      "1.2.0": {
        manifest: { dependencies: { leaf: "^2.0.0", "@team/tool": "~1.0.0" } },
        files: { "index.js": 'require("leaf"); require("@team/tool");\n' },
      },
    },
  },
  { name: "leaf", versions: { "2.0.0": {}, "2.0.1": {}, "3.0.0": {} } },
  {
    name: "@team/tool",
    versions: {
      "1.0.4": {
        manifest: { bin: { tool: "bin/tool.js" } },
        files: { "bin/tool.js": "#!/usr/bin/env node\nconsole.log(1);\n" },
      },
    },
  },
  {
    name: "builds-itself",
    versions: {
      "1.0.0": {
        manifest: { scripts: { postinstall: "node build.js" } },
        files: { "build.js": 'require("node:fs").writeFileSync("built.txt", "built");\n' },
      },
    },
  },
];

/** Sends the token that it was given to the service that it is for, and runs git. */
const RELEASES = `
const { execFileSync } = require("node:child_process");
exports.release = async (tag) => {
  execFileSync("git", ["tag", tag]);
  return fetch("https://api.releases.invalid/v1/tags", {
    method: "POST",
    headers: { authorization: "Bearer " + process.env.RELEASES_TOKEN },
    body: JSON.stringify({ tag }),
  });
};
`;

/** Knew the place of keys all along, and was written anew. */
const KEYS = `
const { readFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");
exports.identity = () => readFileSync(join(homedir(), ".ssh", "id_ed25519"), "utf8");
`;
const KEYS_ANEW = `
const fs = require("node:fs"), os = require("node:os"), path = require("node:path");
function fileOf(name) { return path.join(os.homedir(), ".ssh", name); }
module.exports = { identity() { return fs.readFileSync(fileOf("id_ed25519"), "utf8"); } };
`;

/** What Lens and the diff look at, done by packages that have a reason to. */
const TWINS: readonly FixturePackage[] = [
  {
    name: "release-client",
    versions: { "1.0.0": {}, "1.1.0": { files: { "index.js": RELEASES } } },
  },
  {
    name: "ssh-identity",
    versions: {
      "1.0.0": { files: { "index.js": KEYS } },
      "1.1.0": { files: { "index.js": KEYS_ANEW } },
    },
  },
];

const MANIFEST = {
  dependencies: { "app-frame": "^1.0.0", "builds-itself": "1.0.0" },
  allowScripts: { "builds-itself": true },
};

const INSTALLED = [
  ".bin/tool",
  ".package-lock.json",
  "@team/tool/bin/tool.js",
  "@team/tool/index.js",
  "@team/tool/package.json",
  "app-frame/index.js",
  "app-frame/package.json",
  "builds-itself/build.js",
  "builds-itself/built.txt",
  "builds-itself/index.js",
  "builds-itself/package.json",
  "leaf/index.js",
  "leaf/package.json",
];

function installedBy(machine: Machine): object {
  return { tree: machine.tree("node_modules"), lockfile: machine.read("package-lock.json") };
}

/** The whole of what is said: nothing was held, and nothing denied. */
function allAllowed(count: number): RegExp {
  const packages = `${String(count)} packages in .*: ${String(count)} allowed`;
  return new RegExp(
    `^\\nVeln examined ${packages}\\.\\nScripts ran in a sandbox: [a-z, ()\\n-]+\\.\\n$`,
  );
}

describe("an honest install", { timeout: 60_000 }, () => {
  it("leaves what the same npm leaves without Veln, scripts run, and the lockfile unmarked", async () => {
    const registry = await startRegistry({ packages: PACKAGES });
    const [with_, without] = await Promise.all([
      createMachine(registry, { manifest: MANIFEST }),
      createMachine(registry, { manifest: MANIFEST }),
    ]);
    const run = await with_.veln("npm", "install");
    await without.direct("install");

    expect(run).toMatchObject({ code: 0, signal: null });
    expect(run.stderr).toMatch(allAllowed(4));
    expect(installedBy(with_)).toEqual(installedBy(without));
    expect(Object.keys(with_.tree("node_modules"))).toEqual(INSTALLED);
    expect(with_.traces("127.0.0.1").filter((path) => path.startsWith("project"))).toEqual([]);
  });

  it("has packages that do with reason what the refused ones do without", async () => {
    const registry = await startRegistry({ packages: TWINS });
    const machine = await createMachine(registry);
    const run = await machine.veln("npm", "install", "release-client", "ssh-identity");
    expect(run).toMatchObject({ code: 0, signal: null });
    expect(run.stderr).toMatch(allAllowed(2));
    expect([
      machine.read("node_modules/release-client/index.js"),
      machine.read("node_modules/ssh-identity/index.js"),
    ]).toEqual([RELEASES, KEYS_ANEW]);
  });

  it("works from a lockfile, and a second one asks the registry for no tarball", async () => {
    const registry = await startRegistry({ packages: PACKAGES });
    const machine = await createMachine(registry, { manifest: MANIFEST });
    await machine.direct("install");
    const direct = installedBy(machine);
    const askedDirectly = tarballsAsked(registry).length;

    machine.delete("node_modules");
    const cold = await machine.veln("npm", "ci");
    const askedCold = tarballsAsked(registry).slice(askedDirectly).sort();
    const installedCold = installedBy(machine);
    machine.delete("node_modules");
    const warm = await machine.veln("--json", "npm", "ci");

    expect([cold.code, warm.code]).toEqual([0, 0]);
    expect(askedCold).toEqual([
      "/@team/tool/-/tool-1.0.4.tgz",
      "/app-frame/-/app-frame-1.2.0.tgz",
      "/builds-itself/-/builds-itself-1.0.0.tgz",
      "/leaf/-/leaf-2.0.1.tgz",
    ]);
    expect(tarballsAsked(registry)).toHaveLength(askedDirectly + askedCold.length);
    expect([installedCold, installedBy(machine)]).toEqual([direct, direct]);
    expect(JSON.parse(warm.stdout)).toEqual({
      examined: 0,
      remembered: 4,
      decisions: { allow: 4, warn: 0, hold: 0, block: 0 },
      packages: [],
      pastTheGate: [],
      sandbox: {
        mode: "require",
        isolation: expect.any(String),
        layers: expect.arrayContaining(["system-calls", "limits"]),
        lacks: [],
        denials: expect.any(Array),
        denialsDropped: 0,
        downloads: [],
        kept: [],
        unreachable: [],
      },
      clientExit: 0,
      elapsedMs: expect.any(Number),
    });
  });
});
