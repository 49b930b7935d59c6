import { refuse, type ArchiveRule } from "./rules.ts";

/** What one archive, or one folder, may cost. Sizes in bytes unless the name says otherwise. */
export interface ArchiveBounds {
  readonly inflatedBytes: number;
  /** Inflated bytes for each packed byte; looked at only above {@link ratioFreeBytes}. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
  readonly fileBytes: number;
  /** Headers that name something; distinct folders have the same bound, counted on their own. */
  readonly entries: number;
  readonly depth: number;
  readonly pathBytes: number;
  readonly segmentBytes: number;
  /** One extended header. node-tar ignores those over 1 MiB. */
  readonly extensionBytes: number;
  /** Zeros after the end marker; tar fills up to its record size, at most 1 MiB with usual settings. */
  readonly endPaddingBytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_ARCHIVE_BOUNDS: ArchiveBounds = {
  inflatedBytes: 1024 * MIB,
  ratio: 200,
  ratioFreeBytes: 16 * MIB,
  fileBytes: 512 * MIB,
  entries: 100_000,
  depth: 64,
  pathBytes: 1024,
  segmentBytes: 255,
  extensionBytes: MIB / 16,
  endPaddingBytes: MIB,
};

export function checkBound(
  rule: ArchiveRule,
  limit: keyof ArchiveBounds,
  bounds: ArchiveBounds,
  found: number,
  path?: string,
): void {
  const wanted = bounds[limit];
  if (found > wanted) {
    refuse(rule, { limit, wanted, found, ...(path === undefined ? {} : { path }) });
  }
}
