import { treeHash } from "./model/tree-hash.ts";
import { readArchive } from "./acquire/archive/read-archive.ts";
import { describe, expect, it } from "vitest";
import { checkDeps, gatheredFor, SUBJECT } from "../test/support/checking.ts";
import {
  DAY_MS,
  digestsOf,
  fakeRegistry,
  NOW_MS,
  publishedBytes,
  type FakeVersion,
} from "../test/support/fake-registry.ts";
import { checkRelease } from "./check.ts";
import { Failure } from "./model/failure.ts";
import { npmRef } from "./model/package-ref.ts";

function versions(...names: readonly string[]): Record<string, FakeVersion> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

describe("checkRelease", () => {
  it("examines the bytes and judges what was found", async () => {
    const { checked, gathered, context, registry } = await gatheredFor({
      packages: { subject: versions("1.0.0", "1.1.0") },
    });
    const bytes = publishedBytes("subject", "1.1.0");
    const { verdict, tarball: own, release, treeSha256 } = checked;
    expect(verdict).toMatchObject({ ref: SUBJECT, decision: "allow", score: 100, findings: [] });
    expect(own).toMatchObject({ bytes, digests: digestsOf(bytes) });
    expect(release?.ref).toEqual(SUBJECT);
    expect(treeSha256).toBe(treeHash(await readArchive(bytes)));
    expect(gathered.artifact).toEqual({
      state: "known",
      value: { ref: SUBJECT, digests: digestsOf(bytes), sizeBytes: bytes.length },
    });
    expect(gathered.archive).toEqual({ state: "known", value: { state: "read" } });
    expect(gathered.firstSeen).toEqual({
      state: "inapplicable",
      why: "this version was never seen here before",
    });
    expect(context).toEqual({
      ref: SUBJECT,
      limits: expect.objectContaining({ timeoutMs: expect.any(Number) }),
      atMs: NOW_MS,
    });
    expect(registry.asked).toEqual(["packument subject", "tarball subject@1.1.0"]);
  });

  it.each([
    ["no such package", {}],
    ["no such version", { subject: versions("1.0.0") }],
    ["an entry without an address", { subject: { "1.1.0": { entry: { dist: {} } } } }],
    ["no tarball behind the address", { subject: { "1.1.0": { bytes: null } } }],
  ])("knows of nothing: %s", async (_what, packages) => {
    const deps = checkDeps(fakeRegistry({ packages }));
    expect(await checkRelease(SUBJECT, deps)).toBeUndefined();
    expect(deps.calls).toEqual([]);
  });

  it.each(["subject", "subject@1.1.0"])("passes on a registry's failure for %s", async (key) => {
    const failure = new Failure("upstream-broken", "The body was cut short.");
    const world = { packages: { subject: versions("1.1.0") }, failures: { [key]: failure } };
    const deps = checkDeps(fakeRegistry(world));
    await expect(checkRelease(SUBJECT, deps)).rejects.toBe(failure);
    expect(deps.calls).toEqual([]);
  });
});

describe("the predecessor", () => {
  it.each([
    ["1.1.0", ["1.0.0", "1.0.5", "1.1.0", "2.0.0"], "1.0.5"],
    ["1.1.0", ["1.0.0", "1.1.0-rc.1", "1.1.0"], "1.0.0"],
    ["1.1.0-rc.2", ["1.0.0", "1.1.0-rc.1", "1.1.0-rc.2"], "1.1.0-rc.1"],
    ["1.1.0", ["1.1.0-rc.1", "1.1.0"], "1.1.0-rc.1"],
  ])("of %s among %j is %s", async (version, names, expected) => {
    const ref = npmRef("subject", version);
    const world = { packages: { subject: versions(...names) } };
    const { gathered } = await gatheredFor(world, {}, ref);
    expect(gathered.previous).toMatchObject({ value: { ref: npmRef("subject", expected) } });
    expect(gathered.previousFiles).toEqual({
      state: "unknown",
      why: "the version before was not fetched",
    });
  });

  it("of a first release does not exist", async () => {
    const { gathered } = await gatheredFor({ packages: { subject: versions("1.1.0") } });
    const none = { state: "inapplicable", why: "there is no earlier version" };
    expect([gathered.previous, gathered.previousFiles]).toEqual([none, none]);
  });

  it("whose entry cannot be read is unknown", async () => {
    const packages = { subject: { "1.0.0": { entry: { dist: {} } }, "1.1.0": {} } };
    const { gathered } = await gatheredFor({ packages });
    expect(gathered.previous).toEqual({
      state: "unknown",
      why: "the registry's entry for 1.0.0 cannot be read",
    });
  });
});

describe("files of the predecessor", () => {
  const hooked: FakeVersion = {
    manifest: { scripts: { postinstall: "node build.js" } },
    files: { "build.js": "module.exports = 1;\n" },
  };
  const packages = { subject: { "1.0.0": hooked, "1.1.0": hooked } };
  const why = (text: string): object => ({ state: "unknown", why: text });

  async function askedFor(world: Parameters<typeof fakeRegistry>[0]): Promise<unknown> {
    const registry = fakeRegistry(world);
    const deps = checkDeps(registry);
    await checkRelease(SUBJECT, deps);
    return await deps.calls[0]?.gatherPrevious?.();
  }

  it("are fetched once, when a signal asks", async () => {
    const { registry } = await gatheredFor({ packages });
    const fetched = registry.asked.filter((line) => line === "tarball subject@1.0.0");
    expect(fetched).toHaveLength(1);
  });

  it("are the predecessor's own", async () => {
    const files = await askedFor({ packages });
    expect(files).toMatchObject({
      state: "known",
      value: { entries: [{ path: "build.js" }, { path: "package.json" }] },
    });
  });

  it.each([
    [
      "that are gone",
      { packages: { subject: { "1.0.0": { bytes: null }, "1.1.0": {} } } },
      why("1.0.0 is not in the registry"),
    ],
    [
      "that are not what the registry names",
      { packages: { subject: { "1.0.0": { bytes: Buffer.from("x") }, "1.1.0": {} } } },
      why("the bytes of 1.0.0 are not those the registry names"),
    ],
    [
      "that cannot be had",
      {
        packages,
        failures: { "subject@1.0.0": new Failure("timed-out", "It took too long.") },
      },
      why("1.0.0 could not be read: It took too long."),
    ],
  ])("%s are unknown", async (_what, world, expected) => {
    expect(await askedFor(world)).toEqual(expected);
  });
});

describe("facts about dependencies", () => {
  const age = 3 * DAY_MS;
  const dependencies = (names: Readonly<Record<string, string>>): FakeVersion => ({
    manifest: { dependencies: names },
  });

  it("are asked for names that the version adds, under the registry's names", async () => {
    const { gathered, registry } = await gatheredFor({
      packages: {
        subject: {
          "1.0.0": dependencies({ old: "^1" }),
          "1.1.0": dependencies({
            old: "^2",
            fresh: "^1",
            alias: "npm:true-name@1",
            missing: "1",
            broken: "1",
            remote: "https://a.invalid/b.tgz",
            "../escape": "1",
          }),
        },
        fresh: { "1.0.0": { ageMs: age } },
        "true-name": { "1.0.0": { ageMs: null } },
      },
      failures: { broken: new Failure("timed-out", "It took too long.") },
    });
    expect(gathered.dependencies).toEqual({
      state: "known",
      value: new Map<string, object>([
        ["fresh", { state: "exists", firstPublishedAtMs: NOW_MS - age }],
        ["true-name", { state: "exists", firstPublishedAtMs: undefined }],
        ["missing", { state: "absent" }],
        ["broken", { state: "unknown", why: "It took too long." }],
      ]),
    });
    expect(registry.asked.filter((line) => line.startsWith("packument ")).sort()).toEqual([
      "packument broken",
      "packument fresh",
      "packument missing",
      "packument subject",
      "packument true-name",
    ]);
  });

  it("leave out what is bundled, and are asked for all of a first release", async () => {
    const manifest = {
      dependencies: { inside: "1", outside: "1" },
      bundleDependencies: ["inside"],
    };
    const { gathered } = await gatheredFor({ packages: { subject: { "1.1.0": { manifest } } } });
    expect(gathered.dependencies).toEqual({
      state: "known",
      value: new Map([["outside", { state: "absent" }]]),
    });
  });

  it("say of how many nobody asked", async () => {
    const names = Array.from({ length: 66 }, (_, index) => `dependency-${String(index)}`);
    const added = Object.fromEntries(names.map((name) => [name, "1"]));
    const { gathered, registry } = await gatheredFor({
      packages: { subject: { "1.0.0": {}, "1.1.0": dependencies(added) } },
    });
    const unasked = { state: "unknown", why: "it has more than 64 new dependencies" };
    const facts = gathered.dependencies.state === "known" ? gathered.dependencies.value : undefined;
    expect(facts?.size).toBe(66);
    expect([
      facts?.get("dependency-63"),
      facts?.get("dependency-64"),
      facts?.get("dependency-65"),
    ]).toEqual([{ state: "absent" }, unasked, unasked]);
    expect(registry.asked.filter((line) => line.includes("dependency-"))).toHaveLength(64);
  });
});
