import { describe, expect, it } from "vitest";
import { checkDeps } from "../test/support/checking.ts";
import {
  DAY_MS,
  digestsOf,
  fakeRegistry,
  HOUR_MS,
  NOW_MS,
  publishedBytes,
  type FakeVersion,
} from "../test/support/fake-registry.ts";
import { tarball } from "../test/support/tarball.ts";
import { checkRelease } from "./check.ts";
import { Failure } from "./model/failure.ts";
import { npmRef } from "./model/package-ref.ts";

const REF = npmRef("subject", "1.1.0");

function versions(...names: readonly string[]): Record<string, FakeVersion> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

async function gatheredFor(
  world: Parameters<typeof fakeRegistry>[0],
  rest: Parameters<typeof checkDeps>[1] = {},
  ref = REF,
) {
  const registry = fakeRegistry(world);
  const deps = checkDeps(registry, rest);
  const checked = await checkRelease(ref, deps);
  const [call] = deps.calls;
  if (checked === undefined || call === undefined) throw new Error("nothing was examined");
  return { checked, gathered: call.gathered, context: call.context, registry };
}

describe("checkRelease", () => {
  it("examines the bytes and judges what was found", async () => {
    const { checked, gathered, context, registry } = await gatheredFor({
      packages: { subject: versions("1.0.0", "1.1.0") },
    });
    const bytes = publishedBytes("subject", "1.1.0");
    const { verdict, tarball: own, release, files } = checked;
    expect(verdict).toMatchObject({ ref: REF, decision: "allow", score: 100, findings: [] });
    expect(own).toMatchObject({ bytes, digests: digestsOf(bytes) });
    expect(release?.ref).toEqual(REF);
    expect(files?.entries.map(({ path }) => path)).toEqual(["package.json"]);
    expect(gathered.artifact).toEqual({
      state: "known",
      value: { ref: REF, digests: digestsOf(bytes), sizeBytes: bytes.length },
    });
    expect(gathered.archive).toEqual({ state: "known", value: { state: "read" } });
    expect(gathered.firstSeen).toEqual({
      state: "inapplicable",
      why: "this version was never seen here before",
    });
    expect(context).toEqual({
      ref: REF,
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
    expect(await checkRelease(REF, deps)).toBeUndefined();
    expect(deps.calls).toEqual([]);
  });

  it.each(["subject", "subject@1.1.0"])("passes on a registry's failure for %s", async (key) => {
    const failure = new Failure("upstream-broken", "The body was cut short.");
    const world = { packages: { subject: versions("1.1.0") }, failures: { [key]: failure } };
    const deps = checkDeps(fakeRegistry(world));
    await expect(checkRelease(REF, deps)).rejects.toBe(failure);
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
    await checkRelease(REF, deps);
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

describe("what is decided", () => {
  it("blocks an archive that was refused, by its rule, and unpacks nothing", async () => {
    const bytes = tarball([
      { name: "package/package.json", content: '{"name":"subject","version":"1.1.0"}' },
      { name: "package/../../escape.js", content: "1" },
    ]);
    const { checked, gathered } = await gatheredFor({
      packages: { subject: { "1.1.0": { bytes } } },
    });
    const refused = gathered.archive.state === "known" ? gathered.archive.value : undefined;
    expect(checked.verdict.decision).toBe("block");
    expect(checked.files).toBeUndefined();
    expect(refused).toMatchObject({ state: "refused", path: "package/../../escape.js" });
    expect(checked.verdict.findings.map(({ id }) => id)).toContain(
      `archive-breaks-rules/${refused?.state === "refused" ? refused.rule : ""}`,
    );
    const unread = {
      state: "unknown",
      why: "the archive was refused, so its contents were not read",
    };
    expect([gathered.files, gathered.manifest]).toEqual([unread, unread]);
  });

  it.each([
    ["an archive without a package.json", undefined],
    ["one that is not JSON", "{"],
    ["one that is no object", "[]"],
  ])("blocks %s", async (_what, content) => {
    const bytes = tarball([
      { name: "package/index.js", content: "1" },
      ...(content === undefined ? [] : [{ name: "package/package.json", content }]),
    ]);
    const { checked } = await gatheredFor({ packages: { subject: { "1.1.0": { bytes } } } });
    expect(checked.verdict.decision).toBe("block");
    expect(checked.verdict.findings.map(({ id }) => id)).toContain(
      "archive-breaks-rules/no-manifest",
    );
  });

  it("blocks bytes that are not the first ones seen here", async () => {
    const firstSeen = { sha512: "ab".repeat(64), atMs: NOW_MS - DAY_MS };
    const { checked, gathered } = await gatheredFor(
      { packages: { subject: versions("1.1.0") } },
      { firstSeen: (ref) => (ref.version === "1.1.0" ? firstSeen : undefined) },
    );
    expect(gathered.firstSeen).toEqual({ state: "known", value: firstSeen });
    expect(checked.verdict.decision).toBe("block");
    expect(checked.verdict.reasons.map(({ code, hard }) => [code, hard])).toEqual([
      ["bytes-changed", true],
      ["score", false],
    ]);
    expect(checked.verdict.findings.map(({ signal }) => signal)).toEqual([
      "bytes-differ-from-first-seen",
    ]);
  });

  it.each([
    ["an old version is not asked about", 3 * HOUR_MS, undefined, "allow"],
    ["a young one is held", HOUR_MS, undefined, "hold"],
    ["a young one that is exempt passes", HOUR_MS, "policy excludes it", "allow"],
  ])("by age: %s", async (_what, ageMs, exemption, decision) => {
    const asked: string[] = [];
    const { checked, gathered } = await gatheredFor(
      { packages: { subject: { "1.0.0": {}, "1.1.0": { ageMs } } } },
      {
        exemptionOf: (ref) => {
          asked.push(ref.version);
          return Promise.resolve(exemption);
        },
      },
    );
    expect(gathered.age).toEqual({
      state: "known",
      value: {
        nowMs: NOW_MS,
        publishedAtMs: NOW_MS - ageMs,
        minVersionAgeMs: 2 * HOUR_MS,
        exemption,
      },
    });
    expect(asked).toEqual(ageMs > 2 * HOUR_MS ? [] : ["1.1.0"]);
    expect(checked.verdict.decision).toBe(decision);
  });

  it("asks for an exemption of a version without a date, whose age is unknown", async () => {
    const { checked, gathered } = await gatheredFor(
      { packages: { subject: { "1.0.0": {}, "1.1.0": { ageMs: null } } } },
      { exemptionOf: () => Promise.resolve(undefined) },
    );
    expect(gathered.age).toMatchObject({ value: { publishedAtMs: undefined } });
    expect(checked.verdict.unknown.map(({ signal }) => signal)).toEqual(["is-too-young"]);
  });
});
