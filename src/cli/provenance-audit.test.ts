import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  attesting,
  auditedProject,
  BOX,
  genuineAttestations,
  genuineSigned,
  genuineVersion,
  GUNDAM,
  integrityOfGenuine,
  LATER_SIGSTORE,
  lockedEntry,
  policyFor,
  SIGSTORE,
  type AuditedProject,
} from "../../test/support/audited-project.ts";
import type { FixtureVersion } from "../../test/support/registry/packages.ts";
import { genuineBytes, hasGenuine } from "../../test/support/sigstore/bases.ts";
import { put, type Path } from "../../test/support/sigstore/edit.ts";
import { email } from "../../test/support/sigstore/signers.ts";
import { githubProvenance } from "../../test/support/sigstore/statements.ts";
import type { Json, JsonObject } from "../model/canonical.ts";

const NPM_KEY = "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA";
const BOX_KEY = BOX.registryKeys.current.keyId;

const ABSENT = { state: "absent" };
const failed = (step: string, why: string, cause = "false"): JsonObject => ({
  state: "failed",
  step,
  cause,
  why,
});
const unknown = (why: string): JsonObject => ({ state: "unknown", why });

const WITHHELD = failed(
  "bundle",
  "The registry claims to have attestations, and does not hand them out.",
  "untrusted",
);
const NO_EARLIER = {
  state: "inapplicable",
  why: "there is no earlier version to compare it with",
};

const publishedAt = (loggedAtMs: number): object => ({
  state: "verified",
  keyId: NPM_KEY,
  registry: expect.stringMatching(/^https:\/\/registry\.[^/]+$/),
  loggedAtMs,
});

const ARTIFACT = {
  state: "verified",
  lockfile: { state: "verified", algorithm: "sha512" },
  tarball: ABSENT,
  installed: ABSENT,
};

/** What is reported of the genuine packages. */
const SIGSTORE_ROW = {
  ref: "pkg:npm/sigstore@1.0.0",
  name: "sigstore",
  version: "1.0.0",
  source: "registry",
  resolved: null,
  locations: ["node_modules/sigstore"],
  dev: false,
  optional: false,
  state: "verified",
  shield:
    "Published from github.com/sigstore/sigstore-js@06528997c3c8ab9f864fad9a3658446aca7fd86d via GitHub Actions",
  provenance: {
    state: "verified",
    predicateType: "https://slsa.dev/provenance/v0.2",
    buildType: "https://github.com/npm/cli/gha@v0",
    ci: "github-actions",
    issuer: "https://token.actions.githubusercontent.com",
    signer:
      "https://github.com/sigstore/sigstore-js/.github/workflows/publish.yml@refs/tags/v1.0.0",
    repository: "https://github.com/sigstore/sigstore-js",
    repositoryId: null,
    ownerId: null,
    commit: "06528997c3c8ab9f864fad9a3658446aca7fd86d",
    ref: "refs/tags/v1.0.0",
    workflow: ".github/workflows/publish.yml",
    builder: "https://github.com/npm/cli@9.4.2",
    runner: "unknown",
    trigger: "release",
    runUrl: null,
    startedAtMs: null,
    finishedAtMs: null,
    signedAtMs: 1675965360000,
  },
  publish: publishedAt(1675965362000),
  registrySignature: { state: "verified", keyId: NPM_KEY },
  trustedPublisher: null,
  artifact: ARTIFACT,
  expectation: { state: "none" },
  downgrade: NO_EARLIER,
};

const GUNDAM_ROW = {
  ref: "pkg:npm/gundam-visor@1.0.1",
  name: "gundam-visor",
  version: "1.0.1",
  source: "registry",
  resolved: null,
  locations: ["node_modules/gundam-visor"],
  dev: false,
  optional: false,
  state: "verified",
  shield:
    "Published from github.com/ramonpetgrave64/gundam-visor@599500821344b070902a7a5666064bfdaba715df via GitHub Actions",
  provenance: {
    state: "verified",
    predicateType: "https://slsa.dev/provenance/v1",
    buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
    ci: "github-actions",
    issuer: "https://token.actions.githubusercontent.com",
    signer:
      "https://github.com/ramonpetgrave64/gundam-visor/.github/workflows/npm-publish.yml@refs/tags/v1.0.1",
    repository: "https://github.com/ramonpetgrave64/gundam-visor",
    repositoryId: "810002373",
    ownerId: "32398091",
    commit: "599500821344b070902a7a5666064bfdaba715df",
    ref: "refs/tags/v1.0.1",
    workflow: ".github/workflows/npm-publish.yml",
    builder: "https://github.com/actions/runner/github-hosted",
    runner: "hosted",
    trigger: "release",
    runUrl: "https://github.com/ramonpetgrave64/gundam-visor/actions/runs/9358004112/attempts/1",
    startedAtMs: null,
    finishedAtMs: null,
    signedAtMs: 1717453079000,
  },
  publish: publishedAt(1717453081000),
  registrySignature: { state: "verified", keyId: BOX_KEY },
  trustedPublisher: null,
  artifact: ARTIFACT,
  expectation: { state: "none" },
  downgrade: NO_EARLIER,
};

const NOTHING = { failed: 0, unknown: 0, absent: 0, verified: 0, outside: 0 };

interface Given {
  /** Laid over gundam-visor as the registry has it. */
  readonly gundam?: Partial<FixtureVersion>;
  /** Laid over sigstore 1.0.0. */
  readonly sigstore?: Partial<FixtureVersion>;
  /** Its lockfile entry. */
  readonly locked?: JsonObject;
}

const LOCKED = {
  sigstore: lockedEntry("1.0.0", hasGenuine ? integrityOfGenuine(SIGSTORE) : ""),
  gundam: lockedEntry("1.0.1", hasGenuine ? integrityOfGenuine(GUNDAM) : ""),
};

function project({ gundam, locked, sigstore }: Given = {}): Promise<AuditedProject> {
  return auditedProject(
    {
      sigstore: { "1.0.0": { ...genuineVersion(SIGSTORE), ...sigstore } },
      "gundam-visor": { "1.0.1": { ...genuineVersion(GUNDAM), ...gundam } },
    },
    {
      "node_modules/sigstore": LOCKED.sigstore,
      "node_modules/gundam-visor": locked ?? LOCKED.gundam,
    },
  );
}

/** The whole document, from what differs from a report in which everything is verified. */
function report(
  { folder, registry }: AuditedProject,
  rows: readonly object[],
  summary: Partial<typeof NOTHING>,
): object {
  return {
    lockfile: { path: `${folder}/package-lock.json`, format: "npm", passedOver: [] },
    packages: rows,
    summary: { ...NOTHING, ...summary },
    trust: [{ registry: registry.url, kind: "file", asOf: null, note: null }],
    elapsedMs: expect.any(Number),
  };
}

async function audited(
  audit: AuditedProject,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly report: unknown }> {
  const { code, printed, said } = await audit.audit("--json", ...args);
  expect([said, printed.split("\n").length]).toEqual(["", 2]);
  return { code, report: JSON.parse(printed) };
}

const ABOUT_SIGSTORE =
  "The statement is about pkg:npm/sigstore@1.0.0, not about gundam-visor@1.0.1.";

const PROVENANCE_V1 = "https://slsa.dev/provenance/v1";
const [PUBLISH, PROVENANCE] = [0, 1];

const attested = (document: Json): Partial<FixtureVersion> => ({
  origin: () => attesting(document),
});

/** gundam-visor's attestations with one thing changed. */
function edited(path: Path, value: Json | undefined): Json {
  return put(genuineAttestations(GUNDAM), path, value);
}

function byEmail(): Json {
  const { name, version } = GUNDAM;
  const sha512 = hash("sha512", genuineBytes(GUNDAM.tarball), "hex");
  const statement = githubProvenance({ name, version, sha512 });
  const bundle = BOX.attest({ statement, signer: email("eve@example.invalid") });
  return { attestations: [{ predicateType: PROVENANCE_V1, bundle }] };
}

const signedBy = (which: "current" | "retired", integrity: string): JsonObject =>
  BOX.signRelease({ name: GUNDAM.name, version: GUNDAM.version, integrity }, which);

const withDist = (changed: JsonObject): Partial<FixtureVersion> => ({
  dist: { ...genuineVersion(GUNDAM).dist, ...changed },
});

describe.skipIf(!hasGenuine)("veln provenance audit of what npm's is wrong about", () => {
  it("verifies genuine packages", async () => {
    const audit = await project();
    expect(await audited(audit)).toEqual({
      code: 0,
      report: report(audit, [SIGSTORE_ROW, GUNDAM_ROW], { verified: 2 }),
    });
  });

  it.each<[what: string, given: () => Given, changed: object]>([
    [
      "an empty list of attestations",
      () => ({ gundam: attested({ attestations: [] }) }),
      { shield: null, provenance: WITHHELD, publish: WITHHELD },
    ],
    [
      "nothing but a bundle by an e-mail identity",
      () => ({ gundam: attested(byEmail()) }),
      {
        shield: null,
        publish: ABSENT,
        provenance: failed(
          "identity",
          "It is signed by a person, eve@example.invalid, not by a build service.",
        ),
      },
    ],
    [
      "provenance labelled as another predicate type",
      () => ({
        gundam: attested(
          edited(["attestations", PROVENANCE, "predicateType"], "https://example.invalid/other/v1"),
        ),
      }),
      {
        shield: null,
        publish: failed(
          "statement",
          "The registry labels the statement as another kind than it is.",
        ),
        provenance: failed(
          "statement",
          "The registry labels the statement as another kind than it is.",
        ),
      },
    ],
    [
      "a bogus registry signature",
      () => ({ gundam: withDist({ signatures: [signedBy("current", "sha512-AA==")] }) }),
      {
        shield: null,
        registrySignature: failed(
          "registry-signature",
          "The registry's signature is not for this name and integrity.",
        ),
      },
    ],
    [
      "an altered time of the log",
      () => ({
        gundam: attested(
          edited(
            [
              ...["attestations", PROVENANCE, "bundle", "verificationMaterial"],
              ...["tlogEntries", 0, "integratedTime"],
            ],
            "1717453080",
          ),
        ),
      }),
      {
        shield: null,
        provenance: failed("log-promise", "The log's promise is not signed by the log."),
      },
    ],
    [
      "another package's attestations",
      () => ({ gundam: attested(genuineAttestations(SIGSTORE)) }),
      {
        shield: null,
        publish: failed("artifact", ABOUT_SIGSTORE),
        provenance: failed("artifact", ABOUT_SIGSTORE),
      },
    ],
    [
      "an attestation endpoint that answers 404",
      () => ({ gundam: { origin: () => ({}) } }),
      { shield: null, publish: WITHHELD, provenance: WITHHELD },
    ],
    [
      "an answer without the attestations field",
      () => ({ gundam: attested({}) }),
      {
        shield: null,
        publish: failed("bundle", "The registry's answer is no list of attestations."),
        provenance: failed("bundle", "The registry's answer is no list of attestations."),
      },
    ],
    [
      "a publish attestation that is left out",
      () => ({ gundam: attested(edited(["attestations", PUBLISH], undefined)) }),
      { publish: ABSENT, state: "verified" },
    ],
    [
      "provenance that is left out",
      () => ({ gundam: attested(edited(["attestations", PROVENANCE], undefined)) }),
      { shield: null, provenance: WITHHELD },
    ],
  ])("tells of %s, and of that package alone", async (_what, given, changed) => {
    const audit = await project(given());
    const row = { ...GUNDAM_ROW, state: "failed", ...changed };
    const isFine = row.state === "verified";
    expect(await audited(audit)).toEqual({
      code: isFine ? 0 : 1,
      report: report(
        audit,
        [SIGSTORE_ROW, row],
        isFine ? { verified: 2 } : { verified: 1, failed: 1 },
      ),
    });
  });

  it("tells of a key that was out of use when the version was published", async () => {
    const audit = await project({
      sigstore: { publishedAtMs: Date.parse("2025-01-30T00:00:00Z") },
    });
    const registrySignature = failed(
      "public-key",
      "The registry signed with a key that was out of use when this version was published.",
    );
    const row = { ...SIGSTORE_ROW, state: "failed", shield: null, registrySignature };
    expect(await audited(audit)).toEqual({
      code: 1,
      report: report(audit, [row, GUNDAM_ROW], { verified: 1, failed: 1 }),
    });
  });

  it("takes a key that is out of use for unknown where the registry has no dates", async () => {
    const audit = await project({ sigstore: { publishedAtMs: null } });
    const registrySignature = unknown(
      "the key is out of use, and the registry does not say when this was published",
    );
    const row = { ...SIGSTORE_ROW, state: "unknown", registrySignature };
    expect(await audited(audit)).toEqual({
      code: 0,
      report: report(audit, [row, GUNDAM_ROW], { verified: 1, unknown: 1 }),
    });
  });

  it("tells of a version without a signature, though none of its document has any", async () => {
    const audit = await project({ gundam: withDist({ signatures: null }) });
    const row = { ...GUNDAM_ROW, state: "absent", registrySignature: ABSENT };
    expect(await audited(audit)).toEqual({
      code: 1,
      report: report(audit, [SIGSTORE_ROW, row], { verified: 1, absent: 1 }),
    });
    const rule = '[provenance.audit]\nfail_on = ["failed"]\n';
    audit.write("veln.toml", policyFor(audit.registry.url, rule));
    expect((await audited(audit)).code).toBe(0);
  });

  it("tells that attestations are gone which the version before had", async () => {
    const later = genuineVersion(LATER_SIGSTORE);
    const audit = await auditedProject(
      {
        sigstore: {
          "1.0.0": genuineVersion(SIGSTORE),
          "2.3.1": { ...later, dist: { ...later.dist, attestations: null } },
        },
      },
      { "node_modules/sigstore": lockedEntry("2.3.1", integrityOfGenuine(LATER_SIGSTORE)) },
    );
    const row = {
      ...SIGSTORE_ROW,
      ref: "pkg:npm/sigstore@2.3.1",
      version: "2.3.1",
      state: "failed",
      shield: null,
      registrySignature: { state: "verified", keyId: BOX_KEY },
      publish: ABSENT,
      provenance: ABSENT,
      downgrade: {
        state: "weaker",
        weaknesses: [
          {
            kind: "provenance-gone",
            than: "1.0.0",
            always: true,
            why: "It has no provenance; 1.0.0 was proven to come from https://github.com/sigstore/sigstore-js.",
          },
        ],
      },
    };
    expect(await audited(audit)).toEqual({
      code: 1,
      report: report(audit, [row], { failed: 1 }),
    });
  });

  it("tells of another package's signed manifest under this name", async () => {
    const { integrity, signatures, version } = genuineSigned("tuf-js");
    const audit = await project({
      gundam: {
        registryManifest: { name: "tuf-js", version },
        origin: () => ({}),
        dist: { integrity, signatures: [...signatures] },
      },
      locked: lockedEntry("1.0.1", integrity),
    });
    const row = {
      ...GUNDAM_ROW,
      state: "failed",
      shield: null,
      registrySignature: failed(
        "registry-signature",
        "The registry's signature is not for this name and integrity.",
      ),
      publish: ABSENT,
      provenance: ABSENT,
    };
    expect(await audited(audit)).toEqual({
      code: 1,
      report: report(audit, [SIGSTORE_ROW, row], { verified: 1, failed: 1 }),
    });
  });
});
