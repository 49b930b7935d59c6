import { afterEach, describe, expect, it } from "vitest";
import type { Examination } from "../model/examination.ts";
import { CLEAR, cutShort, unknown } from "../model/examination.ts";
import { type FileTree, fileTreeOf } from "../model/file-tree.ts";
import { finding } from "../model/finding.ts";
import { parseManifest } from "../model/manifest.ts";
import { npmRef } from "../model/package-ref.ts";
import { fakeWorkerPool } from "../platform/workers.fake.ts";
import { createWorkerPool, type JobEnd, type WorkerPool } from "../platform/workers.ts";
import { createExaminer, EXAMINE_WORKER } from "./examine.ts";
import { type ExamineJob, received } from "./job.ts";
import { runSignals } from "./run.ts";
import { type Answer, ASK_PREVIOUS_FILES, type Gathered, known, type Signal } from "./signal.ts";
import { type AnySignal, SIGNALS } from "./signals.ts";

const REF = npmRef("fixture", "2.0.0");
const DIGESTS = { sha512: "5".repeat(128), sha256: "2".repeat(64), sha1: "1".repeat(40) };
const CONTEXT = { ref: REF, limits: { timeoutMs: 20_000, memoryMb: 256 }, atMs: 1_000 };
const ABSENT = { state: "unknown", why: "nobody was asked" } as const;

function gather(files: FileTree, more: Partial<Gathered> = {}): Gathered {
  return {
    artifact: known({ ref: REF, digests: DIGESTS, sizeBytes: 10 }),
    archive: known({ state: "read" }),
    manifest: known(parseManifest({ name: "fixture", version: "2.0.0" })),
    files: known(files),
    release: ABSENT,
    history: ABSENT,
    previous: ABSENT,
    previousFiles: ABSENT,
    dependencies: ABSENT,
    age: ABSENT,
    firstSeen: { state: "inapplicable", why: "never seen before" },
    provenance: ABSENT,
    ...more,
  };
}

function signal(id: string, examine: Signal["examine"], more: Partial<AnySignal> = {}): AnySignal {
  return { id, version: 1, title: id, rationale: id, needs: [], examine, ...more };
}

/** Plays the worker's part in this thread, with signals of the test's own. */
function poolOf(signals: readonly AnySignal[], end: JobEnd = { state: "done" }): WorkerPool {
  return fakeWorkerPool(async (sent, send) => {
    const job = sent as ExamineJob;
    const wanted = signals.filter(({ id }) => job.signals.includes(id));
    const stop = new AbortController().signal;
    const asking = await runSignals(wanted, received(job.gathered), stop, (examined) => {
      send({ kind: "answered", examined });
    });
    send({ kind: "asking", signals: asking.map(({ id }) => id) });
    return end;
  });
}

async function resultsOf(
  signals: readonly AnySignal[],
  gathered = gather(fileTreeOf([])),
  gatherPrevious?: () => Promise<Answer<FileTree>>,
): Promise<Examination["results"]> {
  const examiner = createExaminer(poolOf(signals), signals);
  return (await examiner.examine(gathered, CONTEXT, gatherPrevious)).results;
}

describe("examiner", () => {
  it("answers for every signal once, in order, about the bytes in hand", async () => {
    const signals = [signal("b", () => CLEAR), signal("a", () => unknown("why"), { version: 3 })];
    const examiner = createExaminer(poolOf(signals), signals);
    const files = fileTreeOf([["a.js", "1"]]);
    expect(await examiner.examine(gather(files), CONTEXT)).toEqual({
      ref: REF,
      artifact: { digests: DIGESTS, sizeBytes: 10, fileCount: 1 },
      results: [
        { signal: "a", version: 3, result: { outcome: "unknown", why: "why" } },
        { signal: "b", version: 1, result: { outcome: "clear" } },
      ],
      atMs: 1_000,
    });
  });

  it("does not call a signal whose needs cannot be met", async () => {
    const never = (): never => {
      throw new Error("called");
    };
    const signals = [
      signal("a", never, { needs: ["manifest", "release"] }),
      signal("b", never, { needs: ["firstSeen"] }),
    ];
    expect(await resultsOf(signals)).toEqual([
      { signal: "a", version: 1, result: { outcome: "unknown", why: "nobody was asked" } },
      { signal: "b", version: 1, result: { outcome: "inapplicable", why: "never seen before" } },
    ]);
  });

  it("hands over what was declared and nothing else", async () => {
    let given: unknown;
    const keep = (inputs: object): typeof CLEAR => {
      given = Object.keys(inputs).sort();
      return CLEAR;
    };
    await resultsOf([signal("a", keep, { needs: ["manifest"], likes: ["files", "history"] })]);
    expect(given).toEqual(["files", "manifest"]);
  });

  it("makes a crash an unknown that was cut short, printable and bounded", async () => {
    const crash = (): never => {
      throw new Error(`\u001b[2J${"x".repeat(500)}`);
    };
    const why = `the signal crashed: \\u{1b}[2J${"x".repeat(195)}…`;
    expect(await resultsOf([signal("a", crash)])).toEqual([
      { signal: "a", version: 1, result: { outcome: "unknown", why, cutShort: true } },
    ]);
  });

  it("sorts findings, and counts those beyond the bound", async () => {
    const findings = Array.from({ length: 60 }, (_, at) =>
      finding("a", "x", "low", "high", "m", { file: "f", line: 60 - at }),
    );
    const worst = finding("a", "y", "high", "high", "m");
    const examine: Signal["examine"] = () => ({
      outcome: "found",
      findings: [findings[0] ?? worst, ...findings.slice(1), worst],
    });
    const [only] = await resultsOf([signal("a", examine)]);
    expect(only?.result).toEqual({
      outcome: "found",
      findings: [
        worst,
        ...findings.toReversed().slice(0, 49),
        finding("a", "and-more", "info", "high", "11 more findings like these are not listed."),
      ],
    });
  });

  it("gathers the previous files once, and runs again only the signals that ask", async () => {
    const calls: string[] = [];
    const asks = (id: string): AnySignal =>
      signal(
        id,
        ({ previousFiles }) => {
          calls.push(id);
          return previousFiles?.has("old.js") ? CLEAR : ASK_PREVIOUS_FILES;
        },
        { likes: ["previousFiles"] },
      );
    const plain = signal("c", () => {
      calls.push("c");
      return CLEAR;
    });
    let gathered = 0;
    const results = await resultsOf([asks("a"), asks("b"), plain], undefined, () => {
      gathered += 1;
      return Promise.resolve(known(fileTreeOf([["old.js", ""]])));
    });
    expect({ calls, gathered, outcomes: results.map(({ result }) => result.outcome) }).toEqual({
      calls: ["a", "b", "c", "a", "b"],
      gathered: 1,
      outcomes: ["clear", "clear", "clear"],
    });
  });

  it.each<[string, Answer<FileTree> | undefined, object]>([
    [
      "nobody can gather",
      undefined,
      { outcome: "unknown", why: "the previous version could not be read: nobody was asked" },
    ],
    [
      "the download fails",
      { state: "unknown", why: "offline" },
      { outcome: "unknown", why: "the previous version could not be read: offline" },
    ],
    [
      "there is no previous version",
      { state: "inapplicable", why: "first" },
      { outcome: "inapplicable", why: "first" },
    ],
    [
      "it asks again",
      known(fileTreeOf([])),
      { outcome: "unknown", why: "the signal asked for what it already had" },
    ],
  ])("answers for a signal that asks when %s", async (_, answer, result) => {
    const asking = signal("a", () => ASK_PREVIOUS_FILES);
    const gatherPrevious = answer === undefined ? undefined : () => Promise.resolve(answer);
    expect(await resultsOf([asking], undefined, gatherPrevious)).toEqual([
      { signal: "a", version: 1, result },
    ]);
  });

  it.each<[JobEnd, string]>([
    [{ state: "timed-out" }, "the examination took longer than 20000 ms"],
    [
      { state: "died", why: "out of memory\u0007" },
      "the examination broke off: out of memory\\u{7}",
    ],
    [{ state: "done" }, "the signal gave no answer"],
  ])("keeps the answers given before a job ended as %j", async (end, why) => {
    const [answered, silent] = [signal("a", () => CLEAR), signal("b", () => CLEAR)];
    const examiner = createExaminer(poolOf([answered], end), [answered, silent]);
    expect((await examiner.examine(gather(fileTreeOf([])), CONTEXT)).results).toEqual([
      { signal: "a", version: 1, result: CLEAR },
      { signal: "b", version: 1, result: cutShort(why) },
    ]);
  });
});

describe("examiner with threads", () => {
  const examiner = createExaminer(createWorkerPool(EXAMINE_WORKER, 2));

  afterEach(() => examiner.close());

  it("finds in a thread what a package does", async () => {
    const manifest = { name: "fixture", version: "2.0.0", scripts: { postinstall: "node x.js" } };
    const files = fileTreeOf([
      ["package.json", JSON.stringify(manifest, null, 2)],
      ["x.js", "const to\u200dken = 1;"],
    ]);
    const gathered = gather(files, { manifest: known(parseManifest(manifest)) });
    const { results } = await examiner.examine(gathered, CONTEXT);
    expect(results.map((result) => result.signal)).toEqual(SIGNALS.map(({ id }) => id));
    const claims = results.flatMap(({ result }) =>
      result.outcome === "found" ? result.findings.map((one) => one.id) : [],
    );
    expect(claims).toContain("runs-code-at-install/hook");
    expect(claims).toContain("hides-unicode/invisible-in-name");
  });
});
