import { labelled, oid, tagged, utf8String } from "./der.ts";

/** Who a certificate is for and what the authority took from the token: SAN and extensions. */
export interface CertificateSigner {
  readonly kind: "certificate";
  /** GeneralNames, DER. */
  readonly names: readonly Buffer[];
  /** Arc under 1.3.6.1.4.1.57264.1, and the bytes of the extension's value. */
  readonly claims: readonly (readonly [arc: number, value: Buffer])[];
}

export interface KeySigner {
  readonly kind: "key";
  readonly which: "current" | "retired";
}

export function registryKey(which: KeySigner["which"] = "current"): KeySigner {
  return { kind: "key", which };
}

export function uriName(uri: string): Buffer {
  return labelled(6, Buffer.from(uri, "latin1"));
}

export function emailName(address: string): Buffer {
  return labelled(1, Buffer.from(address, "latin1"));
}

/** A run of GitHub Actions, by what its token says; every part has a default. */
export interface GithubRun {
  readonly server: string;
  readonly issuer: string;
  readonly repository: string;
  readonly repositoryId: string;
  readonly owner: string;
  readonly ownerId: string;
  readonly commit: string;
  readonly ref: string;
  /** Path in the repository. */
  readonly workflow: string;
  readonly workflowName: string;
  /** `owner/name/path@ref` of a reusable workflow that signs; the run's own where undefined. */
  readonly signer: string | undefined;
  readonly signerDigest: string | undefined;
  readonly trigger: string;
  readonly runner: string;
  readonly runId: string;
  readonly attempt: string;
  readonly visibility: string;
  /** "early": certificates of before May 2023, with .1 to .6 only. */
  readonly claims: "all" | "early";
}

export const GITHUB_RUN: GithubRun = {
  server: "https://github.com",
  issuer: "https://token.actions.githubusercontent.com",
  repository: "acme/widget",
  repositoryId: "700100200",
  owner: "acme",
  ownerId: "300400",
  commit: "5f1e0c9a7b3d2e4f6a8b9c0d1e2f3a4b5c6d7e8f",
  ref: "refs/heads/main",
  workflow: ".github/workflows/release.yml",
  workflowName: "Release",
  signer: undefined,
  signerDigest: undefined,
  trigger: "push",
  runner: "github-hosted",
  runId: "9001",
  attempt: "1",
  visibility: "public",
  claims: "all",
};

export function githubRun(parts: Partial<GithubRun> = {}): GithubRun {
  return { ...GITHUB_RUN, ...parts };
}

export function github(parts: Partial<GithubRun> = {}): CertificateSigner {
  const run = githubRun(parts);
  const home = `${run.server}/${run.repository}`;
  const workflow = `${home}/${run.workflow}@${run.ref}`;
  const signer = run.signer === undefined ? workflow : `${run.server}/${run.signer}`;
  const early = [
    raw(1, run.issuer),
    raw(2, run.trigger),
    raw(3, run.commit),
    raw(4, run.workflowName),
    raw(5, run.repository),
    raw(6, run.ref),
  ];
  const later = [
    text(8, run.issuer),
    text(9, signer),
    text(10, run.signerDigest ?? run.commit),
    text(11, run.runner),
    text(12, home),
    text(13, run.commit),
    text(14, run.ref),
    text(15, run.repositoryId),
    text(16, `${run.server}/${run.owner}`),
    text(17, run.ownerId),
    text(18, workflow),
    text(19, run.commit),
    text(20, run.trigger),
    text(21, `${home}/actions/runs/${run.runId}/attempts/${run.attempt}`),
    text(22, run.visibility),
  ];
  const claims = run.claims === "all" ? [...early, ...later] : early;
  return { kind: "certificate", names: [uriName(signer)], claims };
}

export interface GitlabRun {
  readonly server: string;
  readonly project: string;
  readonly projectId: string;
  readonly namespace: string;
  readonly namespaceId: string;
  readonly commit: string;
  readonly ref: string;
  readonly configPath: string;
  readonly trigger: string;
  readonly runner: string;
  readonly jobId: string;
  readonly visibility: string;
}

const GITLAB_RUN: GitlabRun = {
  server: "https://gitlab.com",
  project: "acme/widget",
  projectId: "40500600",
  namespace: "acme",
  namespaceId: "70800",
  commit: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  ref: "refs/heads/main",
  configPath: ".gitlab-ci.yml",
  trigger: "push",
  runner: "gitlab-hosted",
  jobId: "5551234",
  visibility: "public",
};

export function gitlabRun(parts: Partial<GitlabRun> = {}): GitlabRun {
  return { ...GITLAB_RUN, ...parts };
}

export function gitlab(parts: Partial<GitlabRun> = {}): CertificateSigner {
  const run = gitlabRun(parts);
  const home = `${run.server}/${run.project}`;
  const config = `${home}//${run.configPath}@${run.ref}`;
  const claims = [
    raw(1, run.server),
    text(8, run.server),
    text(9, config),
    text(10, run.commit),
    text(11, run.runner),
    text(12, home),
    text(13, run.commit),
    text(14, run.ref),
    text(15, run.projectId),
    text(16, `${run.server}/${run.namespace}`),
    text(17, run.namespaceId),
    text(18, config),
    text(19, run.commit),
    text(20, run.trigger),
    text(21, `${home}/-/jobs/${run.jobId}`),
    text(22, run.visibility),
  ];
  return { kind: "certificate", names: [uriName(config)], claims };
}

export function email(
  address: string,
  issuer = "https://accounts.example.invalid",
): CertificateSigner {
  const claims = [raw(1, issuer), text(8, issuer)];
  return { kind: "certificate", names: [emailName(address)], claims };
}

/** Fulcio's otherName for a person without an e-mail address. */
export function userName(
  name: string,
  issuer = "https://accounts.example.invalid",
): CertificateSigner {
  const other = tagged(0, oid("1.3.6.1.4.1.57264.1.7"), tagged(0, utf8String(name)));
  return { kind: "certificate", names: [other], claims: [raw(1, issuer), text(8, issuer)] };
}

/** A claim as Fulcio has written it since May 2023. */
export function text(arc: number, value: string): readonly [number, Buffer] {
  return [arc, utf8String(value)];
}

/** A claim of the first six, which are no DER. */
export function raw(arc: number, value: string): readonly [number, Buffer] {
  return [arc, Buffer.from(value)];
}
