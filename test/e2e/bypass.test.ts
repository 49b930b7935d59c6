import { describe, expect, it } from "vitest";
import { createMachine, type Machine, type Run } from "../support/machine.ts";
import { packed, type FixturePackage } from "../support/registry/packages.ts";
import {
  startRegistry,
  tarballsAsked,
  type FixtureRegistry,
} from "../support/registry/registry.ts";

/** Denied by policy rather than by what it holds: a plain npm would install it without a word. */
const MARKER = "6d61726b65722d6f662d64656e696564";
const DENIED: FixturePackage = {
  name: "denied",
  versions: { "1.0.0": { files: { "marker.txt": MARKER } } },
};
const HONEST: FixturePackage = { name: "honest", versions: { "1.0.0": {} } };
const POLICY = `[[deny]]\npackage = "denied"\nreason = "a test says so"\n`;

/** What has to come of an attempt to get at the denied package. */
const REFUSED = { code: 1, signal: null, says: true, why: true, traces: [] as string[] };

function outcomeOf({ code, signal, stderr }: Run, machine: Machine): object {
  return {
    code,
    signal,
    says: stderr.includes("Veln blocked denied@1.0.0"),
    why: stderr.includes("a test says so"),
    traces: machine.traces(MARKER),
  };
}

async function lockedProject(registry: FixtureRegistry, resolved: string): Promise<Machine> {
  const machine = await createMachine(registry, {
    policy: POLICY,
    manifest: { dependencies: { denied: "1.0.0" } },
  });
  machine.write("package-lock.json", {
    name: "project",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "project", version: "1.0.0", dependencies: { denied: "1.0.0" } },
      "node_modules/denied": { version: "1.0.0", resolved },
    },
  });
  return machine;
}

describe("nothing slips past the gate by", { timeout: 60_000 }, () => {
  it.each([
    ["--registry URL", (url: string) => ["--registry", url]],
    ["--registry=URL", (url: string) => [`--registry=${url}`]],
    ["--reg=URL", (url: string) => [`--reg=${url}`]],
    [
      "a flag that keeps hosts",
      (url: string) => [`--registry=${url}`, "--replace-registry-host=never"],
    ],
    ["a cache of its own", () => ["--cache", "own-cache"]],
  ])("%s", async (_, flags) => {
    const other = await startRegistry({ packages: [DENIED] });
    const usual = await startRegistry({ packages: [DENIED] });
    const machine = await createMachine(usual, { policy: POLICY });
    const run = await machine.veln("npm", "install", ...flags(other.url), "denied");
    expect(outcomeOf(run, machine)).toEqual(REFUSED);
  });

  it("--registry, which still says which registry is asked", async () => {
    const other = await startRegistry({ packages: [HONEST] });
    const usual = await startRegistry();
    const machine = await createMachine(usual, { policy: POLICY });
    const run = await machine.veln("npm", "install", "--registry", other.url, "honest");
    expect(run).toMatchObject({ code: 0 });
    expect([tarballsAsked(usual), tarballsAsked(other)]).toEqual([
      [],
      ["/honest/-/honest-1.0.0.tgz"],
    ]);
    expect(machine.has("node_modules/honest/index.js")).toBe(true);
  });

  it.each([
    ["the registry's own host", (url: string) => `${url}denied/-/denied-1.0.0.tgz`],
    ["another host", () => "https://other.invalid/denied/-/denied-1.0.0.tgz"],
    ["another host's folder", () => "https://other.invalid/npm/denied/-/denied-1.0.0.tgz"],
    [
      "a host that answers directly",
      (url: string) => `${url.replace("localhost", "127.0.0.1")}denied/-/denied-1.0.0.tgz`,
    ],
  ])("a lockfile whose addresses name %s", async (_, resolvedBelow) => {
    const registry = await startRegistry({ packages: [DENIED] });
    const machine = await lockedProject(registry, resolvedBelow(registry.url));
    expect(outcomeOf(await machine.veln("npm", "ci"), machine)).toEqual(REFUSED);
  });

  it("a lockfile whose address is no package's", async () => {
    const registry = await startRegistry({ packages: [DENIED] });
    const machine = await lockedProject(registry, "https://other.invalid/files/denied.tgz");
    const run = await machine.veln("npm", "ci");
    expect(run).toMatchObject({ code: 1 });
    expect(machine.traces(MARKER)).toEqual([]);
  });

  it("what npm had in its cache from before", async () => {
    const registry = await startRegistry({ packages: [DENIED] });
    const machine = await createMachine(registry, {
      manifest: { dependencies: { denied: "1.0.0" } },
    });
    await machine.direct("install");
    const before = machine.traces(MARKER);
    machine.delete("node_modules");
    machine.write("veln.toml", POLICY);
    const run = await machine.veln("npm", "ci");
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toContain("Veln blocked denied@1.0.0");
    expect(before).toHaveLength(2);
    expect(machine.traces(MARKER)).toEqual(before.filter((path) => path.startsWith("home/.npm/")));
  });

  it("an npm inside a lifecycle script, by whatever registry it is told", async () => {
    const registry = await startRegistry({ packages: [DENIED, HONEST] });
    const nested = `npm install --no-save --prefix nested denied`;
    const machine = await createMachine(registry, {
      policy: POLICY,
      manifest: { dependencies: { honest: "1.0.0" }, scripts: { postinstall: nested } },
    });
    machine.write("nested/package.json", { name: "nested", version: "1.0.0" });
    expect(outcomeOf(await machine.veln("npm", "install"), machine)).toEqual(REFUSED);
  });

  it("npx", async () => {
    const registry = await startRegistry({
      packages: [
        {
          name: "denied",
          versions: {
            "1.0.0": {
              manifest: { bin: { denied: "bin/run.js" } },
              files: { "bin/run.js": `#!/usr/bin/env node\n// ${MARKER}\n` },
            },
          },
        },
      ],
    });
    const machine = await createMachine(registry, { policy: POLICY });
    expect(outcomeOf(await machine.veln("npx", "--yes", "denied"), machine)).toEqual(REFUSED);
    expect(outcomeOf(await machine.veln("npm", "exec", "--yes", "denied"), machine)).toEqual(
      REFUSED,
    );
  });

  it.each([
    ["a tarball at some address", (url: string) => `${url}files/denied.tgz`],
    ["a tarball that looks like a package's", (url: string) => `${url}denied/-/denied-1.0.0.tgz`],
    ["a git repository", () => "git+file:///nowhere.git"],
    ["a repository of a forge", () => "github:owner/repository"],
  ])("%s as a dependency", async (_, specBelow) => {
    const registry = await startRegistry({ packages: [DENIED] });
    const machine = await createMachine(registry, {
      policy: POLICY,
      manifest: { dependencies: { denied: specBelow(registry.url) } },
    });
    const run = await machine.veln("npm", "install");
    expect(run).toMatchObject({ code: 1, signal: null });
    expect(run.stderr).toMatch(/npm error code EALLOW(?:REMOTE|GIT)|Veln blocked denied@1\.0\.0/);
    expect(machine.traces(MARKER)).toEqual([]);
    expect(tarballsAsked(registry).filter((path) => path.startsWith("/files"))).toEqual([]);
  });

  it.each(["--allow-remote=all", "--allow-git=all"])("%s", async (flag) => {
    const registry = await startRegistry({ packages: [HONEST] });
    const machine = await createMachine(registry);
    const run = await machine.veln("npm", "install", flag, "honest");
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("veln.toml");
    expect(registry.requests).toEqual([]);
  });
});

describe("a scope with a registry of its own", { timeout: 60_000 }, () => {
  const SCOPED: FixturePackage = {
    name: "@team/tool",
    versions: {
      "1.0.0": {
        manifest: { dependencies: { honest: "1.0.0" } },
        files: { "index.js": 'require("honest");' },
      },
    },
  };

  async function machineWithTokens(
    team: FixtureRegistry,
    usual: FixtureRegistry,
  ): Promise<Machine> {
    const dart = (registry: FixtureRegistry): string => registry.url.replace("http:", "");
    return createMachine(usual, {
      policy: POLICY,
      npmrc: [
        `@team:registry=${team.url}`,
        `${dart(team)}:_authToken=token-of-the-team`,
        `${dart(usual)}:_authToken=token-of-the-public`,
      ],
    });
  }

  it("is asked behind the gate, each registry with its own token and no other", async () => {
    const team = await startRegistry({ packages: [SCOPED], token: "token-of-the-team" });
    const usual = await startRegistry({ packages: [HONEST], token: "token-of-the-public" });
    const machine = await machineWithTokens(team, usual);
    const run = await machine.veln("npm", "install", "@team/tool");

    expect(run).toMatchObject({ code: 0 });
    const authorizations = (registry: FixtureRegistry): string[] => [
      ...new Set(registry.requests.map(({ headers }) => headers.authorization ?? "none")),
    ];
    expect([authorizations(team), authorizations(usual)]).toEqual([
      ["Bearer token-of-the-team"],
      ["Bearer token-of-the-public"],
    ]);
    expect(tarballsAsked(team)).toEqual(["/@team/tool/-/tool-1.0.0.tgz"]);
    expect(machine.read("package-lock.json")).toContain(`${team.url}@team/tool/-/tool-1.0.0.tgz`);
    expect(machine.read("package-lock.json")).not.toContain("127.0.0.1");
  });

  it("is not a way past the gate", async () => {
    const scoped = {
      ...SCOPED,
      versions: {
        "1.0.0": {
          tarball: packed({ name: "@team/tool", version: "1.0.0" }, { "marker.txt": MARKER }),
        },
      },
    };
    const team = await startRegistry({ packages: [scoped], token: "token-of-the-team" });
    const usual = await startRegistry({ token: "token-of-the-public" });
    const machine = await machineWithTokens(team, usual);
    machine.write("veln.toml", POLICY.replace("denied", "@team/*"));
    const run = await machine.veln("npm", "install", "@team/tool");
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toContain("Veln blocked @team/tool@1.0.0");
    expect(machine.traces(MARKER)).toEqual([]);
  });
});
