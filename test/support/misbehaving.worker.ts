import { setTimeout } from "node:timers/promises";
import { serveJobs } from "../../src/platform/workers.ts";

/** Does what a stranger's package might bring a thread to do. */
serveJobs(async (job, send) => {
  if (job === "SIGSEGV" || job === "SIGABRT") process.kill(process.pid, job);
  send({ began: job });
  switch (job) {
    case "hang":
      for (;;);
    case "exhaust": {
      const hoard: unknown[] = [];
      for (;;) hoard.push(Array.from({ length: 10_000 }, () => ({})));
    }
    case "wait 600 ms":
      await setTimeout(600);
      break;
    case "spin 300 ms":
      spin(300);
      break;
    case "exit":
      process.exit(7);
    case "throw":
      throw new Error("thrown in the thread");
    default:
      await Promise.resolve();
      send({ finished: job });
  }
});

function spin(cpuMs: number): void {
  const from = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(from);
    if ((user + system) / 1000 >= cpuMs) return;
  }
}
