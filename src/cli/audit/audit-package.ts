import type { Packument } from "../../acquire/packument.ts";
import { originFacts, type OriginDeps } from "../../check.ts";
import type { ProvenanceFacts } from "../../examine/signal.ts";
import type { AuditedPackage } from "../../model/audit.ts";
import { downgradeOf } from "../../model/downgrade.ts";
import { complianceOf, expectationsFor } from "../../model/expectation.ts";
import { Failure, isFailure } from "../../model/failure.ts";
import type { LockedPackage, LockedSource } from "../../model/lockfile.ts";
import { label } from "../../model/package-ref.ts";
import type { PackageEvidence } from "../../model/provenance.ts";
import type { Release } from "../../model/release.ts";
import { LEFT_OUT } from "../../provenance/registry-signature.ts";
import { artifactEvidence, lockedSha512, type LocalPlaces } from "./artifact.ts";

export interface AuditDeps extends OriginDeps {
  readonly places: LocalPlaces;
  /** Base addresses of registries that were seen to sign; it grows while an audit runs. */
  readonly signing: Set<string>;
}

/** One entry of a lockfile. Whatever cannot be had makes this entry unknown, and no other. */
export async function auditPackage(
  locked: LockedPackage,
  deps: AuditDeps,
  signal: AbortSignal,
): Promise<AuditedPackage> {
  if (locked.source !== "registry")
    return unasked(locked, NO_REGISTRY[locked.source], deps, signal);
  try {
    return await auditPublished(locked, deps, signal);
  } catch (error) {
    if (!isFailure(error) || NOT_ONE_PACKAGES.has(error.code)) throw error;
    return unasked(locked, error.message, deps, signal);
  }
}

/**
 * Whether it has to be audited again: what looked like a mirror that leaves out all signatures turned
 * out to be a registry that signs other packages.
 */
export function wasMisread(
  { evidence: { registrySignature }, locked }: AuditedPackage,
  { registry, signing }: AuditDeps,
): boolean {
  const isLeftOut = registrySignature.state === "unknown" && registrySignature.why === LEFT_OUT;
  return isLeftOut && signing.has(registry.baseUrl(locked.name));
}

/** What is wrong with Veln's own files or the policy's is so for every package. */
const NOT_ONE_PACKAGES: ReadonlySet<Failure["code"]> = new Set([
  "bad-config",
  "bad-policy",
  "store-altered",
  "store-unavailable",
]);

const NO_REGISTRY: Readonly<Record<Exclude<LockedSource, "registry">, string>> = {
  git: "it comes from a git repository, for which no registry vouches",
  remote: "it comes from an address, for which no registry vouches",
  file: "it comes from a file or folder of this machine",
  workspace: "it is part of the project",
  bundled: "it lies in the tarball of another package, and is vouched for with that",
  patched: "it is changed after it was fetched; the entry without the patch is audited",
  unclear: "the lockfile names neither a version of a registry nor another place",
};

async function auditPublished(
  locked: LockedPackage,
  deps: AuditDeps,
  signal: AbortSignal,
): Promise<AuditedPackage> {
  const asked = withMemory(deps);
  const short = await publishedAs(locked, asked, { signal, abbreviated: true });
  const facts = await factsOn(short, locked, asked, signal);
  if (!needsWhole(short, facts)) return audited(locked, short, facts, deps);
  const whole = await publishedAs(locked, asked, { signal });
  return audited(locked, whole, await factsOn(whole, locked, asked, signal), deps);
}

/** Both readings of one package ask for its attestations once. */
function withMemory(deps: AuditDeps): AuditDeps {
  const texts = new Map<string, Promise<string | undefined>>();
  const { registry } = deps;
  return {
    ...deps,
    registry: {
      ...registry,
      attestations: (ref, options) => {
        const text = texts.get(label(ref)) ?? registry.attestations(ref, options);
        texts.set(label(ref), text);
        return text;
      },
    },
  };
}

interface Published {
  readonly packument: Packument;
  readonly release: Release;
}

async function publishedAs(
  { name, version }: LockedPackage,
  { registry }: AuditDeps,
  options: { readonly signal: AbortSignal; readonly abbreviated?: boolean },
): Promise<Published> {
  options.signal.throwIfAborted();
  const packument = await registry.packument(name, options);
  const release = packument?.release(version);
  if (packument !== undefined && release !== undefined) return { packument, release };
  const what = packument === undefined ? "package of this name" : "such version";
  throw new Failure("not-found", `The registry has no ${what}.`);
}

function factsOn(
  { packument, release }: Published,
  locked: LockedPackage,
  deps: AuditDeps,
  signal: AbortSignal,
): Promise<ProvenanceFacts> {
  const sha512 = lockedSha512(locked);
  const base = deps.registry.baseUrl(locked.name);
  if (packument.isSigned) deps.signing.add(base);
  const isSigning = deps.signing.has(base);
  return originFacts({ packument, release, sha512, isSigning }, deps, { signal });
}

/**
 * Short documents have neither dates, by which a key that is out of use is judged, nor publishers,
 * of whom remembered origins may know.
 */
function needsWhole({ packument, release }: Published, facts: ProvenanceFacts): boolean {
  if (packument.dated) return false;
  const { registrySignature } = facts.evidence;
  const isOpen = registrySignature.state === "unknown" && release.signatures.length > 0;
  return isOpen || facts.remembered.some(({ rank }) => rank === "trusted-publisher");
}

async function audited(
  locked: LockedPackage,
  { packument, release }: Published,
  facts: ProvenanceFacts,
  { places, policy }: AuditDeps,
): Promise<AuditedPackage> {
  const { evidence, predecessors, remembered } = facts;
  const { versions } = packument.history();
  const expectations = expectationsFor(locked.name, policy.provenance.expect);
  return {
    locked,
    evidence,
    artifact: await artifactEvidence(locked, release.integrity, places),
    compliance:
      expectations.length === 0 ? undefined : complianceOf(evidence.provenance, expectations),
    downgrade: downgradeOf(locked.version, evidence, {
      versions,
      predecessors,
      remembered,
    }),
  };
}

async function unasked(
  locked: LockedPackage,
  why: string,
  { places, policy }: AuditDeps,
  signal: AbortSignal,
): Promise<AuditedPackage> {
  const evidence = unknownEvidence(why);
  const expectations = expectationsFor(locked.name, policy.provenance.expect);
  const unknown = { state: "unknown", why } as const;
  return {
    locked,
    evidence,
    // Disks take time as well, and a lockfile may have as many entries as it likes.
    artifact: signal.aborted
      ? { lockfile: unknown, tarball: unknown, installed: unknown }
      : await artifactEvidence(locked, { why }, places),
    compliance:
      expectations.length === 0 ? undefined : complianceOf(evidence.provenance, expectations),
    downgrade: unknown,
  };
}

function unknownEvidence(why: string): PackageEvidence {
  const unknown = { state: "unknown", why } as const;
  return {
    registrySignature: unknown,
    publish: unknown,
    provenance: unknown,
    trustedPublisher: undefined,
  };
}
