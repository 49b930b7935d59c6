import type { JobEnd, WorkerPool } from "./workers.ts";

/** A pool without threads: jobs are cloned as if they crossed into one, then played here. */
export function fakeWorkerPool(
  play: (job: unknown, send: (message: unknown) => void) => Promise<JobEnd>,
): WorkerPool {
  return {
    run: (job, _limits, onMessage) =>
      play(structuredClone(job), (message) => {
        onMessage(structuredClone(message), () => undefined);
      }),
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
}
