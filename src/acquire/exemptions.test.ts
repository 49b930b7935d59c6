import { describe, expect, it } from "vitest";
import {
  fakeRegistry,
  forwardAnswer,
  HOUR_MS,
  NOW_MS,
  type FakeVersion,
  type FakeWorld,
} from "../../test/support/fake-registry.ts";
import { DEFAULT_POLICY } from "../judge/defaults.ts";
import { Failure } from "../model/failure.ts";
import { npmRef } from "../model/package-ref.ts";
import type { CoolingPolicy, PolicyException } from "../model/policy.ts";
import { createExemptions } from "./exemptions.ts";

const REF = npmRef("@corp/subject", "1.1.0");

const EXCEPTION: PolicyException = {
  package: "@corp/subject",
  version: "1.1.0",
  sha512: "ab".repeat(64),
  reason: "we wrote it",
  owner: "ann@corp.invalid",
  expiresAtMs: NOW_MS + 1,
};

function exemptionsOf(
  cooling: Partial<CoolingPolicy>,
  world: FakeWorld = {},
  exceptions: readonly PolicyException[] = [],
) {
  const registry = fakeRegistry(world);
  const rules = {
    cooling: { ...DEFAULT_POLICY.cooling, allowSecurityFixes: false, exclude: [], ...cooling },
    exceptions,
  };
  return { registry, exemptionOf: createExemptions(registry, rules, () => NOW_MS) };
}

describe("an exemption by name", () => {
  it.each([
    ["@corp/subject", "policy excludes @corp/subject from cooling"],
    ["@corp/*", "policy excludes @corp/* from cooling"],
    ["@corp", undefined],
    ["@cor/*", undefined],
    ["subject", undefined],
    ["*", undefined],
  ])("under the rule %s is %s, and asks nobody", async (rule, expected) => {
    const exclude = [{ package: rule, withDependencies: false }];
    const { exemptionOf, registry } = exemptionsOf({ exclude });
    expect([await exemptionOf(REF), registry.asked]).toEqual([expected, []]);
  });
});

describe("an exemption by exception", () => {
  it.each<[what: string, changed: Partial<PolicyException>, expected: string | undefined]>([
    ["that holds", {}, "ann@corp.invalid approved it: we wrote it"],
    ["that ends now", { expiresAtMs: NOW_MS }, undefined],
    ["that is over", { expiresAtMs: NOW_MS - 1 }, undefined],
    ["for another version", { version: "1.1.1" }, undefined],
    ["for another package", { package: "subject" }, undefined],
  ])("%s", async (_what, changed, expected) => {
    const { exemptionOf } = exemptionsOf({}, {}, [{ ...EXCEPTION, ...changed }]);
    expect(await exemptionOf(REF)).toBe(expected);
  });
});

describe("an exemption with dependencies", () => {
  const needs = (...names: readonly string[]): Record<string, FakeVersion> => ({
    "1.0.0": { manifest: { dependencies: Object.fromEntries(names.map((name) => [name, "1"])) } },
  });
  const exclude = [{ package: "root", withDependencies: true }];
  const WORDS = "policy excludes root with its dependencies from cooling";
  const packages = {
    root: needs("middle"),
    middle: {
      "1.0.0": {
        manifest: {
          dependencies: { root: "1", "named-here": "npm:named-there@1" },
          optionalDependencies: { leaf: "1" },
          devDependencies: { tester: "1" },
        },
      },
    },
  };

  it.each([
    ["middle", WORDS],
    ["leaf", WORDS],
    ["named-there", WORDS],
    ["named-here", undefined],
    ["tester", undefined],
    ["stranger", undefined],
  ])("of %s is %s", async (name, expected) => {
    const { exemptionOf } = exemptionsOf({ exclude }, { packages });
    expect(await exemptionOf(npmRef(name, "1.0.0"))).toBe(expected);
  });

  it("does not reach the dependencies of a rule that stands without them, nor of a scope", async () => {
    const rules = [
      { package: "root", withDependencies: false },
      { package: "@corp/*", withDependencies: true },
    ];
    const { exemptionOf, registry } = exemptionsOf({ exclude: rules }, { packages });
    expect([await exemptionOf(npmRef("middle", "1.0.0")), registry.asked]).toEqual([undefined, []]);
  });

  it("asks for each package once, whoever wants to know", async () => {
    const { exemptionOf, registry } = exemptionsOf({ exclude }, { packages });
    await Promise.all(
      ["leaf", "leaf", "stranger"].map((name) => exemptionOf(npmRef(name, "1.0.0"))),
    );
    expect(registry.asked).toEqual([
      "packument root",
      "packument middle",
      "packument named-there",
      "packument leaf",
    ]);
  });

  it("ends somewhere, however far the dependencies reach", async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        index === 0 ? "root" : `link-${String(index)}`,
        needs(`link-${String(index + 1)}`),
      ]),
    );
    const { exemptionOf, registry } = exemptionsOf({ exclude }, { packages: chain });
    expect(await exemptionOf(npmRef("link-399", "1.0.0"))).toBe(WORDS);
    expect(await exemptionOf(npmRef("link-999", "1.0.0"))).toBeUndefined();
    expect(registry.asked).toHaveLength(400);
  });

  it("is nobody's where the registry fails, and hides no mistake of ours", async () => {
    const failing = (error: Error) =>
      exemptionsOf({ exclude }, { packages, failures: { root: error } });
    const middle = npmRef("middle", "1.0.0");
    const mistake = new TypeError("a mistake");
    expect(await failing(new Failure("offline", "No.")).exemptionOf(middle)).toBeUndefined();
    await expect(failing(mistake).exemptionOf(middle)).rejects.toBe(mistake);
  });
});

describe("an exemption for a security fix", () => {
  const young = { ageMs: HOUR_MS };
  const packages = { subject: { "0.9.0": {}, "1.0.0": {}, "1.0.1": young, "1.1.0": young } };
  const advisory = (range: string, id = "GHSA-1"): object => ({
    url: `https://a.invalid/${id}`,
    title: "Leaks\u001b[2J",
    vulnerable_versions: range,
  });

  async function exempt(
    advisories: readonly object[],
    rest: { version?: string; allow?: boolean; world?: FakeWorld } = {},
  ): Promise<string | undefined> {
    const forward = () =>
      Promise.resolve(forwardAnswer(200, JSON.stringify({ subject: advisories })));
    const { exemptionOf } = exemptionsOf(
      { allowSecurityFixes: rest.allow ?? true },
      { packages, forward, ...rest.world },
    );
    return exemptionOf(npmRef("subject", rest.version ?? "1.1.0"));
  }

  it("is given where waiting would leave the vulnerable version", async () => {
    expect(await exempt([advisory(">=1.0.0 <1.0.1")])).toBe(
      "it fixes GHSA-1 (Leaks\\u{1b}[2J) of 1.0.0",
    );
  });

  it.each<[what: string, advisories: readonly object[]]>([
    ["nothing is published", []],
    ["the version one would fall back to is not affected", [advisory("<1.0.0")]],
    ["the young one in between was affected, and only that", [advisory("=1.0.1")]],
    ["the new version is still affected", [advisory("<2.0.0")]],
    [
      "something is published against the new version alone",
      [advisory("<1.0.1"), advisory(">=1.0.1", "MAL-1")],
    ],
    ["the range is no range", [advisory("nonsense\u0000")]],
  ])("is not given where %s", async (_what, advisories) => {
    expect(await exempt(advisories)).toBeUndefined();
  });

  it("is given although another advisory stays open in both", async () => {
    expect(await exempt([advisory("*", "GHSA-0"), advisory("<1.0.1")])).toBe(
      "it fixes GHSA-1 (Leaks\\u{1b}[2J) of 1.0.0",
    );
  });

  it("is not given where policy does not, to a pre-release, or where there is nothing to fall back to", async () => {
    const fix = [advisory("<1.0.1")];
    expect([
      await exempt(fix, { allow: false }),
      await exempt(fix, { version: "1.1.0-rc.1" }),
      await exempt(fix, { world: { packages: { subject: { "1.0.0": young, "1.1.0": young } } } }),
      await exempt(fix, { world: { packages: {} } }),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("is not given where the registry fails, and hides no mistake of ours", async () => {
    const fix = [advisory("<1.0.1")];
    const failing = (error: Error) => exempt(fix, { world: { failures: { subject: error } } });
    const mistake = new TypeError("a mistake");
    expect(await failing(new Failure("timed-out", "No."))).toBeUndefined();
    await expect(failing(mistake)).rejects.toBe(mistake);
  });
});
