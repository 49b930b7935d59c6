import { cutShort, type Examination, type ExaminedSignal } from "../model/examination.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { PackageRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { JobEnd, JobLimits, WorkerPool } from "../platform/workers.ts";
import { type ExamineJob, type ExamineMessage, sendable } from "./job.ts";
import { withoutPreviousFiles } from "./run.ts";
import type { Answer, Gathered } from "./signal.ts";
import { type AnySignal, SIGNALS } from "./signals.ts";

export interface Examiner {
  /**
   * Asks every listed signal about one artifact. Never rejects for what a package does: a signal
   * that crashes, or that has not answered when time or memory run out, is `unknown`.
   *
   * @param gatherPrevious fetches the previous version's files; called at most once, and only when
   * a signal cannot answer without them
   */
  examine(
    gathered: Gathered,
    context: ExamineContext,
    gatherPrevious?: () => Promise<Answer<FileTree>>,
  ): Promise<Examination>;
  /** Gets ready ahead of the first artifact. */
  warm(limits: JobLimits): void;
  close(): Promise<void>;
}

export interface ExamineContext {
  readonly ref: PackageRef;
  /** For the whole artifact; asking again with the previous version's files counts anew. */
  readonly limits: JobLimits;
  readonly atMs: number;
}

/** The thread's entry: TypeScript when run from the sources, JavaScript in the published package. */
export const EXAMINE_WORKER: URL = new URL(
  import.meta.url.endsWith(".ts") ? "./examine.worker.ts" : "./examine.worker.js",
  import.meta.url,
);

const DEATH_LENGTH_MAX = 200;

/** @param pool of threads that run {@link EXAMINE_WORKER}; closed with the examiner */
export function createExaminer(
  pool: WorkerPool,
  signals: readonly AnySignal[] = SIGNALS,
): Examiner {
  return {
    async examine(gathered, context, gatherPrevious) {
      const first = await runJob(pool, signals, gathered, context.limits);
      const asking = signals.filter((signal) => first.asking.includes(signal.id));
      const second =
        asking.length === 0 ? [] : await askAgain(pool, asking, gathered, context, gatherPrevious);
      const results = [...first.results, ...second].sort((a, b) => (a.signal < b.signal ? -1 : 1));
      return examinationOf(gathered, context, results);
    },
    warm: ({ memoryMb }) => pool.warm(memoryMb),
    close: () => pool.close(),
  };
}

interface JobResult {
  readonly results: readonly ExaminedSignal[];
  readonly asking: readonly string[];
}

async function runJob(
  pool: WorkerPool,
  signals: readonly AnySignal[],
  gathered: Gathered,
  limits: JobLimits,
): Promise<JobResult> {
  const answered = new Map<string, ExaminedSignal>();
  let asking: readonly string[] = [];
  const job: ExamineJob = {
    gathered: sendable(gathered),
    signals: signals.map((signal) => signal.id),
    timeoutMs: limits.timeoutMs,
  };
  const end = await pool.run(job, limits, (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own worker sends these
    const said = message as ExamineMessage;
    if (said.kind === "answered") answered.set(said.examined.signal, said.examined);
    else asking = said.signals;
  });
  const results = signals
    .filter((signal) => !asking.includes(signal.id))
    .map((signal) => answered.get(signal.id) ?? unanswered(signal, end, limits));
  return { results, asking };
}

function unanswered(signal: AnySignal, end: JobEnd, limits: JobLimits): ExaminedSignal {
  return {
    signal: signal.id,
    version: signal.version,
    result: cutShort(whyUnanswered(end, limits)),
  };
}

function whyUnanswered(end: JobEnd, limits: JobLimits): string {
  if (end.state === "done") return "the signal gave no answer";
  return end.state === "timed-out"
    ? `the examination took longer than ${String(limits.timeoutMs)} ms`
    : `the examination broke off: ${printable(end.why, DEATH_LENGTH_MAX)}`;
}

async function askAgain(
  pool: WorkerPool,
  asking: readonly AnySignal[],
  gathered: Gathered,
  context: ExamineContext,
  gatherPrevious: (() => Promise<Answer<FileTree>>) | undefined,
): Promise<readonly ExaminedSignal[]> {
  const previousFiles =
    gatherPrevious === undefined ? gathered.previousFiles : await gatherPrevious();
  if (previousFiles.state !== "known") {
    return asking.map((signal) => withoutPreviousFiles(signal, previousFiles));
  }
  const again = await runJob(pool, asking, { ...gathered, previousFiles }, context.limits);
  const insisting = asking.filter((signal) => again.asking.includes(signal.id));
  return [
    ...again.results,
    ...insisting.map((signal) => withoutPreviousFiles(signal, previousFiles)),
  ];
}

function examinationOf(
  gathered: Gathered,
  context: ExamineContext,
  results: readonly ExaminedSignal[],
): Examination {
  const { artifact, files, provenance } = gathered;
  if (artifact.state !== "known") throw new Error("an examination is about bytes in hand");
  return {
    ref: context.ref,
    artifact: {
      digests: artifact.value.digests,
      sizeBytes: artifact.value.sizeBytes,
      fileCount: files.state === "known" ? files.value.entries.length : 0,
    },
    results,
    provenance: provenance.state === "known" ? provenance.value.evidence : undefined,
    atMs: context.atMs,
  };
}
