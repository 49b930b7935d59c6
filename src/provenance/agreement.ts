import type { Provenance } from "../model/provenance.ts";
import type { BuildClaims } from "./build-claims.ts";
import type { ClaimName, SigningIdentity } from "./identity.ts";
import { refuse } from "./verification.ts";

const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
const GITLAB_ISSUER = "https://gitlab.com";

/** Who counts as a build service. */
export interface BuilderRules {
  /**
   * Whether any workload identity counts that names source and commit. Only for an authority of
   * one's own: the public one certifies everybody.
   */
  readonly anyIssuer: boolean;
}

/** What statement and certificate say together; the certificate decides, the statement must agree. */
export type Build = Omit<Provenance, "predicateType" | "signedAtMs">;

/**
 * Compares everything that both sides name. The certificate's side was issued to the running build
 * by its CI and is taken; the statement's side was written by the build and has to say the same.
 *
 * Refuses with step "identity" when the signer is no build service, "agreement" for a contradiction.
 */
export function agreedBuild(
  claims: BuildClaims,
  identity: SigningIdentity,
  rules: BuilderRules,
): Build {
  const ci = ciOf(identity, rules);
  const repository = required(identity, "sourceRepository", "a repository");
  const commit = required(identity, "sourceDigest", "a commit");
  const certified = (name: ClaimName): string | undefined => identity.claims.get(name);
  const ref = certified("sourceRef") ?? "";
  const config = configOf(identity, repository);

  agree("the repository", claims.repository, repository);
  agree("the commit", claims.commit, commit);
  agree("the ref", claims.ref, ref);
  agree("the workflow", claims.workflow, config.path);
  agree("the workflow's ref", claims.workflowRef, config.ref);
  agree("the repository's id", claims.repositoryId, certified("sourceRepositoryId"));
  agree("the owner's id", claims.ownerId, certified("sourceOwnerId"));
  agree("the trigger", claims.trigger, certified("trigger"));
  agree("the run", claims.runUrl, certified("runUrl"));
  checkBuilder(claims.builder, identity, repository);
  if (claims.repository === undefined || claims.commit === undefined) {
    refuse("agreement", "The statement names no repository or no commit.");
  }
  return {
    buildType: claims.buildType,
    ci,
    issuer: identity.issuer,
    signer: identity.name.value,
    repository,
    repositoryId: certified("sourceRepositoryId"),
    ownerId: certified("sourceOwnerId"),
    commit,
    ref,
    workflow: config.path ?? "",
    builder: claims.builder,
    runner: runnerOf(certified("runnerEnvironment")),
    trigger: certified("trigger"),
    runUrl: certified("runUrl") ?? claims.runUrl,
    startedAtMs: claims.startedAtMs,
    finishedAtMs: claims.finishedAtMs,
  };
}

function ciOf({ issuer, name }: SigningIdentity, { anyIssuer }: BuilderRules): Provenance["ci"] {
  if (name.kind !== "uri") {
    return refuse("identity", `It is signed by a person, ${name.value}, not by a build service.`);
  }
  // Enterprises may have an issuer of their own below GitHub's.
  if (issuer === GITHUB_ISSUER || issuer.startsWith(`${GITHUB_ISSUER}/`)) return "github-actions";
  if (issuer === GITLAB_ISSUER) return "gitlab-ci";
  if (anyIssuer) return "other";
  return refuse(
    "identity",
    `It is signed by ${name.value} of ${issuer}, which is no known build service.`,
    "untrusted",
  );
}

function required({ claims }: SigningIdentity, name: ClaimName, what: string): string {
  return claims.get(name) ?? refuse("identity", `The certificate names no ${what.slice(2)}.`);
}

/** Only what both sides name can be compared: early certificates and statements name less. */
function agree(what: string, stated: string | undefined, certified: string | undefined): void {
  if (stated === undefined || certified === undefined || certified === "") return;
  if (stated !== certified) {
    refuse(
      "agreement",
      `The statement says that ${what} is ${stated}, the certificate says ${certified}.`,
    );
  }
}

interface WorkflowConfig {
  readonly path: string | undefined;
  readonly ref: string | undefined;
}

/**
 * The workflow that was started: the build config, or, before certificates had one, the signer where
 * it belongs to the repository itself.
 */
function configOf({ claims, name }: SigningIdentity, repository: string): WorkflowConfig {
  const uri = claims.get("buildConfig") ?? name.value;
  if (!uri.startsWith(`${repository}/`)) return { path: undefined, ref: undefined };
  const [, path, ref] = /^\/{0,1}([^@]+)@(.+)$/.exec(uri.slice(repository.length + 1)) ?? [];
  return { path, ref };
}

const GITHUB_RUNNER = "https://github.com/actions/runner";
/** npm's first builds named the client that wrote the statement. */
const NPM_CLIENT = /^https:\/\/github\.com\/npm\/cli@\d/;

/**
 * The builder that a statement names is only believed where the certificate bears it out: the runner
 * (by its environment), the signing workflow itself, or a runner of the project's own GitLab.
 */
function checkBuilder(builder: string, identity: SigningIdentity, repository: string): void {
  const environment = identity.claims.get("runnerEnvironment");
  if (builder === identity.name.value || NPM_CLIENT.test(builder)) return;
  if (builder === GITHUB_RUNNER || builder.startsWith(`${repository}/-/runners/`)) return;
  if (builder.startsWith(`${GITHUB_RUNNER}/`)) {
    agree("the runner", builder.slice(GITHUB_RUNNER.length + 1), environment);
    return;
  }
  refuse("identity", `The statement names a builder that nobody certified: ${builder}.`);
}

function runnerOf(environment: string | undefined): Provenance["runner"] {
  if (environment === "self-hosted") return "self-hosted";
  return environment === "github-hosted" || environment === "gitlab-hosted" ? "hosted" : "unknown";
}
