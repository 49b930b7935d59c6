import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasGenuine } from "../../test/support/sigstore/bases.ts";
import { createBox, SIGNED_AT_MS } from "../../test/support/sigstore/box.ts";
import {
  attestationsText,
  genuineDocuments,
  genuineTrust,
  SUBJECT,
  trustOf,
} from "../../test/support/sigstore/documents.ts";
import {
  email,
  github,
  githubRun,
  gitlab,
  registryKey,
} from "../../test/support/sigstore/signers.ts";
import {
  githubProvenance,
  gitlabProvenance,
  publishStatement,
  RELEASED,
  slsaGeneratorProvenance,
} from "../../test/support/sigstore/statements.ts";
import type { Json, JsonObject } from "../model/canonical.ts";
import { npmRef } from "../model/package-ref.ts";
import {
  STEPS,
  type Evidence,
  type Provenance,
  type PublishAttestation,
} from "../model/provenance.ts";
import { verifyAttestations, type AttestedOrigin, type Subject } from "./attestations.ts";

const GENUINE = genuineDocuments();
const ONLY_CI = { anyIssuer: false };

const PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
const PROVENANCE = "https://slsa.dev/provenance/v1";
const PROVENANCE_02 = "https://slsa.dev/provenance/v0.2";
const TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1";

const BOX = createBox();
const TRUST = trustOf(BOX);
const RUN = githubRun();
const HOME = `https://github.com/${RUN.repository}`;

const built = BOX.attest({ statement: githubProvenance(), signer: github() });
const published = BOX.attest({ statement: publishStatement(), signer: registryKey() });

const VERIFIED_PUBLISH: Evidence<PublishAttestation> = {
  state: "verified",
  value: {
    keyId: BOX.registryKeys.current.keyId,
    registry: "https://registry.box.invalid",
    loggedAtMs: SIGNED_AT_MS,
  },
};

const VERIFIED_PROVENANCE: Evidence<Provenance> = {
  state: "verified",
  value: {
    predicateType: PROVENANCE,
    buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
    ci: "github-actions",
    issuer: RUN.issuer,
    signer: `${HOME}/${RUN.workflow}@${RUN.ref}`,
    repository: HOME,
    repositoryId: RUN.repositoryId,
    ownerId: RUN.ownerId,
    commit: RUN.commit,
    ref: RUN.ref,
    workflow: RUN.workflow,
    builder: "https://github.com/actions/runner/github-hosted",
    runner: "hosted",
    trigger: RUN.trigger,
    runUrl: `${HOME}/actions/runs/9001/attempts/1`,
    startedAtMs: undefined,
    finishedAtMs: undefined,
    signedAtMs: SIGNED_AT_MS,
  },
};

const BOTH: AttestedOrigin = { publish: VERIFIED_PUBLISH, provenance: VERIFIED_PROVENANCE };

function verify(text: string, subject: Subject = SUBJECT, rules = ONLY_CI): AttestedOrigin {
  return verifyAttestations(text, subject, TRUST, rules);
}

function verifyBoth(publish: Json, provenance: Json, type = PROVENANCE): AttestedOrigin {
  return verify(attestationsText([PUBLISH, publish], [type, provenance]));
}

function failed(step: string, why: string, cause = "false"): Evidence<never> {
  return { state: "failed", step, cause, why } as Evidence<never>;
}

function bothFailed(step: string, why: string, cause = "false"): AttestedOrigin {
  const failure = failed(step, why, cause);
  return { publish: failure, provenance: failure };
}

describe.skipIf(!hasGenuine)("genuine answers of the public registry (../shared/sigstore)", () => {
  const sound = GENUINE.filter(({ damaged }) => damaged === undefined);

  it("are four whole ones and six of which somebody damaged a part", () => {
    expect([sound.length, GENUINE.length]).toEqual([4, 10]);
  });

  it.each(GENUINE.map((document) => [document.name, document] as const))("%s", (_, document) => {
    const { damaged, subject, text } = document;
    const { provenance, publish } = verifyAttestations(text, subject, genuineTrust(), ONLY_CI);
    const state = ({ state: came, ...rest }: Evidence<unknown>): string =>
      "step" in rest ? `${came} at ${rest.step}` : came;
    expect({ publish: state(publish), provenance: state(provenance) }).toEqual({
      publish: damaged === "publish" ? "failed at signature" : "verified",
      provenance: damaged === "provenance" ? "failed at signature" : "verified",
    });
  });

  it("say what was built from what", () => {
    const origins = sound.map(({ name, subject, text }) => {
      const { provenance } = verifyAttestations(text, subject, genuineTrust(), ONLY_CI);
      if (provenance.state !== "verified") throw new Error(`${name} does not verify`);
      const { commit, ref, repository, runner, workflow } = provenance.value;
      return [`${repository}@${commit.slice(0, 7)}`, ref, workflow, runner];
    });
    expect(origins).toEqual([
      [
        "https://github.com/sigstore/sigstore-js@0652899",
        "refs/tags/v1.0.0",
        ".github/workflows/publish.yml",
        "unknown",
      ],
      [
        "https://github.com/ramonpetgrave64/gundam-visor@5995008",
        "refs/tags/v1.0.1",
        ".github/workflows/npm-publish.yml",
        "hosted",
      ],
      [
        "https://github.com/sigstore/sigstore-js@46e7056",
        "refs/heads/main",
        ".github/workflows/release.yml",
        "hosted",
      ],
      [
        "https://github.com/trishankatdatadog/supreme-goggles@38ebf99",
        "refs/tags/v1.0.5",
        ".github/workflows/npm-publish.yml",
        "hosted",
      ],
    ]);
  });

  it("are no answers about another tarball, version or package", () => {
    const trust = genuineTrust();
    for (const { subject, text } of sound) {
      const others: readonly Subject[] = [
        { ...subject, sha512: "0".repeat(128) },
        { ...subject, ref: npmRef(subject.ref.name, "99.0.0") },
        { ...subject, ref: npmRef("another", subject.ref.version) },
      ];
      const steps = others.map((other) => {
        const { provenance, publish } = verifyAttestations(text, other, trust, ONLY_CI);
        return [provenance, publish].map((part) => ("step" in part ? part.step : part.state));
      });
      expect(steps).toEqual(others.map(() => ["artifact", "artifact"]));
    }
  });
});

describe("verifyAttestations", () => {
  it("verifies the registry's and the build's, in either order", () => {
    expect(verifyBoth(published, built)).toEqual(BOTH);
    expect(verify(attestationsText([PROVENANCE, built], [PUBLISH, published]))).toEqual(BOTH);
  });

  it("takes one without the other", () => {
    const absent = { state: "absent" };
    expect(verify(attestationsText([PROVENANCE, built]))).toEqual({ ...BOTH, publish: absent });
    expect(verify(attestationsText([PUBLISH, published]))).toEqual({ ...BOTH, provenance: absent });
  });

  it("verifies GitLab's", () => {
    const lab = BOX.attest({ statement: gitlabProvenance(), signer: gitlab() });
    expect(verifyBoth(published, lab, PROVENANCE_02)).toMatchObject({
      publish: VERIFIED_PUBLISH,
      provenance: { state: "verified", value: { ci: "gitlab-ci", workflow: ".gitlab-ci.yml" } },
    });
  });

  it("verifies what a reusable workflow built and signed", () => {
    const at = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/";
    const [builder, delegator] = ["builder_nodejs_slsa3.yml", "delegator_generic_slsa3.yml"].map(
      (file) => `${at}${file}@refs/tags/v2.1.0`,
    );
    const signer = github({ signer: delegator?.replace("https://github.com/", "") });
    const statement = slsaGeneratorProvenance(builder ?? "");
    expect(verifyBoth(published, BOX.attest({ statement, signer }), PROVENANCE_02)).toMatchObject({
      provenance: { state: "verified", value: { builder, signer: delegator, repository: HOME } },
    });
  });

  it("verifies an attestation of an unknown kind and says nothing of it", () => {
    const statement = { ...publishStatement(), predicateType: TEST_RESULT };
    const stranger = BOX.attest({ statement, signer: github() });
    const list = [
      [PUBLISH, published],
      [PROVENANCE, built],
      [TEST_RESULT, stranger],
    ] as const;
    expect(verify(attestationsText(...list))).toEqual(BOTH);
  });

  it("refuses all where an attestation of an unknown kind is false", () => {
    const flaws = ["signature-by-another-key"] as const;
    const statement = { ...publishStatement(), predicateType: TEST_RESULT };
    const stranger = BOX.attest({ statement, signer: github(), flaws });
    expect(verify(attestationsText([PROVENANCE, built], [TEST_RESULT, stranger]))).toEqual(
      bothFailed("signature", "The envelope's signature is not the signer's."),
    );
  });
});

describe("who signed", () => {
  it("is named when it was a person", () => {
    const signer = email("someone@example.invalid");
    const personal = BOX.attest({ statement: githubProvenance(), signer });
    expect(verifyBoth(published, personal)).toEqual({
      publish: VERIFIED_PUBLISH,
      provenance: failed(
        "identity",
        "It is signed by a person, someone@example.invalid, not by a build service.",
      ),
    });
  });

  it("cannot be the registry for provenance", () => {
    const bundle = BOX.attest({ statement: githubProvenance(), signer: registryKey() });
    expect(verifyBoth(published, bundle).provenance).toEqual(
      failed("identity", "The provenance is signed by a key, not by a build service."),
    );
  });

  it("cannot be a build for a publish attestation", () => {
    const bundle = BOX.attest({ statement: publishStatement(), signer: github() });
    expect(verifyBoth(bundle, built).publish).toEqual(
      failed("identity", "The publish attestation is not signed by the registry."),
    );
  });

  it("cannot be a key that the registry no longer used", () => {
    const bundle = BOX.attest({ statement: publishStatement(), signer: registryKey("retired") });
    const { keyId } = BOX.registryKeys.retired;
    expect(verifyBoth(bundle, built)).toEqual({
      publish: failed("public-key", `The key "${keyId}" was not in use at the time of signing.`),
      provenance: VERIFIED_PROVENANCE,
    });
  });

  it("cannot be a key that is hinted at beside the envelope's", () => {
    const { keyId } = BOX.registryKeys.retired;
    const bundle = BOX.attest({ statement: publishStatement(), signer: registryKey(), keyId });
    expect(verifyBoth(bundle, built).publish).toEqual(
      failed("public-key", "The envelope names another key than the one that signed."),
    );
  });

  it("cannot be another registry's key", () => {
    const other = createBox();
    const bundle = other.attest({ statement: publishStatement(), signer: registryKey() });
    expect(verifyBoth(bundle, built).publish).toMatchObject({
      state: "failed",
      step: "public-key",
      cause: "untrusted",
    });
  });

  it("cannot sign for a repository that is not its own", () => {
    const signer = github({ repository: "mallory/widget" });
    const bundle = BOX.attest({ statement: githubProvenance(), signer });
    expect(verifyBoth(published, bundle).provenance).toEqual(
      failed(
        "agreement",
        `The statement says that the repository is ${HOME}, the certificate says https://github.com/mallory/widget.`,
      ),
    );
  });
});

describe("what is attested", () => {
  const other = { ...RELEASED, name: "@acme/other" };

  it.each([
    ["another package", other],
    ["another version", { ...RELEASED, version: "1.2.4" }],
    ["another tarball", { ...RELEASED, sha512: "f".repeat(128) }],
  ])("has to be this and not %s", (_, released) => {
    const [first, second] = [
      BOX.attest({ statement: publishStatement(released), signer: registryKey() }),
      BOX.attest({ statement: githubProvenance(released), signer: github() }),
    ];
    const { provenance, publish } = verifyBoth(first, second);
    expect([provenance, publish]).toMatchObject([
      { state: "failed", step: "artifact" },
      { state: "failed", step: "artifact" },
    ]);
  });

  it.each([
    ["another name", { name: "@acme/other" }],
    ["another version", { version: "1.2.4" }],
    ["no version", { version: null }],
    ["no registry", { registry: null }],
  ])("has to be the same in subject and predicate: %s", (_, changed) => {
    const statement = publishStatement();
    const predicate = { ...(statement["predicate"] as JsonObject), ...changed };
    const bundle = BOX.attest({ statement: { ...statement, predicate }, signer: registryKey() });
    expect(verifyBoth(bundle, built)).toEqual({
      publish: failed(
        "agreement",
        "The publish attestation is for another package than @acme/widget@1.2.3.",
      ),
      provenance: VERIFIED_PROVENANCE,
    });
  });

  it("has to be of the kind that the label says", () => {
    const why = "The registry labels the statement as another kind than it is.";
    expect(verify(attestationsText([PROVENANCE_02, built]))).toEqual({
      publish: { state: "absent" },
      provenance: failed("statement", why),
    });
    expect(verify(attestationsText([PUBLISH, built])).publish).toEqual(failed("statement", why));
    expect(verify(attestationsText([TEST_RESULT, built]))).toEqual(bothFailed("statement", why));
  });

  it("has to be a statement, and no file", () => {
    const file = BOX.signFile(Buffer.from("a file"), { signer: github() });
    expect(verifyBoth(published, file).provenance).toEqual(
      failed("artifact", "It signs a file, and no file was given."),
    );
  });
});

describe("an answer that is none", () => {
  const NO_LIST = "The registry's answer is no list of attestations.";
  const UNLABELLED = "An attestation does not say what it is about.";
  const TWO = "There are two attestations of one kind.";
  const many = Array.from({ length: 17 }, (_, index): readonly [Json, Json] => [
    `${TEST_RESULT}/${String(index)}`,
    built,
  ]);
  const whole = attestationsText([PUBLISH, published], [PROVENANCE, built]);

  it.each([
    ["no JSON", "<html>", "The attestations are not JSON."],
    ["nothing", "", "The attestations are not JSON."],
    ["a list", "[]", NO_LIST],
    ["null", "null", NO_LIST],
    ["without the list", "{}", NO_LIST],
    ["an object for a list", '{"attestations":{}}', NO_LIST],
    ["17 attestations", attestationsText(...many), NO_LIST],
    ["a number for an attestation", '{"attestations":[1]}', UNLABELLED],
    ["no label", attestationsText([null, built]), UNLABELLED],
    ["two of a kind", attestationsText([PROVENANCE, built], [PROVENANCE, built]), TWO],
    ["two of an unknown kind", attestationsText(["x", built], ["x", built]), TWO],
    [
      "a field twice",
      whole.replace("{", '{"attestations":[],'),
      "The attestations have a field twice.",
    ],
    [
      "a field twice, deep inside",
      whole.replace('"payloadType"', '"payloadType":"x","payloadType"'),
      "The attestations have a field twice.",
    ],
    ["8 MiB of spaces", " ".repeat(8 * 1024 * 1024 + 1), "The attestations are larger than 8 MiB."],
  ])("is refused: %s", (_, text, why) => {
    expect(verify(text)).toEqual(bothFailed("bundle", why));
  });

  it("is refused with two provenances of different versions of the format", () => {
    expect(verify(attestationsText([PROVENANCE, built], [PROVENANCE_02, built]))).toEqual({
      publish: { state: "absent" },
      provenance: failed("bundle", TWO),
    });
  });

  it.each<[string, Json | undefined]>([
    ["no bundle", undefined],
    ["a text", "x"],
    ["an empty one", {}],
  ])("fails alone where one bundle is %s", (_, bundle) => {
    const text = JSON.stringify({
      attestations: [
        { predicateType: PUBLISH, bundle: published },
        { predicateType: PROVENANCE, bundle },
      ],
    });
    expect(verify(text)).toMatchObject({
      publish: VERIFIED_PUBLISH,
      provenance: { state: "failed", step: "bundle" },
    });
  });

  it("never ends in anything but evidence", () => {
    const steps: ReadonlySet<string> = new Set(STEPS);
    const label = fc.oneof(fc.constantFrom(PUBLISH, PROVENANCE, TEST_RESULT), fc.jsonValue());
    const list = fc.array(fc.record({ predicateType: label, bundle: fc.jsonValue() }));
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      list.map((a) => JSON.stringify({ attestations: a })),
    );
    fc.assert(
      fc.property(text, (answer) => {
        for (const part of Object.values(verify(answer))) {
          expect("step" in part ? steps.has(part.step) : part.state === "absent").toBe(true);
        }
      }),
    );
  });
});
