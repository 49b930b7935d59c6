/** What a project's lockfile would have installed. Claims of a file that anybody may have written. */
export interface Lockfile {
  readonly path: string;
  readonly format: LockfileFormat;
  /** One entry for each name, version, origin and digest; in the order of the file. */
  readonly packages: readonly LockedPackage[];
}

export type LockfileFormat = "npm" | "pnpm" | "yarn-classic" | "yarn-berry" | "bun";

export interface LockedPackage {
  /** As its registry calls it, not the folder it is installed in. Printable. */
  readonly name: string;
  /** Printable; empty where the lockfile names none. */
  readonly version: string;
  readonly source: LockedSource;
  /** As it stands there: a Subresource Integrity text. */
  readonly integrity: string | undefined;
  readonly resolved: string | undefined;
  /** Where it goes, in the words of the lockfile: folders, patterns or keys. */
  readonly locations: readonly string[];
  /** Everywhere; undefined where the format does not say. So is `optional`. */
  readonly dev: boolean | undefined;
  readonly optional: boolean | undefined;
}

/**
 * "registry": somebody depends on it by name and version, wherever the lockfile says that the bytes
 * are. "unclear": neither name and version of a registry nor any other place.
 */
export type LockedSource =
  | "registry"
  | "git"
  | "remote"
  | "file"
  | "workspace"
  | "bundled"
  | "patched"
  | "unclear";
