import {
  brokenOff,
  cutShort,
  type ExaminedSignal,
  type SignalResult,
} from "../model/examination.ts";
import { printable } from "../model/printable.ts";
import { treeHash } from "../model/tree-hash.ts";
import type { JobEnd, JobLimits, WorkerPool } from "../platform/workers.ts";
import { type ExamineJob, type ExamineMessage, sendable } from "./job.ts";
import { codeBytesOf, CODE_OF_SIZE_BYTES, sizeInWords } from "./parse/code-size.ts";
import type { Gathered } from "./signal.ts";
import type { AnySignal } from "./signals.ts";

export interface ExamineLimits extends JobLimits {
  /** For each heavy signal by itself; `timeoutMs` is for all others together. */
  readonly codeTimeoutMs: number;
}

/** What came of some signals: each of them is in exactly one of the three. */
export interface Said {
  readonly answered: readonly ExaminedSignal[];
  /** Ids of the signals that want the previous version's files. */
  readonly asking: readonly string[];
  /** Answers in the place of signals that gave none. */
  readonly unanswered: readonly ExaminedSignal[];
}

const DEATH_LENGTH_MAX = 200;

/**
 * Runs signals in a thread. A heavy one that does not come to its end costs nobody else an answer:
 * those after it run in another job.
 *
 * @param signals heavy ones last
 */
export async function runInThread(
  pool: WorkerPool,
  signals: readonly AnySignal[],
  gathered: Gathered,
  limits: ExamineLimits,
): Promise<Said> {
  const heard = newHeard();
  const end = await runJob(pool, signals, gathered, limits, heard);
  const said = { answered: [...heard.answered.values()], asking: [...heard.asking] };
  const silent = signals.filter(({ id }) => !heard.answered.has(id) && !heard.asking.has(id));
  const culprit = silent.find(({ id }) => id === heard.running);
  if (end.state === "done" || culprit?.isHeavy !== true) {
    const why = whyUnanswered(end, limits);
    return { ...said, unanswered: silent.map((signal) => examinedAs(signal, cutShort(why))) };
  }
  const result = ranOut(heard.standing.get(culprit.id), end, gathered, limits);
  const spared = silent.filter((signal) => signal !== culprit);
  const rest =
    spared.length === 0
      ? { answered: [], asking: [], unanswered: [] }
      : await runInThread(pool, spared, gathered, limits);
  return {
    answered: [...said.answered, ...rest.answered],
    asking: [...said.asking, ...rest.asking],
    unanswered: [examinedAs(culprit, result), ...rest.unanswered],
  };
}

/** What has come back of a job, as long as it lasts. */
interface Heard {
  readonly answered: Map<string, ExaminedSignal>;
  readonly standing: Map<string, SignalResult>;
  readonly asking: Set<string>;
  running: string | undefined;
}

function newHeard(): Heard {
  return { answered: new Map(), standing: new Map(), asking: new Set(), running: undefined };
}

function runJob(
  pool: WorkerPool,
  signals: readonly AnySignal[],
  gathered: Gathered,
  limits: ExamineLimits,
  heard: Heard,
): Promise<JobEnd> {
  const heavy = new Set(signals.filter(({ isHeavy }) => isHeavy === true).map(({ id }) => id));
  const { files } = gathered;
  const job: ExamineJob = {
    treeSha256: files.state === "known" ? treeHash(files.value) : undefined,
    gathered: sendable(gathered),
    signals: signals.map((signal) => signal.id),
    timeoutMs: limits.timeoutMs + heavy.size * limits.codeTimeoutMs,
  };
  return pool.run(job, limits, (message, giveTime) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own worker sends these
    const said = message as ExamineMessage;
    switch (said.kind) {
      case "begins":
        heard.running = said.signal;
        if (heavy.has(said.signal)) giveTime(limits.codeTimeoutMs);
        break;
      case "so-far":
        heard.standing.set(said.signal, said.result);
        break;
      case "answered":
        heard.answered.set(said.examined.signal, said.examined);
        break;
      case "asks":
        heard.asking.add(said.signal);
    }
  });
}

function examinedAs({ id, version }: AnySignal, result: SignalResult): ExaminedSignal {
  return { signal: id, version, result };
}

function whyUnanswered(end: JobEnd, limits: ExamineLimits): string {
  if (end.state === "done") return "the signal gave no answer";
  return end.state === "timed-out"
    ? `the examination took longer than ${String(limits.timeoutMs)} ms`
    : `the examination broke off: ${printable(end.why, DEATH_LENGTH_MAX)}`;
}

/**
 * Much code may take long and no one is to blame. Little code takes long only if it was made so, and
 * whoever made it so must not be better off than one whose code was read.
 */
function ranOut(
  standing: SignalResult | undefined,
  end: JobEnd,
  { files }: Gathered,
  { codeTimeoutMs }: ExamineLimits,
): SignalResult {
  const bytes = files.state === "known" ? codeBytesOf(files.value) : 0;
  const isMuch = bytes > CODE_OF_SIZE_BYTES;
  const ended =
    end.state === "died"
      ? `broke off (${printable(end.why, DEATH_LENGTH_MAX)})`
      : `took longer than ${String(Math.round(codeTimeoutMs / 1000))} s`;
  const cause = isMuch ? "" : ", for which code of that size gives no cause";
  const why = `reading its ${sizeInWords(bytes)} of code ${ended}${cause}`;
  return brokenOff(standing, why, { isCutShort: !isMuch });
}
