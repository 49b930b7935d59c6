import type { Json, JsonObject } from "../../../src/model/canonical.ts";
import { githubRun, gitlabRun, type GithubRun, type GitlabRun } from "./signers.ts";

/** A released tarball, as statements name it. */
export interface Released {
  readonly name: string;
  readonly version: string;
  /** Lower-case hexadecimal. */
  readonly sha512: string;
}

export const RELEASED: Released = {
  name: "@acme/widget",
  version: "1.2.3",
  sha512: "0123456789abcdef".repeat(8),
};

/** As npm writes it: the at-sign of a scope is encoded, its slash is not. */
export function purlOf({ name, version }: Released): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function subjectOf(released: Released): Json {
  return [{ name: purlOf(released), digest: { sha512: released.sha512 } }];
}

/** What npm's client writes in GitHub Actions since mid 2023. */
export function githubProvenance(
  released: Released = RELEASED,
  parts: Partial<GithubRun> = {},
): JsonObject {
  const run = githubRun(parts);
  const repository = `${run.server}/${run.repository}`;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjectOf(released),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
        externalParameters: { workflow: { ref: run.ref, repository, path: run.workflow } },
        internalParameters: {
          github: {
            event_name: run.trigger,
            repository_id: run.repositoryId,
            repository_owner_id: run.ownerId,
          },
        },
        resolvedDependencies: [sourceOf(run, "gitCommit")],
      },
      runDetails: {
        builder: { id: `https://github.com/actions/runner/${run.runner}` },
        metadata: {
          invocationId: `${repository}/actions/runs/${run.runId}/attempts/${run.attempt}`,
        },
      },
    },
  };
}

/** What npm's client wrote in GitHub Actions before: SLSA v0.2, build type gha/v2. */
export function earlyGithubProvenance(
  released: Released = RELEASED,
  parts: Partial<GithubRun> = {},
): JsonObject {
  const run = githubRun(parts);
  return {
    _type: "https://in-toto.io/Statement/v0.1",
    subject: subjectOf(released),
    predicateType: "https://slsa.dev/provenance/v0.2",
    predicate: {
      buildType: "https://github.com/npm/cli/gha/v2",
      builder: { id: `https://github.com/actions/runner/${run.runner}` },
      invocation: {
        configSource: { ...sourceOf(run, "sha1"), entryPoint: run.workflow },
        parameters: {},
        environment: variablesOf(run),
      },
      metadata: {
        buildInvocationId: `${run.runId}-${run.attempt}`,
        completeness: { parameters: false, environment: false, materials: false },
        reproducible: false,
      },
      materials: [sourceOf(run, "sha1")],
    },
  };
}

const DELEGATOR_BUILD =
  "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0";

/** What the SLSA generator's Node.js builder writes: another workflow of its release signs it. */
export function slsaGeneratorProvenance(
  builder: string,
  released: Released = RELEASED,
  parts: Partial<GithubRun> = {},
): JsonObject {
  const run = githubRun(parts);
  const source = sourceOf(run, "sha1");
  return {
    _type: "https://in-toto.io/Statement/v0.1",
    subject: subjectOf(released),
    predicateType: "https://slsa.dev/provenance/v0.2",
    predicate: {
      builder: { id: builder },
      buildType: DELEGATOR_BUILD,
      invocation: {
        configSource: { ...source, entryPoint: run.workflow },
        parameters: { inputs: { "run-scripts": "ci, build" } },
        environment: variablesOf(run),
      },
      metadata: { buildInvocationId: `${run.runId}-${run.attempt}` },
      materials: [source],
    },
  };
}

/** The same in SLSA v1: the source is a parameter, and the repository a name. */
export function slsaGeneratorProvenance1(
  builder: string,
  released: Released = RELEASED,
  parts: Partial<GithubRun> = {},
): JsonObject {
  const run = githubRun(parts);
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjectOf(released),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: DELEGATOR_BUILD,
        externalParameters: {
          inputs: { "run-scripts": "ci, build" },
          source: sourceOf(run, "sha1"),
          vars: {},
          workflow: { path: run.workflow, ref: run.ref, repository: run.repository },
        },
        internalParameters: {
          ...variablesOf(run),
          GITHUB_ACTOR_ID: "42",
          GITHUB_EVENT_PAYLOAD: { number: 1 },
          RUNNER_OS: "Linux",
        },
      },
      runDetails: {
        builder: { id: builder },
        metadata: {
          invocationId: `${run.server}/${run.repository}/actions/runs/${run.runId}/attempts/${run.attempt}`,
        },
      },
    },
  };
}

function sourceOf(run: GithubRun, digest: "gitCommit" | "sha1"): JsonObject {
  return {
    uri: `git+${run.server}/${run.repository}@${run.ref}`,
    digest: { [digest]: run.commit },
  };
}

function variablesOf(run: GithubRun): JsonObject {
  return {
    GITHUB_EVENT_NAME: run.trigger,
    GITHUB_REF: run.ref,
    GITHUB_REPOSITORY: run.repository,
    GITHUB_REPOSITORY_ID: run.repositoryId,
    GITHUB_REPOSITORY_OWNER_ID: run.ownerId,
    GITHUB_RUN_ATTEMPT: run.attempt,
    GITHUB_RUN_ID: run.runId,
    GITHUB_SHA: run.commit,
    GITHUB_WORKFLOW_REF: `${run.repository}/${run.workflow}@${run.ref}`,
    GITHUB_WORKFLOW_SHA: run.commit,
  };
}

/** What npm's client writes in GitLab CI. */
export function gitlabProvenance(
  released: Released = RELEASED,
  parts: Partial<GitlabRun> = {},
): JsonObject {
  const run = gitlabRun(parts);
  const home = `${run.server}/${run.project}`;
  return {
    _type: "https://in-toto.io/Statement/v0.1",
    subject: subjectOf(released),
    predicateType: "https://slsa.dev/provenance/v0.2",
    predicate: {
      buildType: "https://github.com/npm/cli/gitlab/v0alpha1",
      builder: { id: `${home}/-/runners/12270852` },
      invocation: {
        configSource: {
          uri: `git+${home}`,
          digest: { sha1: run.commit },
          entryPoint: "publish",
        },
        parameters: { CI: "true", CI_COMMIT_SHA: run.commit, CI_PROJECT_ID: run.projectId },
        environment: {
          name: "3-blue.shared.runners-manager.gitlab.com/default",
          architecture: "linux/amd64",
          server: run.server,
          project: run.project,
          job: { id: run.jobId },
          pipeline: { id: "881234", ref: run.configPath },
        },
      },
      metadata: {
        buildInvocationId: `${home}/-/jobs/${run.jobId}`,
        completeness: { parameters: true, environment: true, materials: false },
        reproducible: false,
      },
      materials: [{ uri: `git+${home}`, digest: { sha1: run.commit } }],
    },
  };
}

/** What the registry says of bytes that it received. */
export function publishStatement(
  released: Released = RELEASED,
  registry = "https://registry.box.invalid",
): JsonObject {
  return {
    _type: "https://in-toto.io/Statement/v0.1",
    subject: subjectOf(released),
    predicateType: "https://github.com/npm/attestation/tree/main/specs/publish/v0.1",
    predicate: { name: released.name, version: released.version, registry },
  };
}
