import { serveJobs } from "../platform/workers.ts";
import { type ExamineJob, type ExamineMessage, received } from "./job.ts";
import { runSignals } from "./run.ts";
import { ON_TRIAL, SIGNALS } from "./signals.ts";

serveJobs(async (job, send) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- examine.ts alone sends jobs here
  const { gathered, signals, timeoutMs } = job as ExamineJob;
  const say = (message: ExamineMessage): void => {
    send(message);
  };
  const wanted = [...SIGNALS, ...ON_TRIAL].filter((signal) => signals.includes(signal.id));
  const stop = AbortSignal.timeout(timeoutMs);
  const asking = await runSignals(wanted, received(gathered), stop, (examined) => {
    say({ kind: "answered", examined });
  });
  say({ kind: "asking", signals: asking.map((signal) => signal.id) });
});
