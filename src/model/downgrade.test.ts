import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ABSENT,
  evidenceOf,
  provenanceOf,
  rememberedOf,
  verifiedAs,
} from "../../test/support/provenance.ts";
import { downgradeOf, type Downgrade, type Past } from "./downgrade.ts";
import { originOf } from "./origin.ts";
import type { PackageEvidence, Provenance } from "./provenance.ts";

const NONE = evidenceOf(ABSENT);
const NOT_KNOWN = evidenceOf({ state: "unknown", why: "nobody answered" });

function proven(changed: Partial<Provenance> = {}): PackageEvidence {
  return evidenceOf(verifiedAs(provenanceOf(changed)));
}

function past(
  predecessors: Readonly<Record<string, PackageEvidence>>,
  rest: Partial<Past> = {},
): Past {
  return {
    versions: [],
    predecessors: Object.entries(predecessors).map(([version, evidence]) => ({
      version,
      evidence,
    })),
    remembered: [],
    ...rest,
  };
}

function kindsOf(downgrade: Downgrade): unknown {
  return downgrade.state === "weaker"
    ? downgrade.weaknesses.map(({ kind, than }) => `${kind} than ${than}`)
    : downgrade.state;
}

const GONE = "provenance-gone than 1.0.0";

describe("downgradeOf", () => {
  it.each<[what: string, PackageEvidence, Past, unknown]>([
    ["proven as before", proven(), past({ "1.0.0": proven() }), "as-strong"],
    ["no longer proven", NONE, past({ "1.0.0": proven() }), [GONE]],
    ["proven at last", proven(), past({ "1.0.0": NONE }), "as-strong"],
    ["never proven", NONE, past({ "1.0.0": NONE }), "as-strong"],
    ["not known, before proven", NOT_KNOWN, past({ "1.0.0": proven() }), "unknown"],
    ["not known, before not proven", NOT_KNOWN, past({ "1.0.0": NONE }), "as-strong"],
    ["not known, before not known", NOT_KNOWN, past({ "1.0.0": NOT_KNOWN }), "unknown"],
    ["proven, before not known", proven(), past({ "1.0.0": NOT_KNOWN }), "unknown"],
    ["not proven, before not known", NONE, past({ "1.0.0": NOT_KNOWN }), "unknown"],
    ["nothing before", proven(), past({}), "inapplicable"],
    ["nothing before, not known", NOT_KNOWN, past({}), "inapplicable"],
    ["not proven, a newer major is", NONE, past({ "1.0.0": NONE, "2.0.0": proven() }), "as-strong"],
  ])("%s", (_what, evidence, before, expected) => {
    expect(kindsOf(downgradeOf("1.0.1", evidence, before))).toEqual(expected);
  });

  it("says what it was, what it is, and whether it was always so", () => {
    const before = past({ "1.0.0": proven(), "0.9.0": NONE });
    const failing = evidenceOf({
      state: "failed",
      step: "signature",
      cause: "false",
      why: "The \u001bsignature does not match.",
    });
    expect([
      downgradeOf("1.1.0", failing, past({ "1.0.0": proven(), "1.0.1": NONE })),
      downgradeOf("1.1.0", proven({ runner: "self-hosted" }), before),
    ]).toEqual([
      {
        state: "weaker",
        weaknesses: [
          {
            kind: "provenance-fails",
            than: "1.0.0",
            always: false,
            why: "Its provenance does not verify (The \\u{1b}signature does not match); 1.0.0 was proven to come from https://github.com/acme/widgets.",
          },
        ],
      },
      {
        state: "weaker",
        weaknesses: [
          {
            kind: "weaker-runner",
            than: "1.0.0",
            always: true,
            why: "Its runner is self-hosted; that of 1.0.0 was hosted.",
          },
        ],
      },
    ]);
  });

  describe("with what is remembered", () => {
    it.each<[what: string, PackageEvidence, Past, unknown]>([
      [
        "of a predecessor that the registry says nothing of",
        NONE,
        past({}, { remembered: [rememberedOf("1.0.0")] }),
        ["provenance-gone than 1.0.0 (as seen here on 2026-04-01)"],
      ],
      [
        "of a predecessor that could not be asked about",
        proven({ repositoryId: "2" }),
        past({ "1.0.0": NOT_KNOWN }, { remembered: [rememberedOf("1.0.0")] }),
        ["other-repository than 1.0.0 (as seen here on 2026-04-01)"],
      ],
      [
        "of itself and of a predecessor, each loss once",
        proven({ repositoryId: "2" }),
        past({ "1.0.0": proven({ runner: "hosted" }) }, { remembered: [rememberedOf("1.0.1")] }),
        ["other-repository than 1.0.1 (as seen here on 2026-04-01)"],
      ],
      [
        "of itself as it is, which does not excuse what its predecessor had",
        proven({ repositoryId: "2" }),
        past({ "1.0.0": proven() }, { remembered: [rememberedOf("1.0.1", { repositoryId: "2" })] }),
        ["other-repository than 1.0.0"],
      ],
      [
        "of itself, and now it is not known",
        NOT_KNOWN,
        past({ "1.0.0": NONE }, { remembered: [rememberedOf("1.0.1")] }),
        "unknown",
      ],
      [
        "of itself as it is, and nothing before",
        proven(),
        past({}, { remembered: [rememberedOf("1.0.1")] }),
        "as-strong",
      ],
    ])("%s", (_what, evidence, before, expected) => {
      expect(kindsOf(downgradeOf("1.0.1", evidence, before))).toEqual(expected);
    });
  });

  it("never alarms about an origin that one of the compared versions had", () => {
    const maybe = (...ids: string[]): fc.Arbitrary<string | undefined> =>
      fc.constantFrom(undefined, ...ids);
    const provenance = fc
      .record({
        repositoryId: maybe("1", "2"),
        ownerId: maybe("1", "2"),
        repository: fc.constantFrom("https://github.com/a/b", "https://github.com/c/d"),
        workflow: fc.constantFrom("a.yml", "b.yml"),
        ref: fc.constantFrom("refs/tags/v1", "refs/heads/main", "refs/heads/x", "refs/pull/1"),
        runner: fc.constantFrom("hosted" as const, "self-hosted" as const, "unknown" as const),
        signer: fc.constantFrom("https://github.com/a/b/a.yml@refs/x", "ann@corp.invalid", ""),
        builder: fc.constantFrom("x@1", "https://github.com/actions/runner/x", "/-/runners/1"),
        issuer: fc.constantFrom("https://a.invalid", "https://b.invalid"),
      })
      .map(provenanceOf);
    const evidence = fc
      .tuple(provenance, fc.constantFrom(undefined, "github"))
      .map(([value, trustedPublisher]) => evidenceOf(verifiedAs(value), { trustedPublisher }));
    fc.assert(
      fc.property(evidence, fc.array(evidence, { maxLength: 2 }), (own, others) => {
        const before = Object.fromEntries(
          [own, ...others].map((each, index) => [`1.0.${String(index)}`, each]),
        );
        expect(downgradeOf("1.0.9", own, past(before))).toEqual({ state: "as-strong" });
      }),
    );
  });
});

describe("originOf", () => {
  it("keeps what was verified, and the registry's word of a trusted publisher", () => {
    const {
      version: _version,
      sha512: _sha512,
      seenAtMs: _seenAtMs,
      ...origin
    } = rememberedOf("1.0.0");
    expect([
      originOf(proven()),
      originOf({ ...proven(), trustedPublisher: "github" }),
      originOf(NONE),
      originOf({ ...NONE, trustedPublisher: "github" }),
      originOf(NOT_KNOWN),
    ]).toEqual([origin, { ...origin, rank: "trusted-publisher" }, undefined, undefined, undefined]);
  });
});
