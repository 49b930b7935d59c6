import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../src/model/canonical.ts";
import { bundleFrom } from "../../../src/provenance/bundle.ts";
import { parseTrustRoot } from "../../../src/provenance/trust-root.ts";
import { verification } from "../../../src/provenance/verification.ts";
import {
  verifyBundle,
  type SignedArtifact,
  type VerifiedBundle,
} from "../../../src/provenance/verify-bundle.ts";
import { createBox, DAY_MS, SIGNED_AT_MS, type Attesting, type Flaw, type Signing } from "./box.ts";
import { email, github, gitlab, registryKey, userName } from "./signers.ts";
import {
  earlyGithubProvenance,
  githubProvenance,
  gitlabProvenance,
  publishStatement,
} from "./statements.ts";

const box = createBox();
const trust = { root: parseTrustRoot(box.trustRoot), keyFor: box.keyFor };

function verify(bundle: Json, artifact?: SignedArtifact) {
  return verification(() => verifyBundle(bundleFrom(bundle), trust, artifact));
}

const FORMS: readonly (readonly [string, Signing & Partial<Attesting>])[] = [
  ["0.3, dsse, one log", { signer: github() }],
  ["0.3, Rekor v2 and a timestamp", { signer: github(), log: "v2" }],
  ["0.3, Rekor v2, certificate not in the token", { signer: github(), log: "v2", embedded: false }],
  ["0.3, promise, proof and timestamp", { signer: github(), timestamps: 1 }],
  ["0.2, intoto", { signer: github(), bundle: "0.2" }],
  ["0.2, dsse", { signer: github(), bundle: "0.2", entry: "dsse 0.0.1" }],
  ["0.1, promise only", { signer: github(), bundle: "0.1" }],
  ["0.1, whole chain", { signer: github({ claims: "early" }), bundle: "0.1", chain: "whole" }],
  ["0.1 with a proof", { signer: github(), bundle: "0.1", proof: true }],
  ["GitLab", { signer: gitlab(), statement: gitlabProvenance() }],
  ["a person by e-mail", { signer: email("someone@example.invalid") }],
  ["a person by name", { signer: userName("someone") }],
  ["the registry's key", { signer: registryKey() }],
  ["the registry's key, 0.2", { signer: registryKey(), bundle: "0.2" }],
  ["the registry's former key", { signer: registryKey("retired"), bundle: "0.1" }],
  ["the registry's key, Rekor v2", { signer: registryKey(), log: "v2" }],
];

describe("a box", () => {
  it.each(FORMS)("attests: %s", (_, signing) => {
    const result = verify(box.attest({ statement: githubProvenance(), ...signing }));
    expect(result).toMatchObject({ state: "verified" });
  });

  it.each(FORMS)("signs files: %s", (_, signing) => {
    if (signing.entry !== undefined || signing.proof === true) return;
    const bytes = Buffer.from("a file");
    const isOld = signing.bundle === "0.1";
    // Promises alone were enough for intoto entries only.
    const signed = box.signFile(bytes, { ...signing, ...(isOld ? { proof: true } : {}) });
    expect(verify(signed, { kind: "bytes", bytes })).toMatchObject({ state: "verified" });
  });

  it("has two indices in a log of shards, of which one is signed by the promise alone", () => {
    const bundle = box.attest({ statement: {}, signer: github(), promise: false });
    expect(verify(bundle)).toMatchObject({ state: "failed", step: "log-inclusion" });
  });

  it("says who signed, what and when", () => {
    const statement = publishStatement();
    const bundle = box.attest({ statement, signer: registryKey() });
    expect(verify(bundle)).toEqual({
      state: "verified",
      value: {
        signer: { kind: "key", keyId: box.registryKeys.current.keyId },
        content: bundleFrom(bundle).content,
        timesMs: [SIGNED_AT_MS],
      } satisfies VerifiedBundle,
    });
  });

  it("names a workflow in its certificates as Fulcio does", () => {
    const run = { repository: "acme/gadget", ref: "refs/tags/v1.0.0" };
    const bundle = box.attest({ statement: earlyGithubProvenance(), signer: github(run) });
    expect(verify(bundle)).toMatchObject({
      value: {
        signer: {
          kind: "certificate",
          identity: {
            name: {
              kind: "uri",
              value:
                "https://github.com/acme/gadget/.github/workflows/release.yml@refs/tags/v1.0.0",
            },
            issuer: "https://token.actions.githubusercontent.com",
            claims: new Map([
              ["trigger", "push"],
              ["sourceDigest", "5f1e0c9a7b3d2e4f6a8b9c0d1e2f3a4b5c6d7e8f"],
              ["workflowName", "Release"],
              ["sourceRepository", "https://github.com/acme/gadget"],
              ["sourceRef", "refs/tags/v1.0.0"],
              [
                "buildSigner",
                "https://github.com/acme/gadget/.github/workflows/release.yml@refs/tags/v1.0.0",
              ],
              ["buildSignerDigest", "5f1e0c9a7b3d2e4f6a8b9c0d1e2f3a4b5c6d7e8f"],
              ["runnerEnvironment", "github-hosted"],
              ["sourceRepositoryId", "700100200"],
              ["sourceOwner", "https://github.com/acme"],
              ["sourceOwnerId", "300400"],
              [
                "buildConfig",
                "https://github.com/acme/gadget/.github/workflows/release.yml@refs/tags/v1.0.0",
              ],
              ["buildConfigDigest", "5f1e0c9a7b3d2e4f6a8b9c0d1e2f3a4b5c6d7e8f"],
              ["runUrl", "https://github.com/acme/gadget/actions/runs/9001/attempts/1"],
              ["visibility", "public"],
            ]),
          },
        },
      },
    });
  });

  const FLAWS: readonly (readonly [Flaw, string, Partial<Signing>])[] = [
    ["signature-by-another-key", "signature", {}],
    ["certificate-by-another-key", "certificate-chain", {}],
    ["certificate-by-another-authority", "certificate-chain", {}],
    ["no-certificate-promise", "certificate-transparency", {}],
    ["certificate-promise-by-another-key", "certificate-transparency", {}],
    ["certificate-promise-of-another-log", "certificate-transparency", {}],
    ["promise-by-another-key", "log-promise", {}],
    ["checkpoint-by-another-key", "log-checkpoint", {}],
    ["checkpoint-by-another-key", "log-checkpoint", { log: "v2" }],
    ["timestamp-by-another-key", "timestamp", { log: "v2" }],
    ["timestamp-by-another-authority", "timestamp", { log: "v2" }],
    ["timestamp-of-another-signature", "timestamp", { log: "v2" }],
    ["another-log", "log-entry", {}],
    ["recorded-another-payload", "log-entry", {}],
    ["recorded-another-payload", "log-entry", { bundle: "0.2" }],
    ["recorded-another-payload", "log-entry", { log: "v2" }],
    ["recorded-another-signature", "log-entry", {}],
    ["recorded-another-signature", "log-entry", { bundle: "0.2" }],
    ["recorded-another-signature", "log-entry", { log: "v2" }],
    ["recorded-another-certificate", "log-entry", {}],
    ["recorded-another-certificate", "log-entry", { bundle: "0.2" }],
    ["recorded-another-certificate", "log-entry", { log: "v2" }],
  ];

  it.each(FLAWS)("can be wrong: %s (%s)", (flaw, step, signing) => {
    const attesting = { statement: githubProvenance(), signer: github(), ...signing };
    expect([
      verify(box.attest(attesting)).state,
      verify(box.attest({ ...attesting, flaws: [flaw] })),
    ]).toEqual(["verified", expect.objectContaining({ state: "failed", step })]);
  });

  const TIMES: readonly (readonly [string, string, Partial<Signing>])[] = [
    [
      "a certificate that had expired",
      "certificate-chain",
      { certifiedAtMs: SIGNED_AT_MS - DAY_MS },
    ],
    ["one that was not yet valid", "certificate-chain", { certifiedAtMs: SIGNED_AT_MS + DAY_MS }],
    [
      "a timestamp of another day",
      "certificate-chain",
      { log: "v2", stampedAtMs: SIGNED_AT_MS + DAY_MS },
    ],
    ["a key that was retired", "public-key", { signer: registryKey("retired") }],
  ];

  it.each(TIMES)("can be late: %s", (_, step, signing) => {
    const bundle = box.attest({ statement: githubProvenance(), signer: github(), ...signing });
    expect(verify(bundle)).toMatchObject({ state: "failed", step });
  });

  it("makes certificates that OpenSSL takes as well", () => {
    const { authorities } = trust.root;
    const [issuer, root] = authorities[0]?.chain.links ?? [];
    if (issuer === undefined || root === undefined) throw new Error("no chain");
    const bundle = bundleFrom(box.attest({ statement: {}, signer: github() }));
    if (bundle.material.kind !== "certificate") throw new Error("no certificate");
    const chain = [bundle.material.leaf, issuer.certificate.encoded, root.certificate.encoded];
    const [leaf, intermediate, anchor] = chain.map((bytes) => new X509Certificate(bytes));
    expect([
      leaf?.verify(issuer.key),
      leaf?.subjectAltName,
      intermediate !== undefined && leaf?.checkIssued(intermediate),
      anchor !== undefined && intermediate?.checkIssued(anchor),
      anchor?.ca,
    ]).toEqual([
      true,
      "URI:https://github.com/acme/widget/.github/workflows/release.yml@refs/heads/main",
      true,
      true,
      true,
    ]);
  });

  it("is another one each time", () => {
    const bundle: JsonObject = createBox().attest({ statement: {}, signer: github() });
    expect(verify(bundle)).toMatchObject({ state: "failed" });
  });
});
