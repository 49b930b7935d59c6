import type { Digests } from "../model/digests.ts";
import type { EarlierEvidence } from "../model/downgrade.ts";
import type { SignalResult } from "../model/examination.ts";
import type { Expectation } from "../model/expectation.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { Manifest } from "../model/manifest.ts";
import type { RememberedOrigin } from "../model/origin.ts";
import type { PackageRef } from "../model/package-ref.ts";
import type { PackageEvidence } from "../model/provenance.ts";
import type { Release, ReleaseHistory } from "../model/release.ts";
import type { Sources } from "./parse/sources.ts";

/** Everything a signal may ask to see. `check.ts` gathers it; no signal fetches anything. */
export interface Inputs {
  /** Who the artifact says it is and the digests we computed over its bytes. */
  readonly artifact: ArtifactFacts;
  readonly archive: ArchiveFacts;
  /** The package.json inside the tarball. */
  readonly manifest: Manifest;
  readonly files: FileTree;
  /** Shared syntax trees: each file is parsed at most once for all signals. */
  readonly sources: Sources;
  /** What the registry says of this version. */
  readonly release: Release;
  readonly history: ReleaseHistory;
  /** The registry's description of the version before this one. */
  readonly previous: Release;
  /** Files of the version before this one. Fetched only when a signal asks: see {@link Ask}. */
  readonly previousFiles: FileTree;
  /** What the registry knows of the packages this one depends on. */
  readonly dependencies: DependencyFacts;
  readonly age: AgeFacts;
  /** The digests under which this installation first saw this version. */
  readonly firstSeen: FirstSeen;
  /** Where this version and those before it come from, and what is expected of it. */
  readonly provenance: ProvenanceFacts;
}

export interface ArtifactFacts {
  readonly ref: PackageRef;
  readonly digests: Digests;
  readonly sizeBytes: number;
}

/** Whether the archive reader accepted the tarball. A refused one has no files and no manifest. */
export type ArchiveFacts =
  | { readonly state: "read" }
  | {
      readonly state: "refused";
      /** The reader's rule that it breaks; `acquire/archive/rules.ts` lists them. */
      readonly rule: string;
      readonly message: string;
      readonly path: string | undefined;
    };

/** Date and policy of the cooling window, resolved to plain values. */
export interface AgeFacts {
  readonly nowMs: number;
  readonly publishedAtMs: number | undefined;
  readonly minVersionAgeMs: number;
  /** Why the window does not apply to this version ("excluded by policy: @corp/*"), if it does not. */
  readonly exemption: string | undefined;
}

/** One entry for each name in `dependencies` and `optionalDependencies` that had to be asked about. */
export type DependencyFacts = ReadonlyMap<string, DependencyFact>;

export type DependencyFact =
  | { readonly state: "exists"; readonly firstPublishedAtMs: number | undefined }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly why: string };

export interface FirstSeen {
  readonly sha512: string;
  readonly atMs: number;
}

export interface ProvenanceFacts {
  readonly evidence: PackageEvidence;
  /** Of the versions that `comparedVersions` names. */
  readonly predecessors: readonly EarlierEvidence[];
  /** What this installation verified of any version of this package. */
  readonly remembered: readonly RememberedOrigin[];
  /** The policy's, for this package. */
  readonly expectations: readonly Expectation[];
}

/**
 * "I cannot answer without this input, which costs something to get." The caller gathers it and runs
 * the signal again; if it cannot be had, the answer becomes `unknown`.
 */
export interface Ask {
  readonly outcome: "ask";
  readonly input: "previousFiles";
}

export const ASK_PREVIOUS_FILES: Ask = { outcome: "ask", input: "previousFiles" };

/**
 * A question about a package that is true or false. A plain value: no state, no I/O, no clock.
 *
 * Every input in `needs` is present when `examine` is called; when one cannot be had, the runner
 * answers `unknown` or `inapplicable` with the reason, and `examine` is not called. Inputs in
 * `likes` may be undefined.
 */
export interface Signal<
  Need extends keyof Inputs = keyof Inputs,
  Like extends keyof Inputs = never,
> {
  /** The folder's name: a sentence that can be true, such as `runs-code-at-install`. */
  readonly id: string;
  /** Rises when the meaning of the answer changes; part of the key under which verdicts are kept. */
  readonly version: number;
  readonly title: string;
  /** Why this is worth asking, and what to do about it. Shown to people. */
  readonly rationale: string;
  readonly needs: readonly Need[];
  readonly likes?: readonly Like[];
  /**
   * It reads the code of the package as a whole, and nothing but its inputs' files and manifests: it
   * is asked after all others, has time of its own, and its answers are kept by what the files hold.
   */
  readonly isHeavy?: true;
  /** @param soFar tells what stands if time or memory run out before the next word */
  examine(
    inputs: Pick<Inputs, Need> & Partial<Pick<Inputs, Like>>,
    stop: AbortSignal,
    soFar: (result: SignalResult) => void,
  ): SignalResult | Ask | Promise<SignalResult | Ask>;
}

/** What the caller could gather: each input as a value, or the reason why there is none. */
export type Gathered = { readonly [Key in keyof Omit<Inputs, "sources">]: Answer<Inputs[Key]> };

export type Answer<Value> =
  | { readonly state: "known"; readonly value: Value }
  /** Could not be asked or was not answered. A signal that needs it answers `unknown`. */
  | { readonly state: "unknown"; readonly why: string }
  /** Cannot exist: a first release has no predecessor. A signal that needs it is `inapplicable`. */
  | { readonly state: "inapplicable"; readonly why: string };

export function known<Value>(value: Value): Answer<Value> {
  return { state: "known", value };
}
