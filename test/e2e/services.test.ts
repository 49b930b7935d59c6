import { describe, expect, it } from "vitest";
import { createMachine, type Machine, type MachineOptions } from "../support/machine.ts";
import type { FixturePackage } from "../support/registry/packages.ts";
import { startRegistry, type FixtureRegistry } from "../support/registry/registry.ts";

const LEAF: FixturePackage = {
  name: "leaf",
  versions: { "1.0.0": {}, "1.1.0": {} },
  distTags: { next: "1.1.0" },
};
const ADVISORY = {
  id: 7,
  url: "https://advisories.invalid/A-7",
  title: "Leaf burns",
  severity: "high",
  vulnerable_versions: "<=1.0.0",
  cwe: [],
  cvss: { score: 7, vectorString: null },
};

async function withToken(
  options: MachineOptions = {},
): Promise<{ registry: FixtureRegistry; machine: Machine }> {
  const registry = await startRegistry({ packages: [LEAF], token: "token-of-ann" });
  const npmrc = [`${registry.url.replace("http:", "")}:_authToken=token-of-ann`];
  return { registry, machine: await createMachine(registry, { npmrc, ...options }) };
}

function asked(registry: FixtureRegistry): string[] {
  return registry.requests.map(({ method, path }) => `${method} ${path}`);
}

describe("the registry's other services, through the gate", { timeout: 60_000 }, () => {
  it.each([
    [["view", "leaf", "version", "dist-tags", "--json"]],
    [["dist-tag", "ls", "leaf"]],
    [["search", "leaf", "--json"]],
    [["ping", "--json"]],
  ])("npm %o says what it says without Veln", async (args) => {
    const { registry, machine } = await withToken();
    const direct = await machine.direct(...args);
    const askedDirectly = asked(registry);
    const gated = await machine.veln("npm", ...args);
    const askedGated = asked(registry).slice(askedDirectly.length);
    const plain = (text: string): string => text.replaceAll(/"time":.*|"registry":.*/g, "");
    expect({ code: gated.code, stdout: plain(gated.stdout) }).toEqual({
      code: 0,
      stdout: plain(direct.stdout),
    });
    expect(gated.stdout).not.toBe("");
    const own = (path: string): boolean => path !== "GET /npm";
    expect(askedGated.filter(own)).toEqual(askedDirectly.filter(own));
  });

  it("npm whoami answers for the registry's own account", async () => {
    const { registry, machine } = await withToken();
    expect(await machine.veln("npm", "whoami")).toMatchObject({ code: 0, stdout: "ann\n" });
    expect(asked(registry)).toEqual(["GET /-/whoami"]);
  });

  it("npm audit shows the advisories there are, and keeps its exit status", async () => {
    const { registry, machine } = await withToken({
      manifest: { dependencies: { leaf: "1.0.0" } },
    });
    registry.advise("leaf", [ADVISORY]);
    const installed = await machine.veln("npm", "install");
    const audited = await machine.veln("npm", "audit");
    expect(installed).toMatchObject({ code: 0 });
    expect(installed.stdout).toContain("1 high severity vulnerability");
    expect(audited).toMatchObject({ code: 1 });
    expect(audited.stdout).toContain("Leaf burns");
  });

  it("npm publish delivers what npm packed, unchanged", async () => {
    const { registry, machine } = await withToken({
      manifest: { name: "mine", description: "Mine", license: "MIT" },
    });
    machine.write("index.js", "module.exports = 1;\n");
    const direct = await machine.direct("publish");
    const gated = await machine.veln("npm", "publish");
    const puts = registry.requests.filter(({ method }) => method === "PUT");
    expect([direct.code, gated.code]).toEqual([0, 0]);
    expect(puts.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/mine", "Bearer token-of-ann"],
      ["/mine", "Bearer token-of-ann"],
    ]);
    const documents = puts.map(({ body }) => JSON.parse(body.toString()) as Published);
    const [first, second] = documents.map((document) => document._attachments["mine-1.0.0.tgz"]);
    expect(second).toEqual(first);
    expect(Buffer.from(second?.data ?? "", "base64")).toHaveLength(second?.length ?? 0);
    expect(documents[1]?.["dist-tags"]).toEqual({ latest: "1.0.0" });
  });

  it("npm login and logout deal with the registry itself, under its own address", async () => {
    const { registry, machine } = await withToken();
    const out = await machine.veln("npm", "logout");
    expect(out).toMatchObject({ code: 0, signal: null });
    const revoked = registry.requests.filter(({ method }) => method === "DELETE");
    expect(revoked.map(({ path, headers }) => [path, headers.host])).toEqual([
      ["/-/user/token/token-of-ann", new URL(registry.url).host],
    ]);
    const logs = /_logs\//;
    expect(machine.traces("token-of-ann").filter((path) => !logs.test(path))).toEqual([]);
    // The answer to the question for a name is not there: npm stops before it asks anybody.
    const login = await machine.veln("npm", "login", "--auth-type=legacy");
    expect(login.stderr).toContain(registry.url);
    expect(login.stderr).not.toContain("127.0.0.1");
  });

  it("tells the child nothing of the user's tokens", async () => {
    const { machine } = await withToken({
      manifest: { scripts: { show: "env" } },
    });
    const run = await machine.veln("npm", "run", "--silent", "show");
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain("npm_config_registry=http://127.0.0.1:");
    expect(run.stdout).not.toContain("token-of-ann");
  });
});

interface Published {
  readonly _attachments: Readonly<Record<string, { data: string; length: number }>>;
  readonly "dist-tags": Readonly<Record<string, string>>;
}
