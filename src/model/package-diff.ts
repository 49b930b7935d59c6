import type { CapabilityOccurrence } from "./capability.ts";

/** What one version of a package can do that another could not, and what else differs. */
export interface PackageDiff {
  readonly gained: readonly GainedCapability[];
  readonly lost: readonly CapabilityOccurrence[];
  readonly constants: ConstantChanges;
  readonly files: FileChanges;
  readonly functions: FunctionCounts;
  readonly anomalies: readonly Anomaly[];
  readonly manifest: ManifestChanges;
  /** What could not be compared, one sentence each; empty when everything was. */
  readonly unknown: readonly string[];
}

export interface GainedCapability extends CapabilityOccurrence {
  readonly how: GainedHow;
  /** The older version's function that this one stems from; undefined for a new one. */
  readonly before: SourcePassage | undefined;
  /** The function as it is now. */
  readonly after: SourcePassage | undefined;
}

/**
 * "new": nothing like it was there. "retargeted": the same call was there with another target.
 * "reached": it was there, but less led to it.
 */
export type GainedHow = "new" | "retargeted" | "reached";

/** Lines of a file around a place; every line bounded and printable. */
export interface SourcePassage {
  readonly file: string;
  readonly firstLine: number;
  readonly lines: readonly string[];
}

export const CONSTANT_KINDS = ["host", "command", "path"] as const;
export type ConstantKind = (typeof CONSTANT_KINDS)[number];

/** A host, command line or path of the machine that stands as a text in the code. */
export interface SourceConstant {
  readonly kind: ConstantKind;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

export interface ConstantChanges {
  readonly added: readonly SourceConstant[];
  readonly removed: readonly SourceConstant[];
}

/** Paths, sorted. A moved file has the same bytes under another path, and is in no other list. */
export interface FileChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

/** Of files that differ, after renames, moves, formatting and minification are taken away. */
export interface FunctionCounts {
  readonly same: number;
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
}

export interface Anomaly {
  readonly kind: "grew" | "one-line" | "off-screen";
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface ManifestChange {
  /** Such as `scripts.postinstall` or `dependencies.left-pad`. */
  readonly field: string;
  /** Undefined when it is not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ManifestChanges {
  /** What runs at install, an implicit build included. */
  readonly hooks: readonly ManifestChange[];
  readonly dependencies: readonly ManifestChange[];
  /** Where the package's code starts: main, module, exports, bin. */
  readonly entries: readonly ManifestChange[];
}
