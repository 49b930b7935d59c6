import type { FileTree } from "../model/file-tree.ts";
import { serveJobs } from "../platform/workers.ts";
import { RecentWholes } from "./diff/whole.ts";
import { type ExamineJob, type ExamineMessage, received } from "./job.ts";
import { KnownFacts } from "./parse/known-facts.ts";
import { createSources } from "./parse/parse.ts";
import type { Sources } from "./parse/sources.ts";
import { RecentSources } from "./recent-sources.ts";
import { type Listener, runSignals } from "./run.ts";
import { SIGNALS } from "./signals.ts";

const recent = new RecentSources();
const wholes = new RecentWholes();
const facts = new KnownFacts();

serveJobs(async (job, send) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- in-thread.ts alone sends jobs here
  const { gathered, signals, timeoutMs, treeSha256 } = job as ExamineJob;
  const wanted = signals.flatMap((id) => SIGNALS.find((signal) => signal.id === id) ?? []);
  let read: { readonly tree: FileTree; readonly sources: Sources } | undefined;
  const sourcesOf = (tree: FileTree): Sources => {
    const known = treeSha256 === undefined ? undefined : recent.of(treeSha256);
    const sources = known ?? createSources(tree, { facts });
    if (treeSha256 !== undefined) wholes.recall(treeSha256, sources);
    read = { tree, sources };
    return sources;
  };
  const stop = AbortSignal.timeout(timeoutMs);
  const asking = await runSignals(wanted, received(gathered), stop, telling(send), sourcesOf);
  if (treeSha256 === undefined || read === undefined) return;
  for (const kept of [recent, wholes]) {
    if (asking.length > 0) kept.keep(treeSha256, read.tree, read.sources);
    else kept.forget(treeSha256);
  }
});

function telling(send: (message: unknown) => void): Listener {
  const say = (message: ExamineMessage): void => {
    send(message);
  };
  return {
    onBegin: ({ id }) => {
      say({ kind: "begins", signal: id });
    },
    onSoFar: ({ id }, result) => {
      say({ kind: "so-far", signal: id, result });
    },
    onAsk: ({ id }) => {
      say({ kind: "asks", signal: id });
    },
    onResult: (examined) => {
      say({ kind: "answered", examined });
    },
  };
}
