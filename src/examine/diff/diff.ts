import type { CapabilityOccurrence } from "../../model/capability.ts";
import type { FileTree } from "../../model/file-tree.ts";
import type {
  Anomaly,
  FileChanges,
  GainedCapability,
  ManifestChanges,
  PackageDiff,
} from "../../model/package-diff.ts";
import { type Abilities, abilitiesOfBoth, fileIn, mentionsIn, type Version } from "./abilities.ts";
import { compareCapabilities, type VersionCapabilities } from "./capability-changes.ts";
import { compareConstants } from "./constant-changes.ts";
import { compareFiles } from "./file-changes.ts";
import { compareManifests } from "./manifest-changes.ts";
import { matchUnits } from "./matching.ts";
import { type CodeReading, readCode } from "./read-code.ts";
import { shapeAnomalies } from "./shapes.ts";
import { wholeOf } from "./whole.ts";

/**
 * What one version can do that the other could not. Files of the same bytes are not compared;
 * functions are matched by what they do, not by their names, places or layout.
 */
export function diffVersions(before: Version, after: Version): PackageDiff {
  const files = compareFiles(before.files, after.files);
  const manifest = compareManifests(before, after);
  const unchanged = unchangedPaths(after.files, files);
  const old = readCode(before.files, before.sources, differingBefore(files));
  const now = readCode(after.files, after.sources, differingAfter(files));
  const isSame = isSameCode(files, manifest);
  const [could, can] = isSame ? [NOTHING, NOTHING] : abilities(before, after, files);
  const { same, changed, added, removed } = matchUnits(old.units, now.units);
  return {
    ...changesOf({ ...could, code: old, version: before }, { ...can, code: now }, unchanged),
    constants: compareConstants(old.constants, now.constants, {
      files: after.files,
      paths: [...unchanged],
    }),
    files,
    functions: { same, changed, added, removed },
    anomalies: [...shapeAnomalies(before.files, after.files, files), ...newlyOffScreen(old, now)],
    manifest,
    unknown: distinct(old.unknown, now.unknown, could.unread, can.unread).filter(
      (why) => !isAbout(unchanged, why),
    ),
  };
}

/**
 * What was gained alone, for those who ask at every install: functions are read only of files where
 * something seems gained, and of those that it may stem from. Most steps of a version need none.
 *
 * @param onOlderFollowed is called between the versions, unless neither has to be followed
 */
export function gainsBetween(before: Version, after: Version, onOlderFollowed?: () => void): Gains {
  const files = compareFiles(before.files, after.files);
  if (isSameCode(files, compareManifests(before, after)))
    return { gained: [], unknown: [], newlyUnknown: [] };
  wholeOf(before);
  onOlderFollowed?.();
  const unchanged = unchangedPaths(after.files, files);
  const [could, can] = abilities(before, after, files);
  const mentions = mentionsIn(before.files);
  const compare = (old: CodeReading, now: CodeReading): readonly GainedCapability[] =>
    compareCapabilities(
      { occurrences: could.occurrences, code: old, mentions },
      { occurrences: can.occurrences, code: now },
      matchUnits(old.units, now.units),
      unchanged,
    ).gained;
  const code = (
    { files, sources }: Version,
    places: readonly CapabilityOccurrence[],
    around?: readonly CapabilityOccurrence[],
  ): CodeReading => readCode(files, sources, distinct(places.map(({ file }) => file)), around);
  let [old, now] = [code(before, []), code(after, [])];
  let gained = compare(old, now);
  if (gained.length > 0) {
    const calls = new Set(gained.map(({ api }) => api));
    const stems = could.occurrences.filter(({ api }) => calls.has(api));
    // Of the newer version, only functions that can do something are looked for in the older one.
    now = code(after, gained, can.occurrences);
    old = code(before, stems);
    gained = compare(old, now);
  }
  const unknownBefore = distinct(old.unknown, could.unread);
  const unknown = distinct(unknownBefore, now.unknown, can.unread).filter(
    (why) => !isAbout(unchanged, why),
  );
  const newlyUnknown = unknown.filter((why) => !unknownBefore.includes(why));
  return { gained, unknown, newlyUnknown };
}

export interface Gains extends Pick<PackageDiff, "gained" | "unknown"> {
  /** What the older version gave no cause for. */
  readonly newlyUnknown: readonly string[];
}

/** What can be told of two versions whose code could not be compared. */
export function diffWithoutCode(
  before: Omit<Version, "sources">,
  after: Omit<Version, "sources">,
  why: string,
): PackageDiff {
  const files = compareFiles(before.files, after.files);
  return {
    gained: [],
    lost: [],
    constants: { added: [], removed: [] },
    files,
    functions: { same: 0, changed: 0, added: 0, removed: 0 },
    anomalies: shapeAnomalies(before.files, after.files, files),
    manifest: compareManifests(before, after),
    unknown: [why],
  };
}

/** Code that is still where it was may have been copied: it is read only if that could explain something. */
function changesOf(
  before: VersionCapabilities & { readonly version: Version },
  after: VersionCapabilities,
  unchanged: ReadonlySet<string>,
): ReturnType<typeof compareCapabilities> {
  const { version, occurrences } = before;
  const mentions = mentionsIn(version.files);
  const compare = (code: CodeReading): ReturnType<typeof compareCapabilities> => {
    const matches = matchUnits(code.units, after.code.units);
    return compareCapabilities({ occurrences, code, mentions }, after, matches, unchanged);
  };
  const first = compare(before.code);
  const calls = new Set(first.gained.map(({ api }) => api));
  const origins = occurrences
    .filter(({ api, file }) => calls.has(api) && unchanged.has(file))
    .map(({ file }) => file);
  if (origins.length === 0) return first;
  const paths = [...new Set([...before.code.paths, ...origins])];
  return compare(readCode(version.files, version.sources, paths));
}

/** Whether the same bytes in both versions are why: what was not read there is no difference. */
function isAbout(unchanged: ReadonlySet<string>, why: string): boolean {
  return fileIn(why, unchanged) !== undefined;
}

function abilities(
  before: Version,
  after: Version,
  files: FileChanges,
): ReturnType<typeof abilitiesOfBoth> {
  return abilitiesOfBoth(
    { ...before, differing: differingBefore(files) },
    { ...after, differing: differingAfter(files) },
  );
}

function distinct(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}

const NOTHING: Abilities = { occurrences: [], unread: [] };

const NEVER_RUNS =
  /(?:\.(?:md|markdown|txt|map|css|scss|html?|svg|png|jpe?g|gif|ico|woff2?|d\.[cm]?ts)|(?:^|\/)(?:licen[cs]e|copying|notice|authors|changelog|readme)[^/]*|^package\.json)$/i;

/** Documentation, types and the manifest's other fields change nothing that code can do. */
function isSameCode(files: FileChanges, { hooks, entries }: ManifestChanges): boolean {
  const paths = [...differingBefore(files), ...differingAfter(files)];
  return hooks.length === 0 && entries.length === 0 && paths.every((path) => NEVER_RUNS.test(path));
}

function differingBefore({ changed, removed, moved }: FileChanges): readonly string[] {
  return [...changed, ...removed, ...moved.map(({ from }) => from)].sort();
}

function differingAfter({ changed, added, moved }: FileChanges): readonly string[] {
  return [...changed, ...added, ...moved.map(({ to }) => to)].sort();
}

function unchangedPaths(after: FileTree, files: FileChanges): ReadonlySet<string> {
  const differs = new Set(differingAfter(files));
  return new Set(after.entries.map(({ path }) => path).filter((path) => !differs.has(path)));
}

/** Where a file had none, or had fewer. */
function newlyOffScreen(before: CodeReading, after: CodeReading): readonly Anomaly[] {
  const count = ({ offScreen }: CodeReading, file: string): number =>
    offScreen.filter((anomaly) => anomaly.file === file).length;
  return after.offScreen.filter(({ file }) => count(after, file) > count(before, file));
}
