import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ABSENT, expectationOf, provenanceOf, verifiedAs } from "../../test/support/provenance.ts";
import { complianceOf, expectationsFor, type Expectation } from "./expectation.ts";
import type { Evidence, Provenance } from "./provenance.ts";

const UNKNOWN: Evidence<Provenance> = { state: "unknown", why: "nobody answered" };

function failed(cause: "false" | "untrusted" | "unsupported"): Evidence<Provenance> {
  return { state: "failed", step: "signature", cause, why: "It does not match." };
}

describe("expectationsFor", () => {
  it("takes those of the name and of its scope", () => {
    const all = ["@acme/widgets", "@acme/*", "widgets", "@acm/*", "@acme/widgets-2"].map((name) =>
      expectationOf({ package: name }),
    );
    const found = expectationsFor("@acme/widgets", all);
    expect(found.map((each) => each.package)).toEqual(["@acme/widgets", "@acme/*"]);
  });
});

describe("complianceOf", () => {
  const demanded = [expectationOf()];
  const optional = [expectationOf({ required: false, runner: "hosted" })];

  it.each<[what: string, Evidence<Provenance>, readonly Expectation[], unknown]>([
    [
      "verified, all there is to demand",
      verifiedAs(provenanceOf()),
      demanded,
      { state: "fulfilled" },
    ],
    [
      "absent where it is demanded",
      ABSENT,
      [...optional, ...demanded],
      {
        state: "violated",
        violations: [{ what: "provenance", expected: "verified", found: undefined }],
      },
    ],
    ["absent where it is not", ABSENT, optional, { state: "absent" }],
    [
      "false",
      failed("false"),
      optional,
      {
        state: "violated",
        violations: [{ what: "provenance", expected: "verified", found: "It does not match." }],
      },
    ],
    [
      "untrusted",
      failed("untrusted"),
      demanded,
      { state: "unverified", required: true, why: "It does not match." },
    ],
    [
      "unsupported",
      failed("unsupported"),
      optional,
      { state: "unverified", required: false, why: "It does not match." },
    ],
    [
      "unknown where it is demanded",
      UNKNOWN,
      demanded,
      { state: "unverified", required: true, why: "nobody answered" },
    ],
    [
      "unknown where it is not",
      UNKNOWN,
      optional,
      { state: "unverified", required: false, why: "nobody answered" },
    ],
  ])("%s", (_what, evidence, expectations, expected) => {
    expect(complianceOf(evidence, expectations)).toEqual(expected);
  });

  it.each<[field: keyof Expectation, right: string, wrong: string]>([
    ["repository", "https://github.com/ACME/widgets", "https://github.com/acme/widget"],
    ["repositoryId", "1001", "100"],
    ["ownerId", "77", "7"],
    ["workflow", ".github/workflows/*.yml", ".github/workflows/Release.yml"],
    [
      "signer",
      "https://github.com/acme/*/.github/workflows/release.yml@refs/tags/v*",
      "https://github.com/acme/widgets/.github/workflows/release.yml",
    ],
    ["builder", "https://github.com/actions/runner/*", "https://github.com/actions/runner"],
    ["runner", "hosted", "self-hosted"],
    ["ref", "refs/tags/v1.0.0", "refs/tags/v1.0"],
    ["issuer", "https://token.actions.githubusercontent.com", "https://token.actions.github.com"],
  ])("holds for %s and names what is violated", (field, right, wrong) => {
    const provenance = provenanceOf();
    const found = provenance[field as keyof Provenance];
    const evidence = verifiedAs(provenance);
    expect([
      complianceOf(evidence, [expectationOf({ [field]: right })]),
      complianceOf(evidence, [expectationOf({ [field]: wrong })]),
    ]).toEqual([
      { state: "fulfilled" },
      { state: "violated", violations: [{ what: field, expected: wrong, found }] },
    ]);
  });

  it("counts a number that is not named as another one", () => {
    const evidence = verifiedAs(provenanceOf({ repositoryId: undefined }));
    expect(complianceOf(evidence, [expectationOf({ repositoryId: "1001" })])).toEqual({
      state: "violated",
      violations: [{ what: "repositoryId", expected: "1001", found: undefined }],
    });
  });

  it("never gets milder with another expectation", () => {
    const wanted = fc.record({
      required: fc.boolean(),
      repository: fc.constantFrom(undefined, "https://github.com/acme/*", "https://github.com/a/b"),
      runner: fc.constantFrom("any" as const, "hosted" as const, "self-hosted" as const),
    });
    const evidence = fc.constantFrom<Evidence<Provenance>>(
      verifiedAs(provenanceOf()),
      ABSENT,
      UNKNOWN,
      failed("false"),
      failed("untrusted"),
    );
    const weight = (given: ReturnType<typeof complianceOf>): number =>
      ({
        fulfilled: 0,
        absent: 0,
        unverified: given.state === "unverified" && given.required ? 2 : 1,
        violated: 3,
      })[given.state];
    fc.assert(
      fc.property(evidence, fc.array(wanted), wanted, (given, before, added) => {
        const expectations = before.map((each) => expectationOf(each));
        const one = complianceOf(given, expectations);
        const other = complianceOf(given, [...expectations, expectationOf(added)]);
        expect(weight(other)).toBeGreaterThanOrEqual(weight(one));
      }),
    );
  });
});
