import type { FileTree, FileTreeData } from "../model/file-tree.ts";
import type { Manifest } from "../model/manifest.ts";
import type { PackageDiff } from "../model/package-diff.ts";
import { printable } from "../model/printable.ts";
import type { JobEnd, JobLimits, WorkerPool } from "../platform/workers.ts";
import { diffWithoutCode } from "./diff/diff.ts";

/** One of two versions that are compared. */
export interface ComparedVersion {
  readonly manifest: Manifest;
  readonly files: FileTree;
}

export interface SentVersion {
  readonly manifest: Manifest;
  readonly files: FileTreeData;
}

export interface CompareJob {
  readonly before: SentVersion;
  readonly after: SentVersion;
}

/** The thread's entry: TypeScript when run from the sources, JavaScript in the published package. */
export const DIFF_WORKER: URL = new URL(
  import.meta.url.endsWith(".ts") ? "./diff.worker.ts" : "./diff.worker.js",
  import.meta.url,
);

const DEATH_LENGTH_MAX = 200;

/**
 * Compares two versions in a process of their own. When time or memory run out, what needs no
 * reading of code is still compared, and the reason stands in `unknown`.
 *
 * @param pool of threads that run {@link DIFF_WORKER}
 */
export async function compareVersions(
  before: ComparedVersion,
  after: ComparedVersion,
  pool: WorkerPool,
  limits: JobLimits,
): Promise<PackageDiff> {
  let diff: PackageDiff | undefined;
  const job: CompareJob = { before: sendable(before), after: sendable(after) };
  const end = await pool.run(job, limits, (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own worker sends this
    diff = message as PackageDiff;
  });
  return diff ?? diffWithoutCode(before, after, whyNot(end, limits));
}

function sendable({ manifest, files }: ComparedVersion): SentVersion {
  return { manifest, files: files.data };
}

function whyNot(end: JobEnd, { timeoutMs }: JobLimits): string {
  if (end.state === "done") return "the comparison gave no answer";
  return end.state === "timed-out"
    ? `comparing the code took longer than ${String(timeoutMs)} ms`
    : `comparing the code broke off: ${printable(end.why, DEATH_LENGTH_MAX)}`;
}
