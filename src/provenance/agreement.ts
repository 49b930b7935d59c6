import type { Provenance } from "../model/provenance.ts";
import type { BuildClaims, Said } from "./build-claims.ts";
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
  const repository = required(identity, "sourceRepository", "repository");
  const commit = required(identity, "sourceDigest", "commit");
  const config = configOf(identity, repository);
  checkAgreement(claims.said, certifiedBy(identity, { repository, commit, config }));
  checkBuilder(claims.builder, ci, identity, repository);
  const certified = (name: ClaimName): string | undefined => identity.claims.get(name);
  return {
    buildType: claims.buildType,
    ci,
    issuer: identity.issuer,
    signer: identity.name.value,
    repository,
    repositoryId: certified("sourceRepositoryId"),
    ownerId: certified("sourceOwnerId"),
    commit,
    ref: certified("sourceRef") ?? "",
    workflow: config.path ?? "",
    builder: claims.builder,
    runner: runnerOf(certified("runnerEnvironment")),
    trigger: certified("trigger"),
    runUrl: certified("runUrl"),
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
  return claims.get(name) ?? refuse("identity", `The certificate names no ${what}.`);
}

type Certified = { readonly [Name in keyof Said]: string | undefined };

function certifiedBy(
  { claims }: SigningIdentity,
  source: { readonly repository: string; readonly commit: string; readonly config: WorkflowConfig },
): Certified {
  return {
    repository: source.repository,
    commit: source.commit,
    ref: claims.get("sourceRef"),
    // A signer of the same repository may be a workflow that the started one called.
    workflow: claims.has("buildConfig") ? source.config.path : undefined,
    workflowRef: claims.has("buildConfig") ? source.config.ref : undefined,
    workflowCommit: claims.get("buildConfigDigest"),
    repositoryId: claims.get("sourceRepositoryId"),
    ownerId: claims.get("sourceOwnerId"),
    trigger: claims.get("trigger"),
    runner: claims.get("runnerEnvironment"),
    runUrl: claims.get("runUrl"),
  };
}

const CALLED: readonly (readonly [name: keyof Said, what: string])[] = [
  ["repository", "the repository"],
  ["commit", "the commit"],
  ["ref", "the ref"],
  ["workflow", "the workflow"],
  ["workflowRef", "the workflow's ref"],
  ["workflowCommit", "the workflow's commit"],
  ["repositoryId", "the repository's id"],
  ["ownerId", "the owner's id"],
  ["trigger", "the trigger"],
  ["runner", "the runner"],
  ["runUrl", "the run"],
];

/** Only what both sides name can be compared: early certificates and statements name less. */
function checkAgreement(said: BuildClaims["said"], certified: Certified): void {
  if (said.repository.length === 0 || said.commit.length === 0) {
    refuse("agreement", "The statement names no repository or no commit.");
  }
  for (const [name, what] of CALLED) {
    for (const value of said[name]) agree(what, value, certified[name]);
  }
}

function agree(what: string, stated: string, certified: string | undefined): void {
  if (certified === undefined || stated === certified) return;
  refuse(
    "agreement",
    `The statement says that ${what} is ${stated}, the certificate says ${certified}.`,
  );
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
 * (by its environment), the signing workflow or one that comes with it, or a runner of the project's
 * own GitLab.
 */
function checkBuilder(
  builder: string,
  ci: Provenance["ci"],
  identity: SigningIdentity,
  repository: string,
): void {
  if (builder === identity.name.value || isBesideSigner(builder, identity, repository)) return;
  if (ci !== "gitlab-ci") {
    if (builder === GITHUB_RUNNER || NPM_CLIENT.test(builder)) return;
    if (builder.startsWith(`${GITHUB_RUNNER}/`)) {
      const runner = builder.slice(GITHUB_RUNNER.length + 1);
      agree("the runner", runner, identity.claims.get("runnerEnvironment"));
      return;
    }
  }
  if (ci !== "github-actions" && isRunnerOf(repository, builder)) return;
  // A local build says so here; a builder of a kind that is not known yet looks the same.
  refuse(
    "identity",
    `The statement names a builder that nobody certified: ${builder}.`,
    "untrusted",
  );
}

function isRunnerOf(repository: string, builder: string): boolean {
  const runners = `${repository}/-/runners/`;
  return builder.startsWith(runners) && /^\d+$/.test(builder.slice(runners.length));
}

/**
 * A reusable workflow signs for others of its repository: in the SLSA generator one workflow builds,
 * and another of the same release signs what it built.
 */
function isBesideSigner(builder: string, { name }: SigningIdentity, repository: string): boolean {
  const signer = WORKFLOW.exec(name.value);
  const built = WORKFLOW.exec(builder);
  if (signer === null || built === null || signer[1] === repository) return false;
  return signer[1] === built[1] && signer[2] === built[2];
}

const WORKFLOW = /^(https:\/\/[^/@]+\/[^/@]+\/[^/@]+)\/\.github\/workflows\/[^/@]+@(refs\/[^@]+)$/;

function runnerOf(environment: string | undefined): Provenance["runner"] {
  if (environment === "self-hosted") return "self-hosted";
  return environment === "github-hosted" || environment === "gitlab-hosted" ? "hosted" : "unknown";
}
