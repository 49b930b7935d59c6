import { describe, expect, it } from "vitest";
import { gatheredFor } from "../test/support/checking.ts";
import { DAY_MS, HOUR_MS, NOW_MS } from "../test/support/fake-registry.ts";
import { tarball } from "../test/support/tarball.ts";

describe("what checkRelease decides", () => {
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
    expect(checked.treeSha256).toBeUndefined();
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
      { packages: { subject: { "1.1.0": {} } } },
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
    expect(checked.verdict.unknown.map(({ signal }) => signal)).toEqual([
      "is-too-young",
      "provenance-is-false",
      "provenance-is-weaker",
    ]);
  });
});
