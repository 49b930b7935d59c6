import { afterEach, describe, expect, it } from "vitest";
import { createWorkerPool, type JobEnd, type WorkerPool } from "./workers.ts";

const ENTRY = new URL("../../test/support/misbehaving.worker.ts", import.meta.url);
const LIMITS = { timeoutMs: 10_000, memoryMb: 64 };

let pool: WorkerPool;

async function run(
  job: unknown,
  limits = LIMITS,
): Promise<{ readonly end: JobEnd; readonly messages: readonly unknown[] }> {
  const messages: unknown[] = [];
  const end = await pool.run(job, limits, (message) => messages.push(message));
  return { end, messages };
}

describe("worker pool", () => {
  afterEach(() => pool.close());

  it("passes on what a job sends, and says when it is done", async () => {
    pool = createWorkerPool(ENTRY, 2);
    expect(await run("fine")).toEqual({
      end: { state: "done" },
      messages: [{ began: "fine" }, { finished: "fine" }],
    });
  });

  it("runs more jobs than it has threads, each with its own messages", async () => {
    pool = createWorkerPool(ENTRY, 3);
    const jobs = ["a", "b", "c", "d", "e", "f"];
    expect(await Promise.all(jobs.map((job) => run(job)))).toEqual(
      jobs.map((job) => ({
        end: { state: "done" },
        messages: [{ began: job }, { finished: job }],
      })),
    );
  });

  it("ends a job that takes too long, keeps what it sent, and goes on with a new thread", async () => {
    pool = createWorkerPool(ENTRY, 1);
    // The first job warms the thread up, so that the bound is not spent on its start.
    await run("fine");
    expect(await run("hang", { ...LIMITS, timeoutMs: 300 })).toEqual({
      end: { state: "timed-out" },
      messages: [{ began: "hang" }],
    });
    expect((await run("fine")).end).toEqual({ state: "done" });
  });

  it("gives a job more time when it is asked to while the job runs", async () => {
    pool = createWorkerPool(ENTRY, 1);
    await run("fine");
    const end = pool.run("spin 300 ms", { ...LIMITS, timeoutMs: 100 }, (_message, giveTime) => {
      giveTime(10_000);
    });
    expect(await end).toEqual({ state: "done" });
  });

  it("counts the time of the processor, not of the clock", async () => {
    pool = createWorkerPool(ENTRY, 1);
    await run("fine");
    expect(await run("wait 600 ms", { ...LIMITS, timeoutMs: 300 })).toEqual({
      end: { state: "done" },
      messages: [{ began: "wait 600 ms" }],
    });
  });

  it("ends a job that waits for ever all the same", async () => {
    pool = createWorkerPool(ENTRY, 1);
    await run("fine");
    expect((await run("wait 600 ms", { ...LIMITS, timeoutMs: 30 })).end).toEqual({
      state: "timed-out",
    });
  });

  it("ends a job whose time was made shorter", async () => {
    pool = createWorkerPool(ENTRY, 1);
    await run("fine");
    const end = pool.run("hang", LIMITS, (_message, giveTime) => {
      giveTime(1);
    });
    expect(await end).toEqual({ state: "timed-out" });
  });

  it("survives a job that eats all memory", async () => {
    pool = createWorkerPool(ENTRY, 1);
    expect(await run("exhaust")).toEqual({
      end: {
        state: "died",
        why: "Worker terminated due to reaching memory limit: JS heap out of memory",
      },
      messages: [{ began: "exhaust" }],
    });
    expect((await run("fine")).end).toEqual({ state: "done" });
  });

  it.each(["SIGSEGV", "SIGABRT"])(
    "survives native code that ends its process by %s",
    async (signal) => {
      pool = createWorkerPool(ENTRY, 1);
      expect(await run(signal)).toEqual({
        end: { state: "died", why: `its process ended with ${signal}` },
        messages: [],
      });
      expect((await run("fine")).end).toEqual({ state: "done" });
    },
  );

  it("survives a thread that exits", async () => {
    pool = createWorkerPool(ENTRY, 1);
    expect((await run("exit")).end).toEqual({
      state: "died",
      why: "the worker thread ended with code 7",
    });
    expect((await run("fine")).end).toEqual({ state: "done" });
  });

  it("reports a job that throws", async () => {
    pool = createWorkerPool(ENTRY, 1);
    expect((await run("throw")).end).toEqual({ state: "died", why: "thrown in the thread" });
  });

  it("gives a job the memory it was promised, with a new thread where necessary", async () => {
    pool = createWorkerPool(ENTRY, 1);
    expect((await run("fine")).end).toEqual({ state: "done" });
    expect((await run("fine", { ...LIMITS, memoryMb: 32 })).end).toEqual({ state: "done" });
  });

  it("rejects a job that cannot be cloned, and takes the next", async () => {
    pool = createWorkerPool(ENTRY, 1);
    await expect(run({ inside: () => "a function" })).rejects.toThrow("could not be cloned");
    expect((await run("fine")).end).toEqual({ state: "done" });
  });

  it("ends running jobs when it is closed, and takes no more", async () => {
    pool = createWorkerPool(ENTRY, 1);
    await run("fine");
    const hanging = run("hang");
    const queued = run("fine");
    // The queued job may be refused before the running one has ended: both are awaited from now on.
    const ends = Promise.allSettled([hanging, queued]);
    await pool.close();
    expect(await ends).toEqual([
      {
        status: "fulfilled",
        value: {
          end: { state: "died", why: "its process ended with SIGKILL" },
          messages: expect.any(Array) as unknown,
        },
      },
      { status: "rejected", reason: new Error("the worker pool is closed") },
    ]);
  });
});
