/**
 * The process around one worker thread: a native parser that runs out of stack or memory ends its
 * whole process, and this is the process it may end. It passes jobs on to the thread and answers
 * back, and goes when the parent goes. Started by `workers.ts`, which sends its arguments.
 */
import { enableCompileCache } from "node:module";
import { Worker } from "node:worker_threads";
import { messageOf } from "../model/failure.ts";
import type { FromThread, ToHost } from "./workers.ts";

const [entry = "", memoryMb = "", stackMb = "", cacheFolder = ""] = process.argv.slice(2);

/** Beside the heap: trees in buffers, and what the parser holds outside JavaScript. */
const OUTSIDE_HEAP_MB_MAX = 3 * 1024;
/**
 * Trees live as long as their package is read: with little room for the young they are copied again and
 * again. Measured over 107 packages, 24 MB took a sixth more time, and 100 MB less memory.
 */
const YOUNG_GENERATION_MB = 192;
const MEMORY_LOOKED_AT_EVERY_MS = 500;
const MEBIBYTE = 1024 * 1024;

if (cacheFolder !== "") enableCompileCache(cacheFolder);

// Ctrl-C reaches the whole group; the parent decides when this ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit());

let death: string | undefined;
const worker = new Worker(new URL(entry), {
  env: {},
  execArgv: [],
  resourceLimits: {
    maxOldGenerationSizeMb: Number(memoryMb),
    maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
    stackSizeMb: Number(stackMb),
  },
});

worker.on("message", (said: unknown) => process.send?.(said));
worker.on("error", (error) => {
  death = messageOf(error);
});
worker.on("exit", (code) => {
  end(death ?? `the worker thread ended with code ${String(code)}`);
});
let counted = process.cpuUsage();

process.on("message", (said: ToHost) => {
  if (said.kind === "used?") {
    const { user, system } = process.cpuUsage(counted);
    const cpuMs = (user + system) / 1000;
    process.send?.({ kind: "used", cpuMs, question: said.question } satisfies FromThread);
    return;
  }
  counted = process.cpuUsage();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  if (said.kind === "job") worker.postMessage(said.job);
});

setInterval(() => {
  const usedMb = process.memoryUsage.rss() / MEBIBYTE;
  if (usedMb > Number(memoryMb) + OUTSIDE_HEAP_MB_MAX) end("it used too much memory");
}, MEMORY_LOOKED_AT_EVERY_MS).unref();

function end(why: string): void {
  process.send?.({ kind: "ended", why }, () => process.exit(1));
}
