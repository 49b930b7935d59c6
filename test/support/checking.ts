import { Gauge } from "../../src/platform/gauge.ts";
import { checkRelease, type Checked, type CheckDeps } from "../../src/check.ts";
import { npmRef, type PackageRef } from "../../src/model/package-ref.ts";
import { Failure } from "../../src/model/failure.ts";
import type { ExamineContext, Examiner } from "../../src/examine/examine.ts";
import { runSignals, withoutPreviousFiles } from "../../src/examine/run.ts";
import type { Answer, Gathered } from "../../src/examine/signal.ts";
import { SIGNALS, type AnySignal } from "../../src/examine/signals.ts";
import type { ExaminedSignal } from "../../src/model/examination.ts";
import type { FileTree } from "../../src/model/file-tree.ts";
import type { Registry } from "../../src/acquire/registry.ts";
import { DEFAULT_POLICY } from "../../src/judge/defaults.ts";
import { fakeRegistry, NOW_MS, type FakeRegistry, type FakeWorld } from "./fake-registry.ts";

/** One call of an examiner: what it was handed, and what came of asking for more. */
export interface Examined {
  readonly gathered: Gathered;
  readonly context: ExamineContext;
  readonly gatherPrevious: (() => Promise<Answer<FileTree>>) | undefined;
}

/** The real signals in this thread; `calls` keeps what they were handed. */
export function examinerHere(signals: readonly AnySignal[] = SIGNALS): {
  readonly examiner: Examiner;
  readonly calls: Examined[];
} {
  const calls: Examined[] = [];
  const stop = new AbortController().signal;
  const examiner: Examiner = {
    async examine(gathered, context, gatherPrevious) {
      calls.push({ gathered, context, gatherPrevious });
      const results: ExaminedSignal[] = [];
      const keep = {
        onResult: (examined: ExaminedSignal): void => {
          results.push(examined);
        },
      };
      const asking = await runSignals(signals, gathered, stop, keep);
      if (asking.length > 0) {
        const previousFiles = (await gatherPrevious?.()) ?? gathered.previousFiles;
        const still =
          previousFiles.state === "known"
            ? await runSignals(asking, { ...gathered, previousFiles }, stop, keep)
            : asking;
        results.push(...still.map((signal) => withoutPreviousFiles(signal, previousFiles)));
      }
      const { artifact, files, provenance } = gathered;
      if (artifact.state !== "known") throw new Error("an examination is about bytes in hand");
      const { digests, sizeBytes } = artifact.value;
      const fileCount = files.state === "known" ? files.value.entries.length : 0;
      return {
        ref: context.ref,
        artifact: { digests, sizeBytes, fileCount },
        results: results.sort((a, b) => (a.signal < b.signal ? -1 : 1)),
        provenance: provenance.state === "known" ? provenance.value.evidence : undefined,
        atMs: context.atMs,
      };
    },
    warm: () => undefined,
    close: () => Promise.resolve(),
  };
  return { examiner, calls };
}

/** A clock that stands still, no memory, no exemptions. */
export function checkDeps(
  registry: Registry,
  rest: Partial<CheckDeps> = {},
): CheckDeps & { readonly calls: readonly Examined[] } {
  const { examiner, calls } = examinerHere();
  return {
    registry,
    examiner,
    policy: DEFAULT_POLICY,
    clock: () => NOW_MS,
    firstSeen: () => undefined,
    exemptionOf: () => Promise.resolve(undefined),
    origins: {
      trustFor: () => Promise.reject(new Failure("offline", "Nobody is trusted here.")),
      remembered: () => [],
    },
    memory: new Gauge(Infinity),
    calls,
    ...rest,
  };
}

export const SUBJECT: PackageRef = npmRef("subject", "1.1.0");

/** The release of `ref` in that world, examined: what came of it, and what the examiner was handed. */
export async function gatheredFor(
  world: FakeWorld,
  rest: Partial<CheckDeps> = {},
  ref: PackageRef = SUBJECT,
): Promise<Pick<Examined, "gathered" | "context"> & { checked: Checked; registry: FakeRegistry }> {
  const registry = fakeRegistry(world);
  const deps = checkDeps(registry, rest);
  const checked = await checkRelease(ref, deps);
  const [call] = deps.calls;
  if (checked === undefined || call === undefined) throw new Error("nothing was examined");
  return { checked, gathered: call.gathered, context: call.context, registry };
}
