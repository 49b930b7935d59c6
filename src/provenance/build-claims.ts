import { isJsonObject, type Json, type JsonObject } from "../model/canonical.ts";
import { PREDICATE, textAt, type Statement } from "./statement.ts";
import { refuse } from "./verification.ts";

/**
 * What a build statement says of itself. The build writes it, from variables that the build can
 * change: `agreement.ts` compares all of it with the certificate.
 */
export interface BuildClaims {
  readonly buildType: string;
  readonly builder: string;
  readonly repository: string | undefined;
  readonly commit: string | undefined;
  readonly ref: string | undefined;
  /** Path within the repository. */
  readonly workflow: string | undefined;
  readonly workflowRef: string | undefined;
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  readonly trigger: string | undefined;
  readonly runUrl: string | undefined;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
}

/** SLSA provenance v1 or v0.2, as npm's clients and the SLSA generator write them. */
export function buildClaimsOf({ predicate, predicateType }: Statement): BuildClaims {
  const claims =
    predicateType === PREDICATE.provenance1 ? claimsOfV1(predicate) : claimsOfV02(predicate);
  if (claims.builder === "" || claims.buildType === "") {
    refuse("statement", "The provenance names no builder or no kind of build.");
  }
  return claims;
}

function claimsOfV1(predicate: JsonObject): BuildClaims {
  const definition = objectAt(predicate, "buildDefinition");
  const details = objectAt(predicate, "runDetails");
  const workflow = objectAt(objectAt(definition, "externalParameters"), "workflow");
  const github = objectAt(objectAt(definition, "internalParameters"), "github");
  const source = sourceFrom(firstOf(definition["resolvedDependencies"]), "gitCommit");
  const stated = textAt(workflow, "repository");
  if (stated !== undefined && source.repository !== undefined && stated !== source.repository) {
    refuse(
      "agreement",
      `The statement names two repositories, ${stated} and ${source.repository}.`,
    );
  }
  return {
    ...source,
    repository: source.repository ?? stated,
    buildType: textAt(definition, "buildType") ?? "",
    builder: textAt(details, "builder", "id") ?? "",
    workflow: textAt(workflow, "path"),
    workflowRef: textAt(workflow, "ref"),
    repositoryId: textAt(github, "repository_id"),
    ownerId: textAt(github, "repository_owner_id"),
    trigger: textAt(github, "event_name"),
    runUrl: textAt(details, "metadata", "invocationId"),
    startedAtMs: instantAt(details, "metadata", "startedOn"),
    finishedAtMs: instantAt(details, "metadata", "finishedOn"),
  };
}

function claimsOfV02(predicate: JsonObject): BuildClaims {
  const invocation = objectAt(predicate, "invocation");
  const configSource = objectAt(invocation, "configSource");
  const environment = objectAt(invocation, "environment");
  const source = sourceFrom(configSource, "sha1");
  const material = sourceFrom(firstOf(predicate["materials"]), "sha1");
  if (material.commit !== undefined && material.commit !== source.commit) {
    refuse("agreement", "The statement names two commits, one built and one as its material.");
  }
  return {
    ...source,
    ...entryPointFrom(textAt(configSource, "entryPoint"), environment),
    ref: source.ref ?? textAt(environment, "GITHUB_REF"),
    buildType: textAt(predicate, "buildType") ?? "",
    builder: textAt(predicate, "builder", "id") ?? "",
    repositoryId:
      textAt(environment, "GITHUB_REPOSITORY_ID") ??
      textAt(invocation, "parameters", "CI_PROJECT_ID"),
    ownerId: textAt(environment, "GITHUB_REPOSITORY_OWNER_ID"),
    trigger:
      textAt(environment, "GITHUB_EVENT_NAME") ??
      textAt(invocation, "parameters", "CI_PIPELINE_SOURCE"),
    runUrl: runUrlFrom(predicate, environment, source.repository),
    startedAtMs: instantAt(predicate, "metadata", "buildStartedOn"),
    finishedAtMs: instantAt(predicate, "metadata", "buildFinishedOn"),
  };
}

/** `git+https://github.com/owner/name@refs/heads/main` with the digest of a commit. */
function sourceFrom(
  json: Json | undefined,
  digest: string,
): Pick<BuildClaims, "repository" | "commit" | "ref"> {
  const uri = textAt(json, "uri");
  const [, repository, ref] =
    /^git\+(https:\/\/[^@\s]+?)(?:\.git)?(?:@(\S+))?$/.exec(uri ?? "") ?? [];
  return { repository, ref, commit: textAt(json, "digest", digest) };
}

/** The first of npm's build types wrote the whole reference: `owner/name/path@ref`. */
function entryPointFrom(
  entryPoint: string | undefined,
  environment: JsonObject,
): Pick<BuildClaims, "workflow" | "workflowRef"> {
  const repository = textAt(environment, "GITHUB_REPOSITORY");
  // GitLab's is the name of a job, which no certificate has.
  if (repository === undefined && entryPoint?.startsWith(".github/") !== true) {
    return { workflow: undefined, workflowRef: undefined };
  }
  const reference = textAt(environment, "GITHUB_WORKFLOW_REF") ?? entryPoint ?? "";
  const path = reference.startsWith(`${repository ?? ""}/`)
    ? reference.slice((repository ?? "").length + 1)
    : reference;
  const [, workflow, workflowRef] = /^([^@]+)(?:@(.+))?$/.exec(path) ?? [];
  return { workflow, workflowRef };
}

function runUrlFrom(
  predicate: JsonObject,
  environment: JsonObject,
  repository: string | undefined,
): string | undefined {
  const invocation = textAt(predicate, "metadata", "buildInvocationId");
  if (invocation?.startsWith("https://") === true) return invocation;
  const run = textAt(environment, "GITHUB_RUN_ID");
  const attempt = textAt(environment, "GITHUB_RUN_ATTEMPT");
  if (run === undefined || attempt === undefined || repository === undefined) return undefined;
  return `${repository}/actions/runs/${run}/attempts/${attempt}`;
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
