import { claimedSize } from "./acquire/archive/gunzip.ts";
import { readArchive } from "./acquire/archive/read-archive.ts";
import { treeHash } from "./model/tree-hash.ts";
import type { Packument } from "./acquire/packument.ts";
import type { Registry, RegistryOptions, Tarball } from "./acquire/registry.ts";
import type { Examiner } from "./examine/examine.ts";
import {
  dependenciesOf,
  newDependenciesOf,
  registryNameOf,
} from "./examine/parse/dependency-spec.ts";
import {
  known,
  type AgeFacts,
  type Answer,
  type ArchiveFacts,
  type DependencyFact,
  type DependencyFacts,
  type FirstSeen,
  type Gathered,
  type ProvenanceFacts,
} from "./examine/signal.ts";
import { judge } from "./judge/verdict.ts";
import { isJsonObject, parseJson } from "./model/canonical.ts";
import { compareDigests, type Digests } from "./model/digests.ts";
import { Failure, isFailure, messageOf } from "./model/failure.ts";
import type { FileTree } from "./model/file-tree.ts";
import { parseManifest, type Manifest } from "./model/manifest.ts";
import { isExactVersion, isPackageName, npmRef, type PackageRef } from "./model/package-ref.ts";
import type { Policy } from "./model/policy.ts";
import { printable } from "./model/printable.ts";
import { predecessorOf, type Release } from "./model/release.ts";
import type { RememberedOrigin } from "./model/origin.ts";
import { expectationsFor } from "./model/expectation.ts";
import { registryUrl } from "./model/registry-url.ts";
import { comparedVersions } from "./model/release-line.ts";
import type { Verdict } from "./model/verdict.ts";
import type { BuilderRules } from "./provenance/agreement.ts";
import {
  gatherEarlierEvidence,
  gatherEvidence,
  type EvidenceSources,
} from "./provenance/package-evidence.ts";
import type { TrustMaterial } from "./provenance/trust-material/material.ts";
import type { Clock } from "./platform/clock.ts";
import type { Gauge } from "./platform/gauge.ts";

/** What `check` works with. Everything that reaches outside is handed in. */
export interface CheckDeps {
  readonly registry: Registry;
  readonly examiner: Examiner;
  readonly policy: Policy;
  readonly clock: Clock;
  /** Digest under which this installation first saw a version; the integrity store answers. */
  readonly firstSeen: (ref: PackageRef) => FirstSeen | undefined;
  /** Why the cooling window does not apply to a version, if it does not. */
  readonly exemptionOf: (ref: PackageRef) => Promise<string | undefined>;
  readonly origins: OriginSources;
  /** Bounds how many bytes of unpacked archives are in memory at once. */
  readonly memory: Gauge;
}

/** What is needed to tell where a version comes from, beside the registry. */
export interface OriginSources {
  /** Whose word counts for a registry. @throws Failure */
  trustFor(registry: string): Promise<TrustMaterial>;
  /** What this installation verified of a package before; the integrity store answers. */
  remembered(name: string): readonly RememberedOrigin[];
}

export interface Checked {
  readonly verdict: Verdict;
  readonly tarball: { readonly bytes: Uint8Array; readonly digests: Digests };
  /** What the registry said of it; undefined for a file or folder. */
  readonly release: Release | undefined;
  /** See `model/tree-hash.ts`; undefined when the archive was refused. */
  readonly treeSha256: string | undefined;
}

/** New dependencies that are looked up for one package; more of them are left unasked and said so. */
const DEPENDENCIES_ASKED_MAX = 64;

/**
 * The product in one function: acquire, examine, judge. Undefined when the registry has no such
 * version.
 *
 * @throws Failure whenever the facts a verdict needs cannot be had; never an optimistic verdict
 */
export async function checkRelease(
  ref: PackageRef,
  deps: CheckDeps,
  options: RegistryOptions = {},
): Promise<Checked | undefined> {
  const packument = await deps.registry.packument(ref.name, options);
  const release = packument?.release(ref.version);
  if (packument === undefined || release === undefined) return undefined;
  const tarball = await deps.registry.tarball(release, options);
  if (tarball === undefined) return undefined;
  return deps.memory.run(claimedSize(tarball.bytes), async () => {
    const { sha512 } = tarball.digests;
    const [archive, provenance] = await Promise.all([
      openArchive(tarball.bytes, options.signal),
      originFacts({ packument, release, sha512 }, deps, options),
    ]);
    const gathered: Gathered = {
      ...artifactInputs(ref, tarball, archive),
      ...(await registryInputs(ref, packument, release, archive.manifest, deps)),
      firstSeen: firstSeenInput(ref, deps),
      provenance: known(provenance),
    };
    const verdict = await examineAndJudge(ref, gathered, deps);
    return { verdict, tarball, release, treeSha256: hashOf(archive.files) };
  });
}

/** A tarball or folder from this machine; `registry` undefined means that nothing may be asked. */
export async function checkLocal(
  artifact: LocalArtifact,
  deps: Omit<CheckDeps, "registry"> & { readonly registry: Registry | undefined },
): Promise<Checked> {
  const archive =
    artifact.files === undefined ? await openArchive(artifact.bytes) : withManifest(artifact.files);
  const ref = refOf(archive);
  const packument = await askedPackument(ref.name, deps.registry);
  const gathered: Gathered = {
    ...artifactInputs(ref, artifact, archive),
    ...(await localInputs(ref, packument, archive.manifest, artifact.previous, deps)),
    firstSeen: { state: "inapplicable", why: LOCAL },
    provenance: { state: "inapplicable", why: LOCAL },
  };
  const verdict = await examineAndJudge(ref, gathered, deps);
  return { verdict, tarball: artifact, release: undefined, treeSha256: hashOf(archive.files) };
}

export interface LocalArtifact {
  readonly bytes: Uint8Array;
  readonly digests: Digests;
  /** Given for a folder, which is no archive. */
  readonly files: FileTree | undefined;
  /** A predecessor given by hand. */
  readonly previous: { readonly release: Release; readonly files: FileTree } | undefined;
}

function hashOf(files: FileTree | undefined): string | undefined {
  return files === undefined ? undefined : treeHash(files);
}

const LOCAL = "it comes from this machine, not from a registry";
const OFFLINE = "nothing was asked of a registry";
const UNREAD = "the archive was refused, so its contents were not read";
const FIRST_RELEASE = "there is no earlier version";

const NO_MANIFEST = "no-manifest";

interface OpenedArchive {
  readonly facts: ArchiveFacts;
  readonly files: FileTree | undefined;
  readonly manifest: Manifest | undefined;
}

async function openArchive(bytes: Uint8Array, signal?: AbortSignal): Promise<OpenedArchive> {
  try {
    return withManifest(await readArchive(bytes, undefined, signal));
  } catch (error) {
    if (!isFailure(error, "bad-archive")) throw error;
    const { rule = "unreadable", path } = error.detail;
    const facts = { state: "refused", rule, message: error.message, path } as const;
    return { facts, files: undefined, manifest: undefined };
  }
}

function withManifest(files: FileTree): OpenedArchive {
  const entry = files.get("package.json");
  const manifest = entry === undefined ? undefined : manifestOf(files.text(entry));
  if (manifest !== undefined) return { facts: { state: "read" }, files, manifest };
  const message = "The archive holds no package.json that can be read.";
  const facts = { state: "refused", rule: NO_MANIFEST, message, path: "package.json" } as const;
  return { facts, files, manifest: undefined };
}

/** Undefined for a text that is no package.json. */
export function manifestOf(text: string): Manifest | undefined {
  try {
    const json = parseJson(text.replace(/^\uFEFF/, ""));
    return isJsonObject(json) ? parseManifest(json) : undefined;
  } catch {
    return undefined;
  }
}

/** A local archive that was refused has no name for a verdict to be about, but it has a rule. */
function refOf({ facts, manifest }: OpenedArchive): PackageRef {
  if (facts.state === "refused" && facts.rule !== NO_MANIFEST) {
    const { rule, message, path } = facts;
    throw new Failure("bad-archive", message, path === undefined ? { rule } : { rule, path });
  }
  const { name, version } = manifest ?? {};
  if (name === undefined || version === undefined) {
    throw new Failure("usage", "This is no package: it has no package.json with name and version.");
  }
  if (!isPackageName(name) || !isExactVersion(version)) {
    throw new Failure("usage", `"${printable(`${name}@${version}`)}" can be no package's name.`);
  }
  return npmRef(name, version);
}

type Inputs = { -readonly [Key in keyof Gathered]: Gathered[Key] };

function artifactInputs(
  ref: PackageRef,
  tarball: Pick<Tarball, "bytes" | "digests">,
  archive: OpenedArchive,
): Pick<Inputs, "artifact" | "archive" | "files" | "manifest"> {
  const unread: Answer<never> = { state: "unknown", why: UNREAD };
  return {
    artifact: known({ ref, digests: tarball.digests, sizeBytes: tarball.bytes.length }),
    archive: known(archive.facts),
    files: archive.files === undefined ? unread : known(archive.files),
    manifest: archive.manifest === undefined ? unread : known(archive.manifest),
  };
}

type RegistryInputs = Pick<
  Inputs,
  "release" | "history" | "previous" | "previousFiles" | "dependencies" | "age"
>;

async function registryInputs(
  ref: PackageRef,
  packument: Packument,
  release: Release,
  manifest: Manifest | undefined,
  deps: CheckDeps,
): Promise<RegistryInputs> {
  const previous = previousOf(ref, packument);
  return {
    release: known(release),
    history: known(packument.history()),
    previous,
    previousFiles: notYetAsked(previous),
    dependencies: await dependencyFacts(manifest ?? release.manifest, previous, deps.registry),
    age: known(await ageFacts(release, deps)),
  };
}

async function localInputs(
  ref: PackageRef,
  packument: Answer<Packument>,
  manifest: Manifest | undefined,
  given: LocalArtifact["previous"],
  deps: { readonly registry: Registry | undefined },
): Promise<RegistryInputs> {
  const local: Answer<never> = { state: "inapplicable", why: LOCAL };
  const asked = packument.state === "known" ? previousOf(ref, packument.value) : packument;
  const previous = given === undefined ? asked : known(given.release);
  return {
    release: local,
    history: packument.state === "known" ? known(packument.value.history()) : packument,
    previous,
    previousFiles: given === undefined ? notYetAsked(previous) : known(given.files),
    dependencies: await dependencyFacts(manifest, previous, deps.registry),
    age: local,
  };
}

async function askedPackument(
  name: string,
  registry: Registry | undefined,
): Promise<Answer<Packument>> {
  if (registry === undefined) return { state: "unknown", why: OFFLINE };
  try {
    const packument = await registry.packument(name);
    return packument === undefined
      ? { state: "inapplicable", why: "the registry has no package of this name" }
      : known(packument);
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { state: "unknown", why: error.message };
  }
}

function previousOf(ref: PackageRef, packument: Packument): Answer<Release> {
  const version = predecessorOf(ref.version, packument.history());
  if (version === undefined) return { state: "inapplicable", why: FIRST_RELEASE };
  const release = packument.release(version);
  return release === undefined
    ? { state: "unknown", why: `the registry's entry for ${version} cannot be read` }
    : known(release);
}

/** `check` fetches these files only when a signal asks, because most packages never need them. */
function notYetAsked(previous: Answer<Release>): Answer<FileTree> {
  return previous.state === "known"
    ? { state: "unknown", why: "the version before was not fetched" }
    : previous;
}

async function ageFacts(release: Release, deps: CheckDeps): Promise<AgeFacts> {
  const nowMs = deps.clock();
  const { minVersionAgeMs } = deps.policy.cooling;
  const { publishedAtMs } = release;
  const young = publishedAtMs === undefined || publishedAtMs + minVersionAgeMs > nowMs;
  const exemption = young ? await deps.exemptionOf(release.ref) : undefined;
  return { nowMs, publishedAtMs, minVersionAgeMs, exemption };
}

/** Asks about names this version adds, which is where attacks put theirs; all of a first release's. */
async function dependencyFacts(
  manifest: Manifest | undefined,
  previous: Answer<Release>,
  registry: Registry | undefined,
): Promise<Answer<DependencyFacts>> {
  if (manifest === undefined) return { state: "unknown", why: UNREAD };
  if (registry === undefined) return { state: "unknown", why: OFFLINE };
  const added =
    previous.state === "known"
      ? newDependenciesOf(manifest, previous.value.manifest)
      : dependenciesOf(manifest);
  const names = added
    .filter((dependency) => !manifest.bundled.has(dependency.name))
    .map(registryNameOf)
    .filter((name) => name !== undefined)
    .filter(isPackageName);
  const facts = await Promise.all(
    names.slice(0, DEPENDENCIES_ASKED_MAX).map(async (name) => {
      return [name, await dependencyFact(name, registry)] as const;
    }),
  );
  const unasked = names.slice(DEPENDENCIES_ASKED_MAX).map((name) => [name, UNASKED] as const);
  return known(new Map([...unasked, ...facts]));
}

/** Or the young one would hide behind as many old ones. */
const UNASKED: DependencyFact = {
  state: "unknown",
  why: `it has more than ${String(DEPENDENCIES_ASKED_MAX)} new dependencies`,
};

async function dependencyFact(name: string, registry: Registry): Promise<DependencyFact> {
  try {
    const packument = await registry.packument(name);
    if (packument === undefined) return { state: "absent" };
    return { state: "exists", firstPublishedAtMs: packument.firstPublishedAtMs };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { state: "unknown", why: messageOf(error) };
  }
}

/** What is to be found out about the origin of. */
export interface Published {
  readonly packument: Packument;
  readonly release: Release;
  /** Of the bytes in hand; undefined where the registry's own word has to do. */
  readonly sha512: string | undefined;
  /** Whether the registry is known to sign, whatever this document has. */
  readonly isSigning?: boolean;
}

export type OriginDeps = Pick<CheckDeps, "registry" | "origins" | "policy">;

/** Nothing is asked for what the registry does not claim to have. */
export async function originFacts(
  { packument, release, sha512, isSigning = false }: Published,
  deps: OriginDeps,
  options: RegistryOptions,
): Promise<ProvenanceFacts> {
  const { name, version } = release.ref;
  const isSigned = isSigning || packument.isSigned;
  const registry = deps.registry.baseUrl(name);
  const rules = builderRulesFor(registry, deps.policy);
  const sources: EvidenceSources = {
    // A policy whose trust cannot be had is nobody's to pass over: this throws.
    trust: () => deps.origins.trustFor(registry),
    fetchAttestations: (ref) => deps.registry.attestations(ref, options),
  };
  const remembered = deps.origins.remembered(name);
  const isRemembered = new Set(remembered.map((origin) => origin.version));
  const earlier = comparedVersions(version, packument.history().versions)
    .filter((other) => !isRemembered.has(other))
    .flatMap((other) => packument.release(other) ?? [])
    .map((other) => ({ release: other, isSigned, sha512: undefined, rules }));
  const evidence = await gatherEvidence({ release, isSigned, sha512, rules }, sources);
  return {
    evidence,
    predecessors: await gatherEarlierEvidence(evidence, earlier, sources),
    remembered,
    expectations: expectationsFor(name, deps.policy.provenance.expect),
  };
}

/** A registry with an authority of its own decides whom that certifies. */
export function builderRulesFor(registry: string, policy: Policy): BuilderRules {
  const { registries } = policy.provenance;
  return { anyIssuer: registries.some((own) => own.registry === registryUrl(registry)) };
}

function firstSeenInput(ref: PackageRef, deps: CheckDeps): Answer<FirstSeen> {
  const seen = deps.firstSeen(ref);
  return seen === undefined
    ? { state: "inapplicable", why: "this version was never seen here before" }
    : known(seen);
}

interface JudgeDeps {
  readonly registry: Registry | undefined;
  readonly examiner: Examiner;
  readonly policy: Policy;
  readonly clock: Clock;
}

async function examineAndJudge(
  ref: PackageRef,
  gathered: Gathered,
  deps: JudgeDeps,
): Promise<Verdict> {
  const { signalTimeoutMs: timeoutMs, codeTimeoutMs, memoryMb } = deps.policy.limits;
  const examination = await deps.examiner.examine(
    gathered,
    { ref, limits: { timeoutMs, codeTimeoutMs, memoryMb }, atMs: deps.clock() },
    () => previousFiles(gathered.previous, deps.registry),
  );
  return judge(examination, deps.policy);
}

async function previousFiles(
  previous: Answer<Release>,
  registry: Registry | undefined,
): Promise<Answer<FileTree>> {
  if (previous.state !== "known") return previous;
  if (registry === undefined) return { state: "unknown", why: OFFLINE };
  const { version } = previous.value.ref;
  try {
    const tarball = await registry.tarball(previous.value);
    if (tarball === undefined)
      return { state: "unknown", why: `${version} is not in the registry` };
    // Bytes that were swapped would be a baseline of somebody's making.
    if (compareDigests(tarball.digests, previous.value.integrity) === "different")
      return { state: "unknown", why: `the bytes of ${version} are not those the registry names` };
    return known(await readArchive(tarball.bytes));
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { state: "unknown", why: `${version} could not be read: ${error.message}` };
  }
}
