import type { Examination, ExaminedSignal } from "../model/examination.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { PackageRef } from "../model/package-ref.ts";
import type { JobLimits, WorkerPool } from "../platform/workers.ts";
import { answerKey, type KeptAnswers, NONE_KEPT } from "./kept-answers.ts";
import { type ExamineLimits, runInThread } from "./in-thread.ts";
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
  /** Asking again with the previous version's files counts anew. */
  readonly limits: ExamineLimits;
  readonly atMs: number;
}

/** The thread's entry: TypeScript when run from the sources, JavaScript in the published package. */
export const EXAMINE_WORKER: URL = new URL(
  import.meta.url.endsWith(".ts") ? "./examine.worker.ts" : "./examine.worker.js",
  import.meta.url,
);

interface Means {
  readonly pool: WorkerPool;
  readonly kept: KeptAnswers;
  readonly limits: ExamineLimits;
}

/**
 * @param pool of threads that run {@link EXAMINE_WORKER}; closed with the examiner
 * @param kept answers of heavy signals from earlier runs
 */
export function createExaminer(
  pool: WorkerPool,
  signals: readonly AnySignal[] = SIGNALS,
  kept: KeptAnswers = NONE_KEPT,
): Examiner {
  const inOrder = [...signals].sort(
    (a, b) => Number(a.isHeavy ?? false) - Number(b.isHeavy ?? false),
  );
  return {
    async examine(gathered, context, gatherPrevious) {
      const means = { pool, kept, limits: context.limits };
      const first = await answersOf(inOrder, gathered, means);
      const asking = inOrder.filter((signal) => first.asking.has(signal.id));
      const second =
        asking.length === 0 ? [] : await askAgain(asking, gathered, means, gatherPrevious);
      const results = [...first.results, ...second].sort((a, b) => (a.signal < b.signal ? -1 : 1));
      return examinationOf(gathered, context, results);
    },
    warm: ({ memoryMb }) => pool.warm(memoryMb),
    close: () => pool.close(),
  };
}

interface Answers {
  readonly results: readonly ExaminedSignal[];
  /** Ids of signals that want the previous version's files. */
  readonly asking: ReadonlySet<string>;
}

/** From what is kept where that is known, from a thread where it is not. */
async function answersOf(
  signals: readonly AnySignal[],
  gathered: Gathered,
  { pool, kept, limits }: Means,
): Promise<Answers> {
  const results: ExaminedSignal[] = [];
  const asking = new Set<string>();
  const keys = new Map<string, string>();
  const open: AnySignal[] = [];
  for (const signal of signals) {
    const key = answerKey(signal, gathered);
    const known = key === undefined ? undefined : kept.find(key);
    if (known === "ask") asking.add(signal.id);
    else if (known !== undefined) results.push(examinedBy(signal, known));
    else open.push(signal);
    if (key !== undefined) keys.set(signal.id, key);
  }
  if (open.length === 0) return { results, asking };
  const said = await runInThread(pool, open, gathered, limits);
  for (const { signal, result } of said.answered) {
    const key = keys.get(signal);
    // What was cut short here may come to its end on a quieter machine.
    const isWhole = !("cutShort" in result);
    if (key !== undefined && isWhole) kept.keep(key, result);
  }
  for (const id of said.asking) {
    const key = keys.get(id);
    if (key !== undefined) kept.keep(key, "ask");
  }
  return {
    results: [...results, ...said.answered, ...said.unanswered],
    asking: new Set([...asking, ...said.asking]),
  };
}

function examinedBy({ id, version }: AnySignal, result: ExaminedSignal["result"]): ExaminedSignal {
  return { signal: id, version, result };
}

async function askAgain(
  asking: readonly AnySignal[],
  gathered: Gathered,
  means: Means,
  gatherPrevious: (() => Promise<Answer<FileTree>>) | undefined,
): Promise<readonly ExaminedSignal[]> {
  const previousFiles =
    gatherPrevious === undefined ? gathered.previousFiles : await gatherPrevious();
  if (previousFiles.state !== "known") {
    return asking.map((signal) => withoutPreviousFiles(signal, previousFiles));
  }
  const again = await answersOf(asking, { ...gathered, previousFiles }, means);
  const insisting = asking.filter((signal) => again.asking.has(signal.id));
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
