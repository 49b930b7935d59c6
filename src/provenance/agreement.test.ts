import { describe, expect, it } from "vitest";
import { at, pathsIn, put } from "../../test/support/sigstore/edit.ts";
import { githubRun, gitlabRun } from "../../test/support/sigstore/signers.ts";
import {
  earlyGithubProvenance,
  githubProvenance,
  gitlabProvenance,
  RELEASED,
  slsaGeneratorProvenance,
  slsaGeneratorProvenance1,
} from "../../test/support/sigstore/statements.ts";
import { isJsonObject, type JsonObject } from "../model/canonical.ts";
import { agreedBuild, type Build } from "./agreement.ts";
import { buildClaimsOf } from "./build-claims.ts";
import type { ClaimName, SigningIdentity } from "./identity.ts";
import { verification, type Verification } from "./verification.ts";

const RUN = githubRun();
const HOME = `https://github.com/${RUN.repository}`;
const WORKFLOW = `${HOME}/${RUN.workflow}@${RUN.ref}`;
const GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows";
const RELEASE = "refs/tags/v2.1.0";
const DELEGATOR = `${GENERATOR}/delegator_lowperms-generic_slsa3.yml@${RELEASE}`;
const NODE_BUILDER = `${GENERATOR}/builder_nodejs_slsa3.yml@${RELEASE}`;

type Claims = Partial<Record<ClaimName, string | undefined>>;

function identityOf(
  claims: Claims,
  rest: Partial<Omit<SigningIdentity, "claims">> = {},
): SigningIdentity {
  const named = Object.entries(claims).filter(
    (entry): entry is [ClaimName, string] => entry[1] !== undefined,
  );
  const name = { kind: "uri", value: WORKFLOW } as const;
  return { name, issuer: RUN.issuer, ...rest, claims: new Map(named) };
}

const GITHUB_CLAIMS = {
  trigger: RUN.trigger,
  sourceDigest: RUN.commit,
  workflowName: RUN.workflowName,
  sourceRepository: HOME,
  sourceRef: RUN.ref,
  buildSigner: WORKFLOW,
  buildSignerDigest: RUN.commit,
  runnerEnvironment: RUN.runner,
  sourceRepositoryId: RUN.repositoryId,
  sourceOwner: "https://github.com/acme",
  sourceOwnerId: RUN.ownerId,
  buildConfig: WORKFLOW,
  buildConfigDigest: RUN.commit,
  runUrl: `${HOME}/actions/runs/9001/attempts/1`,
  visibility: "public",
} satisfies Claims;

const EARLY_CLAIMS: Claims = {
  trigger: RUN.trigger,
  sourceDigest: RUN.commit,
  workflowName: RUN.workflowName,
  sourceRepository: HOME,
  sourceRef: RUN.ref,
};

const LAB = gitlabRun();
const LAB_HOME = `${LAB.server}/${LAB.project}`;
const LAB_CONFIG = `${LAB_HOME}//${LAB.configPath}@${LAB.ref}`;
const GITLAB: SigningIdentity = identityOf(
  {
    trigger: LAB.trigger,
    sourceDigest: LAB.commit,
    sourceRepository: LAB_HOME,
    sourceRef: LAB.ref,
    buildSigner: LAB_CONFIG,
    runnerEnvironment: LAB.runner,
    sourceRepositoryId: LAB.projectId,
    sourceOwnerId: LAB.namespaceId,
    buildConfig: LAB_CONFIG,
    buildConfigDigest: LAB.commit,
    runUrl: `${LAB_HOME}/-/jobs/${LAB.jobId}`,
  },
  { name: { kind: "uri", value: LAB_CONFIG }, issuer: "https://gitlab.com" },
);

const GITHUB = identityOf(GITHUB_CLAIMS);
const EARLY = identityOf(EARLY_CLAIMS);
const DELEGATED = identityOf(
  { ...GITHUB_CLAIMS, buildSigner: DELEGATOR, buildSignerDigest: "d".repeat(40) },
  { name: { kind: "uri", value: DELEGATOR } },
);

const V1 = githubProvenance();
const V02 = earlyGithubProvenance();
const LAB_V02 = gitlabProvenance();
const GENERATED = slsaGeneratorProvenance(NODE_BUILDER);
const GENERATED_1 = slsaGeneratorProvenance1(NODE_BUILDER);

function agreed(
  statement: JsonObject,
  identity: SigningIdentity,
  rules = { anyIssuer: false },
): Verification<Build> {
  const { predicate, predicateType } = statement;
  if (!isJsonObject(predicate) || typeof predicateType !== "string")
    throw new Error("no predicate");
  const subject = { purl: "", sha512: RELEASED.sha512 };
  return verification(() =>
    agreedBuild(buildClaimsOf({ subject, predicate, predicateType }), identity, rules),
  );
}

/** The step, or "verified". */
function outcome(...given: Parameters<typeof agreed>): string {
  const result = agreed(...given);
  return result.state === "failed" ? result.step : result.state;
}

const BUILD: Build = {
  buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
  ci: "github-actions",
  issuer: RUN.issuer,
  signer: WORKFLOW,
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
};

describe("agreedBuild", () => {
  it("takes what statement and certificate say alike", () => {
    expect(agreed(V1, GITHUB)).toEqual({ state: "verified", value: BUILD });
  });

  it("takes npm's statements of before mid 2023", () => {
    const buildType = "https://github.com/npm/cli/gha/v2";
    const value = { ...BUILD, buildType };
    expect(agreed(V02, GITHUB)).toEqual({ state: "verified", value });
  });

  it("takes certificates of before May 2023, which name less", () => {
    expect(agreed(V02, EARLY)).toEqual({
      state: "verified",
      value: {
        ...BUILD,
        buildType: "https://github.com/npm/cli/gha/v2",
        repositoryId: undefined,
        ownerId: undefined,
        runner: "unknown",
        runUrl: undefined,
      },
    });
  });

  it("takes an early certificate of a workflow that the started one called", () => {
    const called = `${HOME}/.github/workflows/called.yml@${RUN.ref}`;
    const identity = identityOf(EARLY_CLAIMS, { name: { kind: "uri", value: called } });
    expect(agreed(V02, identity)).toMatchObject({ state: "verified", value: { signer: called } });
  });

  it("takes the client that the first of npm's statements named as builder", () => {
    const first = changed(
      changed(V02, ["predicate", "builder", "id"], "https://github.com/npm/cli@9.4.2"),
      ["predicate", "invocation", "configSource", "entryPoint"],
      `${RUN.repository}/${RUN.workflow}@${RUN.ref}`,
    );
    expect(agreed(first, EARLY)).toMatchObject({
      state: "verified",
      value: { builder: "https://github.com/npm/cli@9.4.2", workflow: RUN.workflow },
    });
  });

  it("takes GitLab's", () => {
    expect(agreed(LAB_V02, GITLAB)).toEqual({
      state: "verified",
      value: {
        buildType: "https://github.com/npm/cli/gitlab/v0alpha1",
        ci: "gitlab-ci",
        issuer: "https://gitlab.com",
        signer: LAB_CONFIG,
        repository: LAB_HOME,
        repositoryId: LAB.projectId,
        ownerId: LAB.namespaceId,
        commit: LAB.commit,
        ref: LAB.ref,
        workflow: LAB.configPath,
        builder: `${LAB_HOME}/-/runners/12270852`,
        runner: "hosted",
        trigger: LAB.trigger,
        runUrl: `${LAB_HOME}/-/jobs/${LAB.jobId}`,
        startedAtMs: undefined,
        finishedAtMs: undefined,
      },
    });
  });

  it.each([
    ["v0.2", GENERATED],
    ["v1", GENERATED_1],
  ])("tells a reusable workflow that signs from the repository it builds (%s)", (_, statement) => {
    expect(agreed(statement, DELEGATED)).toEqual({
      state: "verified",
      value: {
        ...BUILD,
        buildType: "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
        builder: NODE_BUILDER,
        signer: DELEGATOR,
      },
    });
  });

  it("takes what GitHub's own action writes, and the runner that it names", () => {
    const own = changed(
      changed(V1, ["predicate", "runDetails", "builder", "id"], WORKFLOW),
      ["predicate", "buildDefinition", "internalParameters", "github", "runner_environment"],
      RUN.runner,
    );
    expect(agreed(own, GITHUB)).toEqual({
      state: "verified",
      value: { ...BUILD, builder: WORKFLOW },
    });
    const elsewhere = identityOf({ ...GITHUB_CLAIMS, runnerEnvironment: "self-hosted" });
    expect(outcome(own, elsewhere)).toBe("agreement");
  });

  it("reads times that the statement claims", () => {
    const timed = changed(V1, ["predicate", "runDetails", "metadata"], {
      invocationId: `${HOME}/actions/runs/9001/attempts/1`,
      startedOn: "2025-06-02T12:00:00Z",
      finishedOn: "2025-06-02T12:01:00Z",
    });
    expect(agreed(timed, GITHUB)).toMatchObject({
      value: {
        startedAtMs: Date.parse("2025-06-02T12:00:00Z"),
        finishedAtMs: Date.parse("2025-06-02T12:01:00Z"),
      },
    });
  });
});

/** Texts in a predicate that no certificate has anything to say about. */
const UNCOMPARED = new Set([
  "buildDefinition.buildType",
  "buildType",
  "invocation.environment.architecture",
  "invocation.environment.job.id",
  "invocation.environment.name",
  "invocation.environment.pipeline.id",
  "invocation.parameters.CI",
  "invocation.parameters.inputs.run-scripts",
  "buildDefinition.externalParameters.inputs.run-scripts",
  "buildDefinition.internalParameters.GITHUB_ACTOR_ID",
  "buildDefinition.internalParameters.RUNNER_OS",
]);

/** `gha/v2` and GitLab's: a name of the job, an invocation that is no address. */
const UNCOMPARED_IN: Readonly<Record<string, readonly string[]>> = {
  GitLab: ["invocation.configSource.entryPoint"],
};

type Path = readonly (string | number)[];

function changed(statement: JsonObject, path: Path, value: Parameters<typeof put>[2]): JsonObject {
  const result = put(statement, path, value);
  if (!isJsonObject(result)) throw new Error("no statement any more");
  return result;
}

function textPathsIn(statement: JsonObject): readonly Path[] {
  return pathsIn(statement).filter(
    (path) => path[0] === "predicate" && typeof at(statement, path) === "string",
  );
}

describe("a statement that says something else than the certificate", () => {
  it.each([
    ["v1", V1, GITHUB],
    ["v0.2", V02, GITHUB],
    ["GitLab", LAB_V02, GITLAB],
    ["generator v0.2", GENERATED, DELEGATED],
    ["generator v1", GENERATED_1, DELEGATED],
  ])("is refused, wherever it says it (%s)", (kind, statement, identity) => {
    const accepted = textPathsIn(statement)
      .filter((path) => {
        const text = at(statement, path) as string;
        return outcome(changed(statement, path, `${text}x`), identity) === "verified";
      })
      .map((path) => path.slice(1).join("."));
    const tolerated = textPathsIn(statement)
      .map((path) => path.slice(1).join("."))
      .filter((path) => UNCOMPARED.has(path) || UNCOMPARED_IN[kind]?.includes(path) === true);
    expect(accepted).toEqual(tolerated);
  });

  it.each([
    ["v1", V1, GITHUB],
    ["v0.2", V02, GITHUB],
    ["GitLab", LAB_V02, GITLAB],
  ])("is refused where it says it in another type than text (%s)", (kind, statement, identity) => {
    const accepted = textPathsIn(statement)
      .filter((path) => outcome(changed(statement, path, 7), identity) === "verified")
      .map((path) => path.slice(1).join("."))
      .filter((path) => !UNCOMPARED.has(path) && UNCOMPARED_IN[kind]?.includes(path) !== true);
    expect(accepted).toEqual([]);
  });

  it("names both", () => {
    const path = ["predicate", "buildDefinition", "resolvedDependencies", 0, "digest", "gitCommit"];
    const other = "0".repeat(40);
    expect(agreed(changed(V1, path, other), GITHUB)).toEqual({
      state: "failed",
      step: "agreement",
      cause: "false",
      why: `The statement says that the commit is ${other}, the certificate says ${RUN.commit}.`,
    });
  });

  it("is refused where it leaves out what it was built from", () => {
    const bare = changed(V1, ["predicate", "buildDefinition", "resolvedDependencies"], []);
    expect(agreed(bare, GITHUB)).toEqual({
      state: "failed",
      step: "agreement",
      cause: "false",
      why: "The statement names no repository or no commit.",
    });
  });

  it.each(["buildDefinition.buildType", "runDetails.builder.id"])("needs %s", (path) => {
    const names = ["predicate", ...path.split(".")];
    expect(agreed(changed(V1, names, null), GITHUB)).toEqual({
      state: "failed",
      step: "statement",
      cause: "false",
      why: "The provenance names no builder or no kind of build.",
    });
  });
});

describe("a certificate that says something else than the statement", () => {
  it("is refused, whatever it says otherwise", () => {
    const outcomes = Object.entries(GITHUB_CLAIMS).map(([name, value]) => [
      name,
      outcome(V1, identityOf({ ...GITHUB_CLAIMS, [name]: `${value}x` })),
    ]);
    expect(Object.fromEntries(outcomes)).toEqual({
      trigger: "agreement",
      sourceDigest: "agreement",
      workflowName: "verified",
      sourceRepository: "agreement",
      sourceRef: "agreement",
      buildSigner: "verified",
      buildSignerDigest: "verified",
      runnerEnvironment: "agreement",
      sourceRepositoryId: "agreement",
      sourceOwner: "verified",
      sourceOwnerId: "agreement",
      buildConfig: "agreement",
      buildConfigDigest: "verified",
      runUrl: "agreement",
      visibility: "verified",
    });
  });

  it("is refused for another commit of the workflow where the statement names one", () => {
    const other = identityOf({ ...GITHUB_CLAIMS, buildConfigDigest: "0".repeat(40) });
    expect(outcome(V02, other)).toBe("agreement");
  });

  it("is taken where it names less, but for repository and commit", () => {
    const outcomes = Object.keys(GITHUB_CLAIMS).map((name) => [
      name,
      outcome(V1, identityOf({ ...GITHUB_CLAIMS, [name]: undefined })),
    ]);
    const refused = outcomes.filter(([, came]) => came !== "verified");
    expect(Object.fromEntries(refused)).toEqual({
      // Without it there is nothing to hold the builder of the statement against.
      sourceDigest: "identity",
      sourceRepository: "identity",
    });
  });
});

describe("a signer that is no build service", () => {
  const ISSUER = "https://accounts.example.invalid";

  it("is named when it is a person", () => {
    const person = identityOf(GITHUB_CLAIMS, {
      name: { kind: "email", value: "someone@example.invalid" },
      issuer: ISSUER,
    });
    expect(agreed(V1, person)).toEqual({
      state: "failed",
      step: "identity",
      cause: "false",
      why: "It is signed by a person, someone@example.invalid, not by a build service.",
    });
  });

  it("is a person too whom the build service's issuer certified, and under any rules", () => {
    const person = identityOf(GITHUB_CLAIMS, { name: { kind: "user-name", value: "someone" } });
    expect(outcome(V1, person, { anyIssuer: true })).toBe("identity");
  });

  it("is named when its issuer is not known, and counts where any issuer does", () => {
    const stranger = identityOf(GITHUB_CLAIMS, { issuer: ISSUER });
    expect(agreed(V1, stranger)).toEqual({
      state: "failed",
      step: "identity",
      cause: "untrusted",
      why: `It is signed by ${WORKFLOW} of ${ISSUER}, which is no known build service.`,
    });
    expect(agreed(V1, stranger, { anyIssuer: true })).toEqual({
      state: "verified",
      value: { ...BUILD, ci: "other", issuer: ISSUER },
    });
  });

  it.each([
    "https://token.actions.githubusercontent.com.example.invalid",
    "http://token.actions.githubusercontent.com",
    "https://gitlab.com.example.invalid",
    "",
  ])("is one whose issuer only looks known: %s", (issuer) => {
    expect(outcome(V1, identityOf(GITHUB_CLAIMS, { issuer }))).toBe("identity");
  });

  it("is not an enterprise's own issuer of GitHub's", () => {
    const issuer = `${RUN.issuer}/acme`;
    expect(agreed(V1, identityOf(GITHUB_CLAIMS, { issuer }))).toEqual({
      state: "verified",
      value: { ...BUILD, issuer },
    });
  });
});

describe("a builder that the certificate does not bear out", () => {
  const id = (builder: string): JsonObject =>
    changed(V1, ["predicate", "runDetails", "builder", "id"], builder);

  it.each([
    ["of nobody", "https://example.invalid/local-build", GITHUB],
    ["of a laptop", "local", GITHUB],
    ["a runner that is hosted elsewhere", "https://github.com/actions/runner/self-hosted", GITHUB],
    ["GitLab's, of GitHub", `${HOME}/-/runners/1`, GITHUB],
    [
      "another workflow of the repository",
      `${HOME}/.github/workflows/other.yml@${RUN.ref}`,
      GITHUB,
    ],
    ["of another release of the signer's", NODE_BUILDER.replace("v2.1.0", "v2.0.0"), DELEGATED],
    ["of another repository than the signer's", `${WORKFLOW}x`, DELEGATED],
    ["below the signer's name", `${DELEGATOR}/x`, DELEGATED],
  ])("is refused: %s", (_, builder, identity) => {
    expect(["identity", "agreement"]).toContain(outcome(id(builder), identity));
  });

  it.each([
    ["GitHub's runner", "https://github.com/actions/runner", GITHUB],
    ["the signing workflow", WORKFLOW, GITHUB],
    ["the reusable workflow that signs", DELEGATOR, DELEGATED],
  ])("is believed: %s", (_, builder, identity) => {
    expect(agreed(id(builder), identity)).toMatchObject({ state: "verified", value: { builder } });
  });

  it("shows a self-hosted runner", () => {
    const claims = { ...GITHUB_CLAIMS, runnerEnvironment: "self-hosted" };
    const builder = "https://github.com/actions/runner/self-hosted";
    expect(agreed(id(builder), identityOf(claims))).toEqual({
      state: "verified",
      value: { ...BUILD, builder, runner: "self-hosted" },
    });
  });
});
