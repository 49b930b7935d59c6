import { foldedAddress, ownerOf } from "./address.ts";
import { printInstant } from "./instant.ts";
import { originOf, type Origin, type RememberedOrigin } from "./origin.ts";
import { printable } from "./printable.ts";
import type { PackageEvidence } from "./provenance.ts";
import { comparedVersions } from "./release-line.ts";
import type { DatedVersion } from "./release.ts";

/** What a version can have less of than the versions before it. */
export type WeaknessKind =
  | "provenance-gone"
  | "provenance-fails"
  | "trusted-publisher-gone"
  | "other-repository"
  | "other-owner"
  | "other-issuer"
  | "other-workflow"
  | "other-signer"
  | "other-builder"
  | "other-ref"
  | "tag-not-branch"
  | "weaker-runner";

export interface Weakness {
  readonly kind: WeaknessKind;
  /** The stronger version. */
  readonly than: string;
  /** Whether every version that it was compared with, and of which it is known, had more. */
  readonly always: boolean;
  /** One sentence, printable: what it was and what it is. */
  readonly why: string;
}

export type Downgrade =
  | { readonly state: "weaker"; readonly weaknesses: readonly [Weakness, ...Weakness[]] }
  | { readonly state: "as-strong" }
  | { readonly state: "unknown"; readonly why: string }
  | { readonly state: "inapplicable"; readonly why: string };

export interface EarlierEvidence {
  readonly version: string;
  readonly evidence: PackageEvidence;
}

/** Everything that a version's evidence is held against. */
export interface Past {
  /** Versions that the registry lists, with their dates if it gives any. */
  readonly versions: readonly DatedVersion[];
  /** At least of the versions that `comparedVersions` names, where it could be had. */
  readonly predecessors: readonly EarlierEvidence[];
  /** Of any version of the package. A remembered origin counts before what is served today. */
  readonly remembered: readonly RememberedOrigin[];
}

/**
 * Whether a version's origin is proven less well than, or is another one than, that of the versions
 * it follows and that of itself when it was first seen. Only what was verified counts on their side.
 */
export function downgradeOf(version: string, evidence: PackageEvidence, past: Past): Downgrade {
  const own = past.remembered.find((origin) => origin.version === version);
  const sinceSeen = own === undefined ? NOTHING_EARLIER : compared(evidence, [seen(own)]);
  return worseOf(sinceSeen, compared(evidence, standingsBefore(version, past)));
}

const AS_STRONG: Downgrade = { state: "as-strong" };
const NOTHING_EARLIER: Downgrade = {
  state: "inapplicable",
  why: "there is no earlier version to compare it with",
};

function worseOf(one: Downgrade, other: Downgrade): Downgrade {
  if (one.state === "weaker" && other.state === "weaker") {
    const kinds = new Set(one.weaknesses.map(({ kind }) => kind));
    const others = other.weaknesses.filter(({ kind }) => !kinds.has(kind));
    return { state: "weaker", weaknesses: [...one.weaknesses, ...others] };
  }
  const worst = (["weaker", "unknown", "as-strong"] as const).find(
    (state) => one.state === state || other.state === state,
  );
  return one.state === worst ? one : other;
}

/** What is known of one earlier version. What did not verify is no better than nothing. */
type Standing =
  | { readonly state: "verified"; readonly label: string; readonly origin: Origin }
  | { readonly state: "none" }
  | { readonly state: "unknown"; readonly why: string };
type Verified = Extract<Standing, { readonly state: "verified" }>;

function standingsBefore(version: string, past: Past): readonly Standing[] {
  const listed = new Set(past.versions.map((other) => other.version));
  const unlisted = [...past.predecessors, ...past.remembered]
    .filter((other) => !listed.has(other.version))
    .map((other) => ({ version: other.version, publishedAtMs: undefined }));
  return comparedVersions(version, [...past.versions, ...unlisted]).map((other) =>
    standingOf(other, past),
  );
}

function standingOf(version: string, { predecessors, remembered }: Past): Standing {
  const memory = remembered.find((origin) => origin.version === version);
  if (memory !== undefined) return seen(memory);
  const evidence = predecessors.find((other) => other.version === version)?.evidence;
  if (evidence === undefined) {
    return { state: "unknown", why: `nobody asked how ${version} was published` };
  }
  const { provenance } = evidence;
  const origin = originOf(evidence);
  if (origin !== undefined) return { state: "verified", label: version, origin };
  if (provenance.state !== "unknown") return { state: "none" };
  return {
    state: "unknown",
    why: `it is not known how ${version} was published: ${provenance.why}`,
  };
}

function seen(origin: RememberedOrigin): Verified {
  const day = printInstant(origin.seenAtMs).slice(0, 10);
  return { state: "verified", label: `${origin.version} (as seen here on ${day})`, origin };
}

function compared(evidence: PackageEvidence, standings: readonly Standing[]): Downgrade {
  if (standings.length === 0) return NOTHING_EARLIER;
  const [newest, ...older] = standings.filter((standing) => standing.state === "verified");
  const unknown = standings.find((standing) => standing.state === "unknown");
  if (newest === undefined) return unknown ?? AS_STRONG;
  const { provenance } = evidence;
  if (provenance.state === "unknown") return provenance;
  const origin = originOf(evidence);
  const known = standings.filter((standing) => standing.state !== "unknown");
  const all = [newest, ...older] as const;
  const weaknesses =
    origin === undefined
      ? [lossOf(evidence, newest, all.length === known.length)]
      : differences(origin, all);
  const [first, ...rest] = weaknesses;
  return first === undefined ? AS_STRONG : { state: "weaker", weaknesses: [first, ...rest] };
}

function lossOf(
  { provenance }: PackageEvidence,
  { label, origin }: Verified,
  always: boolean,
): Weakness {
  const had = `${label} was proven to come from ${origin.repository}.`;
  return provenance.state === "failed"
    ? weakness(
        "provenance-fails",
        label,
        always,
        `Its provenance does not verify (${provenance.why.replace(/\.$/, "")}); ${had}`,
      )
    : weakness("provenance-gone", label, always, `It has no provenance; ${had}`);
}

function weakness(kind: WeaknessKind, than: string, always: boolean, why: string): Weakness {
  return { kind, than, always, why: printable(why, WHY_LENGTH_MAX) };
}

const WHY_LENGTH_MAX = 400;

/** A property that two origins share, or in which the later one is weaker. */
interface Trait {
  readonly kind: WeaknessKind;
  readonly holds: (now: Origin, then: Origin) => boolean;
  /** What is shown of both. */
  readonly shown: (origin: Origin) => string;
  readonly noun: string;
}

/** What one of the compared versions had already is nothing new. */
function differences(now: Origin, past: readonly [Verified, ...Verified[]]): readonly Weakness[] {
  const [newest] = past;
  return TRAITS.filter(({ holds }) => !past.some(({ origin }) => holds(now, origin))).map(
    ({ kind, noun, shown }) =>
      weakness(
        kind,
        newest.label,
        true,
        `Its ${noun} is ${shown(now)}; that of ${newest.label} was ${shown(newest.origin)}.`,
      ),
  );
}

const TRAITS: readonly Trait[] = [
  {
    kind: "trusted-publisher-gone",
    noun: "publisher",
    shown: ({ rank }) => (rank === "trusted-publisher" ? "a trusted one" : "whoever held a token"),
    holds: (now, then) => now.rank === then.rank || then.rank === "provenance",
  },
  {
    kind: "other-repository",
    noun: "repository",
    shown: ({ repository, repositoryId }) => withId(repository, repositoryId),
    holds: isSameRepository,
  },
  {
    kind: "other-owner",
    noun: "repository's owner",
    shown: ({ repository, ownerId }) => withId(ownerOf(repository), ownerId),
    holds: (now, then) =>
      isSameRepository(now, then) ||
      isSame(now.ownerId, then.ownerId, ownerOf(now.repository), ownerOf(then.repository)),
  },
  {
    kind: "other-issuer",
    noun: "identity's issuer",
    shown: ({ issuer }) => issuer,
    holds: (now, then) => foldedAddress(now.issuer) === foldedAddress(then.issuer),
  },
  {
    kind: "other-workflow",
    noun: "workflow",
    shown: ({ workflow }) => named(workflow),
    holds: (now, then) => now.workflow === then.workflow || then.workflow === "",
  },
  {
    kind: "other-signer",
    noun: "signing workflow",
    shown: ({ signer }) => signer,
    holds: isSameSigner,
  },
  {
    kind: "other-builder",
    noun: "builder",
    shown: ({ builder }) => builder,
    holds: (now, then) => builderFamily(now.builder) === builderFamily(then.builder),
  },
  {
    kind: "other-ref",
    noun: "ref",
    shown: ({ ref }) => named(ref),
    holds: (now, then) => now.ref === then.ref || then.ref === "" || isTag(now.ref),
  },
  {
    kind: "tag-not-branch",
    noun: "ref",
    shown: ({ ref }) => named(ref),
    holds: (now, then) => !isTag(now.ref) || isTag(then.ref) || then.ref === "",
  },
  {
    kind: "weaker-runner",
    noun: "runner",
    shown: ({ runner }) => runner,
    holds: (now, then) => now.runner === "hosted" || then.runner !== "hosted",
  },
];

/** Certificates of before May 2023 name less; what they leave out is empty, and nobody lost it since. */
function named(text: string): string {
  return text === "" ? "not named" : text;
}

function withId(address: string, id: string | undefined): string {
  return id === undefined ? address : `${address} (number ${id})`;
}

/** Renames and transfers keep the number; a name can be taken by somebody else. */
function isSameRepository(now: Origin, then: Origin): boolean {
  return isSame(now.repositoryId, then.repositoryId, now.repository, then.repository);
}

function isSame(
  idNow: string | undefined,
  idThen: string | undefined,
  nameNow: string,
  nameThen: string,
): boolean {
  return idNow === undefined || idThen === undefined
    ? foldedAddress(nameNow) === foldedAddress(nameThen)
    : idNow === idThen;
}

/** A repository's own workflow signs under the repository's name, and follows it when that changes. */
function isSameSigner(now: Origin, then: Origin): boolean {
  return (isOwnSigner(now) && isOwnSigner(then)) || signingWorkflow(now) === signingWorkflow(then);
}

function isOwnSigner(origin: Origin): boolean {
  const repository = foldedAddress(origin.repository);
  const signing = signingWorkflow(origin);
  // GitLab writes two slashes between project and file.
  const path = signing.slice(repository.length).replace(/^\/+/, "");
  return signing.startsWith(`${repository}/`) && path === origin.workflow;
}

/** Without the ref or commit it was taken from: that is compared by itself, or the called one's own. */
function signingWorkflow({ signer }: Origin): string {
  const file = /^.*?\.ya?ml(?=@)/.exec(signer)?.[0];
  return foldedAddress(file ?? signer);
}

function isTag(ref: string): boolean {
  return ref.startsWith("refs/tags/");
}

const GITHUB_RUNNER = "https://github.com/actions/runner";
/** What npm's first provenance (2023) named as builder: itself, in the version that ran. */
const NPM_CLI = "https://github.com/npm/cli@";
/** GitLab's builder is the project's address and the number of the machine, which is another each time. */
const GITLAB_RUNNER = "/-/runners/";

/** What stays the same from one build to the next; which runner it was is compared by itself. */
function builderFamily(builder: string): string {
  const isGitHub =
    builder === GITHUB_RUNNER ||
    builder.startsWith(`${GITHUB_RUNNER}/`) ||
    builder.startsWith(NPM_CLI);
  if (isGitHub) return GITHUB_RUNNER;
  return builder.includes(GITLAB_RUNNER)
    ? GITLAB_RUNNER
    : foldedAddress(builder.split("@", 1)[0] ?? "");
}
