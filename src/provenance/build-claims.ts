import { isJsonObject, type Json, type JsonObject } from "../model/canonical.ts";
import { PREDICATE, type Statement } from "./statement.ts";
import { refuse } from "./verification.ts";

/** What a statement can say of a build and a certificate too. */
export interface Said {
  /** `https://github.com/owner/name` */
  readonly repository: string;
  readonly commit: string;
  readonly ref: string;
  /** Path within the repository. */
  readonly workflow: string;
  readonly workflowRef: string;
  readonly workflowCommit: string;
  readonly repositoryId: string;
  readonly ownerId: string;
  readonly trigger: string;
  /** "github-hosted", "self-hosted" */
  readonly runner: string;
  readonly runUrl: string;
}

/**
 * What a build statement says of itself. The build writes it, from variables that the build can
 * change: `agreement.ts` compares all of it with the certificate. Statements say most things in
 * several places, and whoever reads another place than we do must not read another thing there: each
 * list has one value for every place.
 */
export interface BuildClaims {
  readonly buildType: string;
  readonly builder: string;
  readonly said: { readonly [Name in keyof Said]: readonly string[] };
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
}

/** What one place says. */
type Place = { readonly [Name in keyof Said]?: string | undefined };

/** SLSA provenance v1 or v0.2, as npm's clients, GitHub and the SLSA generator write them. */
export function buildClaimsOf({ predicate, predicateType }: Statement): BuildClaims {
  const claims =
    predicateType === PREDICATE.provenance1 ? claimsOfV1(predicate) : claimsOfV02(predicate);
  if (claims.builder === "" || claims.buildType === "") {
    refuse("statement", "The provenance names no builder or no kind of build.");
  }
  return claims;
}

/**
 * Build types: `github-actions-buildtypes/workflow/v1` of npm, GitHub's own `workflow/v1`, and the
 * SLSA generator's `delegator-generic@v0`, which names the source beside the parameters.
 */
function claimsOfV1(predicate: JsonObject): BuildClaims {
  const definition = objectAt(predicate, "buildDefinition");
  const details = objectAt(predicate, "runDetails");
  const parameters = objectAt(definition, "externalParameters");
  const internal = objectAt(definition, "internalParameters");
  const workflow = objectAt(parameters, "workflow");
  const github = objectAt(internal, "github");
  const places: readonly Place[] = [
    ...sourcePlaces(firstOf(definition["resolvedDependencies"])),
    ...sourcePlaces(parameters["source"]),
    {
      repository: repositoryNamed(textAt(workflow, "repository")),
      workflow: textAt(workflow, "path"),
      workflowRef: textAt(workflow, "ref"),
    },
    {
      repositoryId: textAt(github, "repository_id"),
      ownerId: textAt(github, "repository_owner_id"),
      trigger: textAt(github, "event_name"),
      runner: textAt(github, "runner_environment"),
    },
    ...githubVariables(internal),
    { runUrl: textAt(details, "metadata", "invocationId") },
  ];
  return {
    buildType: textAt(definition, "buildType") ?? "",
    builder: textAt(details, "builder", "id") ?? "",
    said: gathered(places),
    startedAtMs: instantAt(details, "metadata", "startedOn"),
    finishedAtMs: instantAt(details, "metadata", "finishedOn"),
  };
}

/**
 * Build types: `npm/cli/gha@v0`, `gha@v1`, `gha/v2`, `npm/cli/gitlab/v0alpha1`, and the SLSA
 * generator's, which look like npm's.
 */
function claimsOfV02(predicate: JsonObject): BuildClaims {
  const invocation = objectAt(predicate, "invocation");
  const configSource = objectAt(invocation, "configSource");
  const environment = objectAt(invocation, "environment");
  const places: readonly Place[] = [
    ...sourcePlaces(configSource),
    ...sourcePlaces(firstOf(predicate["materials"])),
    entryPointPlace(textAt(configSource, "entryPoint")),
    ...githubVariables(environment),
    ...gitlabVariables(objectAt(invocation, "parameters"), environment),
    invocationPlace(textAt(predicate, "metadata", "buildInvocationId"), environment),
  ];
  return {
    buildType: textAt(predicate, "buildType") ?? "",
    builder: textAt(predicate, "builder", "id") ?? "",
    said: gathered(places),
    startedAtMs: instantAt(predicate, "metadata", "buildStartedOn"),
    finishedAtMs: instantAt(predicate, "metadata", "buildFinishedOn"),
  };
}

function gathered(places: readonly Place[]): BuildClaims["said"] {
  const values = (name: keyof Said): readonly string[] =>
    places.flatMap((place) => place[name] ?? []);
  return {
    repository: values("repository"),
    commit: values("commit"),
    ref: values("ref"),
    workflow: values("workflow"),
    workflowRef: values("workflowRef"),
    workflowCommit: values("workflowCommit"),
    repositoryId: values("repositoryId"),
    ownerId: values("ownerId"),
    trigger: values("trigger"),
    runner: values("runner"),
    runUrl: values("runUrl"),
  };
}

/** `git+https://github.com/owner/name@refs/heads/main` with the digest of a commit. */
function sourcePlaces(json: Json | undefined): readonly Place[] {
  const uri = textAt(json, "uri");
  const [, repository, ref] =
    /^git\+(https:\/\/[^@\s]+?)(?:\.git)?(?:@(\S+))?$/.exec(uri ?? "") ?? [];
  return [
    // An address of another form is compared as it is, so that it contradicts.
    { repository: repository ?? uri, ref, commit: textAt(json, "digest", "gitCommit") },
    { commit: textAt(json, "digest", "sha1") },
  ];
}

const GITHUB = "https://github.com";

/** npm writes the address, the SLSA generator the name. */
function repositoryNamed(text: string | undefined): string | undefined {
  return text === undefined || text.includes(":") ? text : `${GITHUB}/${text}`;
}

/** `owner/name/.github/workflows/release.yml@refs/heads/main` */
function workflowPlace(reference: string | undefined): Place {
  const found = /^([^/@]+\/[^/@]+)\/([^@]+)@(.+)$/.exec(reference ?? "");
  if (found === null) return { workflow: reference };
  const [, repository, workflow, workflowRef] = found;
  return { repository: repositoryNamed(repository), workflow, workflowRef };
}

/** A path; the first of npm's build types wrote the whole reference; GitLab's is the name of a job. */
function entryPointPlace(entryPoint: string | undefined): Place {
  if (entryPoint?.startsWith(".github/") === true) return { workflow: entryPoint };
  return entryPoint?.includes("/.github/") === true ? workflowPlace(entryPoint) : {};
}

function githubVariables(environment: JsonObject): readonly Place[] {
  const variable = (name: string): string | undefined => textAt(environment, `GITHUB_${name}`);
  return [
    workflowPlace(variable("WORKFLOW_REF")),
    {
      repository: repositoryNamed(variable("REPOSITORY")),
      commit: variable("SHA"),
      ref: variable("REF"),
      workflowCommit: variable("WORKFLOW_SHA"),
      repositoryId: variable("REPOSITORY_ID"),
      ownerId: variable("REPOSITORY_OWNER_ID"),
      trigger: variable("EVENT_NAME"),
      runUrl: githubRunUrl(variable("REPOSITORY"), variable("RUN_ID"), variable("RUN_ATTEMPT")),
    },
  ];
}

function githubRunUrl(
  repository: string | undefined,
  run: string | undefined,
  attempt: string | undefined,
): string | undefined {
  if (repository === undefined || run === undefined || attempt === undefined) return undefined;
  return `${GITHUB}/${repository}/actions/runs/${run}/attempts/${attempt}`;
}

function gitlabVariables(parameters: JsonObject, environment: JsonObject): readonly Place[] {
  const variable = (name: string): string | undefined => textAt(parameters, `CI_${name}`);
  const [server, project] = [textAt(environment, "server"), textAt(environment, "project")];
  const isNamed = server !== undefined && project !== undefined;
  const [branch, tag] = [variable("COMMIT_BRANCH"), variable("COMMIT_TAG")];
  return [
    {
      repository: isNamed ? `${server}/${project}` : undefined,
      workflow: textAt(environment, "pipeline", "ref"),
    },
    {
      repository: variable("PROJECT_URL"),
      commit: variable("COMMIT_SHA"),
      ref: branch === undefined ? undefined : `refs/heads/${branch}`,
      workflow: variable("CONFIG_PATH"),
      repositoryId: variable("PROJECT_ID"),
      ownerId: variable("PROJECT_NAMESPACE_ID"),
      trigger: variable("PIPELINE_SOURCE"),
      runUrl: variable("JOB_URL"),
    },
    { ref: tag === undefined ? undefined : `refs/tags/${tag}` },
  ];
}

/** GitLab's is the job's address; GitHub's is `<run>-<attempt>`. */
function invocationPlace(invocation: string | undefined, environment: JsonObject): Place {
  const [, run, attempt] = /^([^-]+)-([^-]+)$/.exec(invocation ?? "") ?? [];
  const runUrl = githubRunUrl(textAt(environment, "GITHUB_REPOSITORY"), run, attempt);
  return { runUrl: runUrl ?? invocation };
}

const TEXT_LENGTH_MAX = 2048;

/** Undefined where there is none. What cannot be compared would be left to other readers to believe. */
function textAt(json: Json | undefined, ...path: readonly string[]): string | undefined {
  const value = path.reduce<Json | undefined>(
    (outer, name) => (isJsonObject(outer) && Object.hasOwn(outer, name) ? outer[name] : undefined),
    json,
  );
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length <= TEXT_LENGTH_MAX) return value;
  return refuse(
    "statement",
    `The provenance's "${path.join(".")}" is no text of a sensible length.`,
  );
}

function objectAt(json: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(json, name) ? json[name] : undefined;
  return isJsonObject(value) ? value : {};
}

function firstOf(json: Json | undefined): Json | undefined {
  return Array.isArray(json) ? (json as readonly Json[])[0] : undefined;
}

function instantAt(json: JsonObject, ...path: readonly string[]): number | undefined {
  const instant = Date.parse(textAt(json, ...path) ?? "");
  return Number.isNaN(instant) ? undefined : instant;
}
