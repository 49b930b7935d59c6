import { parentPort, Worker } from "node:worker_threads";
import { messageOf } from "../model/failure.ts";

/** Threads kept warm, one job at a time in each; jobs beyond that wait their turn. */
export interface WorkerPool {
  /**
   * Hands the job to a thread by structured clone (shared memory is not copied) and passes on what
   * the thread sends. A thread that ran out of time or memory is gone and will be replaced; what it
   * sent before stays sent.
   */
  run(job: unknown, limits: JobLimits, onMessage: (message: unknown) => void): Promise<JobEnd>;
  /** Ends the threads; jobs still running end as "died". */
  close(): Promise<void>;
}

export interface JobLimits {
  readonly timeoutMs: number;
  /** Of the thread's JavaScript heap; memory outside it (buffers, native parsers) is not counted. */
  readonly memoryMb: number;
}

export type JobEnd =
  | { readonly state: "done" }
  | { readonly state: "timed-out" }
  | { readonly state: "died"; readonly why: string };

/** Four at most: analysis shares the cores with the package manager it works for. */
const THREADS_MAX = 4;
/**
 * A native parser that runs out of stack takes the whole process with it, and no guard of its own
 * stops it. `examine/parse/nesting.ts` refuses most of it; unused stack costs address space only.
 */
const STACK_MB = 512;

/** @param cores of this machine; one is left to the thread that asks */
export function createWorkerPool(entry: URL, cores: number): WorkerPool {
  const threadsMax = Math.min(THREADS_MAX, Math.max(1, cores - 1));
  const idle: Thread[] = [];
  const all = new Set<Thread>();
  const waiting: (() => void)[] = [];
  let closed = false;

  async function take(memoryMb: number): Promise<Thread> {
    while (idle.length === 0 && all.size >= threadsMax) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    if (closed) throw new Error("the worker pool is closed");
    const thread = idle.pop();
    if (thread?.memoryMb === memoryMb) return thread;
    if (thread !== undefined) discard(thread);
    const fresh = startThread(entry, memoryMb);
    all.add(fresh);
    return fresh;
  }

  function discard(thread: Thread): void {
    all.delete(thread);
    void thread.worker.terminate();
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
    async close() {
      closed = true;
      idle.length = 0;
      await Promise.all([...all].map((thread) => thread.worker.terminate()));
      all.clear();
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

interface Thread {
  readonly worker: Worker;
  readonly memoryMb: number;
  /** Why the thread can take no more jobs, once it cannot. */
  death: string | undefined;
}

function startThread(entry: URL, memoryMb: number): Thread {
  const worker = new Worker(entry, {
    // Nothing of the person's environment is any business of code that reads strangers' bytes.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, stackSizeMb: STACK_MB },
  });
  const thread: Thread = { worker, memoryMb, death: undefined };
  worker.on("error", (error) => {
    thread.death ??= messageOf(error);
  });
  worker.on("exit", (code) => {
    thread.death ??= `the worker thread ended with code ${String(code)}`;
  });
  return thread;
}

/** What a thread says about a job: something the job sent, or how it ended. */
type FromThread =
  | { readonly kind: "message"; readonly message: unknown }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly why: string };

function runOn(
  thread: Thread,
  job: unknown,
  timeoutMs: number,
  onMessage: (message: unknown) => void,
): Promise<JobEnd> {
  const { worker } = thread;
  return new Promise((resolve, reject) => {
    const finish = (end: JobEnd): void => {
      clearTimeout(timer);
      worker.off("message", hear);
      worker.off("exit", mourn);
      // A warm thread alone must not keep the process from ending.
      worker.unref();
      resolve(end);
    };
    const hear = (said: FromThread): void => {
      if (said.kind === "message") onMessage(said.message);
      else if (said.kind === "done") finish({ state: "done" });
      else finish({ state: "died", why: said.why });
    };
    const mourn = (): void => {
      finish({ state: "died", why: thread.death ?? "the worker thread ended" });
    };
    const timer = setTimeout(() => {
      finish({ state: "timed-out" });
    }, timeoutMs);
    if (thread.death !== undefined) return mourn();
    worker.ref();
    worker.on("message", hear);
    worker.on("exit", mourn);
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
      worker.postMessage(job);
    } catch (error) {
      clearTimeout(timer);
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
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
