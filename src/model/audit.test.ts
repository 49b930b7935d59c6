import { describe, expect, it } from "vitest";
import { ABSENT, evidenceOf, provenanceOf, verifiedAs } from "../../test/support/provenance.ts";
import { faultsOf, stateOf, summaryOf, type AuditedPackage } from "./audit.ts";
import type { LockedSource } from "./lockfile.ts";

const UNKNOWN = { state: "unknown", why: "nobody answered" } as const;
const FAILED = { state: "failed", step: "artifact", cause: "false", why: "Other bytes." } as const;

const PROVEN: AuditedPackage = {
  locked: {
    name: "widget",
    version: "1.0.0",
    source: "registry",
    integrity: undefined,
    resolved: undefined,
    locations: ["node_modules/widget"],
    dev: false,
    optional: false,
  },
  evidence: evidenceOf(verifiedAs(provenanceOf())),
  artifact: {
    lockfile: verifiedAs({ algorithm: "sha512" }),
    tarball: ABSENT,
    installed: ABSENT,
  },
  compliance: undefined,
  downgrade: { state: "as-strong" },
};

const from = (source: LockedSource): AuditedPackage => ({
  ...PROVEN,
  locked: { ...PROVEN.locked, source },
  evidence: evidenceOf(UNKNOWN, { registrySignature: UNKNOWN, publish: UNKNOWN }),
});

const UNSIGNED = evidenceOf(PROVEN.evidence.provenance, { registrySignature: ABSENT });
const WEAKNESS = {
  kind: "other-ref",
  than: "0.9.0",
  always: true,
  why: "Its ref is another.",
} as const;

describe("an audited package", () => {
  it.each<[state: string, faults: readonly string[], what: string, audited: AuditedPackage]>([
    ["verified", [], "everything is verified", PROVEN],
    [
      "verified",
      [],
      "an expectation is fulfilled",
      { ...PROVEN, compliance: { state: "fulfilled" } },
    ],
    ["absent", ["absent"], "there is no provenance", { ...PROVEN, evidence: evidenceOf(ABSENT) }],
    [
      "absent",
      ["absent", "unsigned"],
      "the registry did not sign it",
      { ...PROVEN, evidence: UNSIGNED },
    ],
    ["unknown", ["unknown"], "provenance is unknown", { ...PROVEN, evidence: evidenceOf(UNKNOWN) }],
    ["unknown", ["unknown"], "earlier versions are unknown", { ...PROVEN, downgrade: UNKNOWN }],
    [
      "unknown",
      ["unknown"],
      "an expectation could not be checked",
      { ...PROVEN, compliance: { state: "unverified", required: true, why: "nobody answered" } },
    ],
    [
      "unknown",
      ["unknown"],
      "digests could not be compared",
      { ...PROVEN, artifact: { ...PROVEN.artifact, lockfile: UNKNOWN } },
    ],
    [
      "unknown",
      ["unknown", "unsigned", "absent"],
      "one part is missing and another unknown",
      { ...PROVEN, evidence: evidenceOf(ABSENT, { registrySignature: ABSENT, publish: UNKNOWN }) },
    ],
    ["failed", ["failed"], "provenance fails", { ...PROVEN, evidence: evidenceOf(FAILED) }],
    [
      "failed",
      ["failed"],
      "the publish attestation fails, whatever else is unknown",
      { ...PROVEN, evidence: evidenceOf(UNKNOWN, { publish: FAILED }) },
    ],
    [
      "failed",
      ["failed"],
      "other files are installed",
      { ...PROVEN, artifact: { ...PROVEN.artifact, installed: FAILED } },
    ],
    [
      "failed",
      ["failed"],
      "it is weaker than before",
      { ...PROVEN, downgrade: { state: "weaker", weaknesses: [WEAKNESS] } },
    ],
    [
      "failed",
      ["failed"],
      "it is not as expected",
      {
        ...PROVEN,
        compliance: {
          state: "violated",
          violations: [{ what: "ref", expected: "refs/tags/v*", found: undefined }],
        },
      },
    ],
    ["outside", ["outside"], "it comes from git", from("git")],
    ["outside", ["outside"], "it is part of the project", from("workspace")],
    ["unknown", ["unknown"], "the lockfile does not say whence it comes", from("unclear")],
  ])("is %s with %j where %s", (state, faults, _what, audited) => {
    expect([stateOf(audited), faultsOf(audited)]).toEqual([state, faults]);
  });

  it("is counted by its state", () => {
    const packages = [PROVEN, PROVEN, from("git"), { ...PROVEN, downgrade: UNKNOWN }];
    expect(summaryOf(packages)).toEqual({
      failed: 0,
      unknown: 1,
      absent: 0,
      verified: 2,
      outside: 1,
    });
  });
});
