import { fork, type ChildProcess } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import { messageOf } from "../model/failure.ts";

/**
 * Threads kept warm, each in a process of its own, one job at a time in each; jobs beyond that wait
 * their turn.
 */
export interface WorkerPool {
  /**
   * Hands the job to a thread by structured clone and passes on what the thread sends. A thread that
   * ran out of time or memory, or whose process a native parser has ended, is gone and will be
   * replaced; what it sent before stays sent.
   */
  run(job: unknown, limits: JobLimits, onMessage: OnMessage): Promise<JobEnd>;
  /** Starts a thread ahead of the first job, because starting takes longer than most jobs. */
  warm(memoryMb: number): void;
  /** Ends the threads; jobs still running end as "died". */
  close(): Promise<void>;
}

/** @param giveTime lets the job go on for so many milliseconds from now, whatever it has used */
export type OnMessage = (message: unknown, giveTime: (timeoutMs: number) => void) => void;

export interface JobLimits {
  /** Of processor time, so that a busy machine cuts nobody short; at most ten times as long by the clock. */
  readonly timeoutMs: number;
  /** Of the thread's JavaScript heap; `worker-host.ts` bounds what is outside it. */
  readonly memoryMb: number;
}

export type JobEnd =
  | { readonly state: "done" }
  | { readonly state: "timed-out" }
  | { readonly state: "died"; readonly why: string };

/** Four at most: analysis shares the cores with the package manager it works for. */
const THREADS_MAX = 4;
/**
 * A native parser that runs out of stack takes its whole process with it, and no guard of its own
 * stops it. With this much it seldom does; unused stack costs address space only.
 */
const STACK_MB = 512;

/** @param cores of this machine; one is left to the thread that asks */
export function createWorkerPool(entry: URL, cores: number): WorkerPool {
  const threadsMax = Math.min(THREADS_MAX, Math.max(1, cores - 1));
  const idle: Thread[] = [];
  const all = new Set<Thread>();
  const waiting: (() => void)[] = [];
  let closed = false;

  function start(memoryMb: number): Thread {
    const thread = startThread(entry, memoryMb);
    all.add(thread);
    return thread;
  }

  async function take(memoryMb: number): Promise<Thread> {
    while (idle.length === 0 && all.size >= threadsMax) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    if (closed) throw new Error("the worker pool is closed");
    const thread = idle.pop();
    if (thread?.memoryMb === memoryMb && thread.death === undefined) return thread;
    if (thread !== undefined) discard(thread);
    return start(memoryMb);
  }

  function discard(thread: Thread): void {
    all.delete(thread);
    // Native code hears no politer signal.
    thread.process.kill("SIGKILL");
  }

  return {
    async run(job, limits, onMessage) {
      const thread = await take(limits.memoryMb);
      try {
        const end = await runOn(thread, job, limits.timeoutMs, onMessage);
        if (end.state === "done" && !closed) idle.push(thread);
        else discard(thread);
        return end;
      } catch (error) {
        discard(thread);
        throw error;
      } finally {
        waiting.shift()?.();
      }
    },
    warm(memoryMb) {
      if (!closed && all.size === 0) idle.push(start(memoryMb));
    },
    close() {
      closed = true;
      idle.length = 0;
      for (const thread of all) discard(thread);
      for (const wake of waiting.splice(0)) wake();
      return Promise.resolve();
    },
  };
}

interface Thread {
  readonly process: ChildProcess;
  readonly memoryMb: number;
  /** Why the thread can take no more jobs, once it cannot. */
  death: string | undefined;
}

const HOST = new URL(
  import.meta.url.endsWith(".ts") ? "./worker-host.ts" : "./worker-host.js",
  import.meta.url,
);

function startThread(entry: URL, memoryMb: number): Thread {
  const compiled = getCompileCacheDir();
  const cacheFolder = compiled === undefined ? "" : dirname(compiled);
  const child = fork(
    fileURLToPath(HOST),
    [entry.href, String(memoryMb), String(STACK_MB), cacheFolder],
    {
      // Nothing of the person's environment is any business of code that reads strangers' bytes.
      env: {},
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    },
  );
  const thread: Thread = { process: child, memoryMb, death: undefined };
  rest(child);
  child.on("message", (said: FromThread) => {
    if (said.kind === "ended") thread.death ??= said.why;
  });
  child.on("error", (error) => {
    thread.death ??= messageOf(error);
  });
  child.on("exit", (code, signal) => {
    thread.death ??= `its process ended with ${signal ?? `code ${String(code)}`}`;
  });
  return thread;
}

/** A warm thread alone must not keep the process from ending. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function wake(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

/** What goes to the process around a thread; each but the question starts counting processor time anew. */
export type ToHost =
  | { readonly kind: "job"; readonly job: unknown }
  | { readonly kind: "count" }
  | { readonly kind: "used?"; readonly question: number };

/** What a thread says about a job: something the job sent, or how it ended. */
export type FromThread =
  | { readonly kind: "message"; readonly message: unknown }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly why: string }
  /** Processor time since it was counted from, and which question this answers. */
  | { readonly kind: "used"; readonly cpuMs: number; readonly question: number }
  /** The thread itself is no more. */
  | { readonly kind: "ended"; readonly why: string };

function runOn(
  thread: Thread,
  job: unknown,
  timeoutMs: number,
  onMessage: OnMessage,
): Promise<JobEnd> {
  const child = thread.process;
  return new Promise((resolve, reject) => {
    const allowance = new Allowance(child, () => {
      finish({ state: "timed-out" });
    });
    const leave = (): void => {
      allowance.end();
      child.off("message", hear);
      child.off("exit", mourn);
      rest(child);
    };
    const finish = (end: JobEnd): void => {
      leave();
      resolve(end);
    };
    const hear = (said: FromThread): void => {
      if (said.kind === "message") onMessage(said.message, giveTime);
      else if (said.kind === "used") allowance.look(said);
      else if (said.kind === "done") finish({ state: "done" });
      else finish({ state: "died", why: said.why });
    };
    const mourn = (): void => {
      finish({ state: "died", why: thread.death ?? "its process ended" });
    };
    const giveTime = (ms: number): void => {
      child.send({ kind: "count" } satisfies ToHost, () => undefined);
      allowance.start(ms);
    };
    if (thread.death !== undefined) return mourn();
    wake(child);
    child.on("message", hear);
    child.on("exit", mourn);
    try {
      // A process that is just dying cannot be written to; its exit says the rest.
      child.send({ kind: "job", job } satisfies ToHost, () => undefined);
      allowance.start(timeoutMs);
    } catch (error) {
      leave();
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** So many times a job's processor time may pass by the clock before it ends all the same. */
const PATIENCE = 10;
/** What is left after a look may be next to nothing. */
const LOOK_AGAIN_MS_MIN = 20;

/**
 * The processor time that a job may take. It cannot have used more than has passed, unless it has
 * helpers, so its process is asked when as much has passed.
 */
let questions = 0;

class Allowance {
  readonly #child: ChildProcess;
  readonly #onSpent: () => void;
  #cpuMs = 0;
  #endsAtMs = 0;
  #question = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, onSpent: () => void) {
    this.#child = child;
    this.#onSpent = onSpent;
  }

  start(cpuMs: number): void {
    this.#cpuMs = cpuMs;
    this.#endsAtMs = performance.now() + cpuMs * PATIENCE;
    this.#askIn(cpuMs);
  }

  look({ cpuMs, question }: FromThread & { readonly kind: "used" }): void {
    // The answer to an earlier question counts from an earlier moment.
    if (question !== this.#question) return;
    const leftMs = this.#cpuMs - cpuMs;
    if (leftMs <= 0 || performance.now() >= this.#endsAtMs) this.#onSpent();
    else this.#askIn(Math.max(LOOK_AGAIN_MS_MIN, leftMs));
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #askIn(ms: number): void {
    clearTimeout(this.#timer);
    questions += 1;
    const question = questions;
    this.#question = question;
    this.#timer = setTimeout(() => {
      this.#child.send({ kind: "used?", question } satisfies ToHost, () => undefined);
      // A process that is stopped does not answer.
      const patienceMs = Math.max(0, this.#endsAtMs - performance.now());
      this.#timer = setTimeout(this.#onSpent, patienceMs);
    }, ms);
  }
}

/** The thread's side: the body of a `*.worker.ts` entry. */
export function serveJobs(
  work: (job: unknown, send: (message: unknown) => void) => Promise<void>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("serveJobs is for worker threads");
  const say = (said: FromThread): void => {
    port.postMessage(said);
  };
  port.on("message", (job: unknown) => {
    void serve(job);
  });

  async function serve(job: unknown): Promise<void> {
    try {
      await work(job, (message) => {
        say({ kind: "message", message });
      });
      say({ kind: "done" });
    } catch (error) {
      say({ kind: "failed", why: messageOf(error) });
    }
  }
}
