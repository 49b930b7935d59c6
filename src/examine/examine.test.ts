import { afterAll, describe, expect, it } from "vitest";
import type { Examination } from "../model/examination.ts";
import { CLEAR, cutShort, type SignalResult, unknown } from "../model/examination.ts";
import { type FileTree, fileTreeOf } from "../model/file-tree.ts";
import { finding } from "../model/finding.ts";
import { parseManifest } from "../model/manifest.ts";
import { npmRef } from "../model/package-ref.ts";
import { releaseOf } from "../../test/support/upstreams.ts";
import { fakeWorkerPool } from "../platform/workers.fake.ts";
import { createWorkerPool, type JobEnd, type WorkerPool } from "../platform/workers.ts";
import { createExaminer, EXAMINE_WORKER } from "./examine.ts";
import { type ExamineJob, received } from "./job.ts";
import type { KeptAnswer, KeptAnswers } from "./kept-answers.ts";
import { runSignals } from "./run.ts";
import { type Answer, ASK_PREVIOUS_FILES, type Gathered, known, type Signal } from "./signal.ts";
import { type AnySignal, SIGNALS } from "./signals.ts";

const REF = npmRef("fixture", "2.0.0");
const DIGESTS = { sha512: "5".repeat(128), sha256: "2".repeat(64), sha1: "1".repeat(40) };
const LIMITS = { timeoutMs: 20_000, codeTimeoutMs: 30_000, memoryMb: 256 };
const CONTEXT = { ref: REF, limits: LIMITS, atMs: 1_000 };
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
    const wanted = job.signals.flatMap((id) => signals.find((one) => one.id === id) ?? []);
    const stop = new AbortController().signal;
    await runSignals(wanted, received(job.gathered), stop, {
      onResult: (examined) => {
        send({ kind: "answered", examined });
      },
      onAsk: ({ id }) => {
        send({ kind: "asks", signal: id });
      },
    });
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

/** Ends the jobs in which one of the given signals runs, as a thread would that dies of it. */
function poolThatDiesOf(
  signals: readonly AnySignal[],
  deadly: readonly string[],
  end: JobEnd,
): { readonly pool: WorkerPool; readonly jobs: (readonly string[])[] } {
  const jobs: (readonly string[])[] = [];
  const pool = fakeWorkerPool(async (sent, send) => {
    const job = sent as ExamineJob;
    jobs.push(job.signals);
    const stop = new AbortController().signal;
    for (const id of job.signals) {
      const one = signals.filter((each) => each.id === id);
      send({ kind: "begins", signal: id });
      await runSignals(one, received(job.gathered), stop, {
        onSoFar: (_, result) => {
          send({ kind: "so-far", signal: id, result });
        },
        onResult: (examined) => {
          if (!deadly.includes(id)) send({ kind: "answered", examined });
        },
        onAsk: () => {
          send({ kind: "asks", signal: id });
        },
      });
      if (deadly.includes(id)) return end;
    }
    return { state: "done" };
  });
  return { pool, jobs };
}

const SOME_CODE = fileTreeOf([["index.js", "0;".repeat(100_000)]]);
const MUCH_CODE = fileTreeOf([["index.js", "0;".repeat(1_000_000)]]);
const TIMED_OUT: JobEnd = { state: "timed-out" };
const OUT_OF_MEMORY: JobEnd = { state: "died", why: "out of memory\u0007" };

describe("heavy signals", () => {
  const heavy = (id: string, examine: Signal["examine"]): AnySignal =>
    signal(id, examine, { isHeavy: true });
  const speaking = (id: string, ...words: readonly SignalResult[]): AnySignal =>
    heavy(id, (_inputs, _stop, soFar) => {
      for (const word of words) soFar(word);
      return CLEAR;
    });
  const HARM = finding("b", "harm", "high", "high", "it does harm");
  const FOUND: SignalResult = { outcome: "found", findings: [HARM] };

  it("run after all others, whatever the list says, and ask like them", async () => {
    const order: string[] = [];
    const noting =
      (id: string): Signal["examine"] =>
      ({ previousFiles }) => {
        order.push(id);
        return previousFiles === undefined ? ASK_PREVIOUS_FILES : CLEAR;
      };
    const likes = { likes: ["previousFiles"] } as const;
    const signals = [
      signal("a", noting("a"), { ...likes, isHeavy: true }),
      signal("b", noting("b"), likes),
    ];
    const results = await resultsOf(signals, undefined, () =>
      Promise.resolve(known(fileTreeOf([]))),
    );
    expect({ order, outcomes: results.map(({ result }) => result.outcome) }).toEqual({
      order: ["b", "a", "b", "a"],
      outcomes: ["clear", "clear"],
    });
  });

  const SMALL = "reading its 0.2 MB of code";
  const CAUSE = "for which code of that size gives no cause";
  it.each<[string, FileTree, readonly SignalResult[], JobEnd, SignalResult]>([
    [
      "little code that takes too long is cut short",
      SOME_CODE,
      [],
      TIMED_OUT,
      cutShort(`${SMALL} took longer than 30 s, ${CAUSE}`),
    ],
    [
      "little code that takes too much memory is cut short",
      SOME_CODE,
      [],
      OUT_OF_MEMORY,
      cutShort(`${SMALL} broke off (out of memory\\u{7}), ${CAUSE}`),
    ],
    [
      "much code that takes too long is unknown",
      MUCH_CODE,
      [],
      TIMED_OUT,
      unknown("reading its 1.9 MB of code took longer than 30 s"),
    ],
    [
      "what was found in much code before is told",
      MUCH_CODE,
      [FOUND],
      TIMED_OUT,
      { ...FOUND, unread: ["reading its 1.9 MB of code took longer than 30 s"] },
    ],
    [
      "what was found in little code before is told, and that it was cut short",
      SOME_CODE,
      [FOUND],
      TIMED_OUT,
      { ...FOUND, unread: [`${SMALL} took longer than 30 s, ${CAUSE}`], cutShort: true },
    ],
    [
      "its own last word goes before the size",
      MUCH_CODE,
      [unknown("it did not begin"), cutShort("it had begun")],
      TIMED_OUT,
      cutShort("it had begun: reading its 1.9 MB of code took longer than 30 s"),
    ],
  ])("%s, and costs nobody else an answer", async (_, files, words, end, expected) => {
    const signals = [
      signal("a", () => CLEAR),
      speaking("b", ...words),
      heavy("c", () => CLEAR),
      signal("d", () => CLEAR),
    ];
    const { pool, jobs } = poolThatDiesOf(signals, ["b"], end);
    const examiner = createExaminer(pool, signals);
    const { results } = await examiner.examine(gather(files), CONTEXT);
    expect(results).toEqual(
      ["a", "b", "c", "d"].map((id) => ({
        signal: id,
        version: 1,
        result: id === "b" ? expected : CLEAR,
      })),
    );
    expect(jobs).toEqual([["a", "d", "b", "c"], ["c"]]);
  });

  it("keep what they found when they crash", async () => {
    const crashing = heavy("b", (_inputs, _stop, soFar) => {
      soFar(FOUND);
      throw new Error("no more");
    });
    const [only] = await resultsOf([crashing]);
    expect(only?.result).toEqual({
      ...FOUND,
      unread: ["the signal crashed: no more"],
      cutShort: true,
    });
  });

  it("that all run out end one by one", async () => {
    const signals = ["a", "b", "c"].map((id) => heavy(id, () => CLEAR));
    const { pool, jobs } = poolThatDiesOf(signals, ["a", "b", "c"], TIMED_OUT);
    const { results } = await createExaminer(pool, signals).examine(gather(MUCH_CODE), CONTEXT);
    expect(results.map(({ result }) => result.outcome)).toEqual(["unknown", "unknown", "unknown"]);
    expect(jobs).toEqual([["a", "b", "c"], ["b", "c"], ["c"]]);
  });
});

describe("kept answers", () => {
  const lensLike = (answer: SignalResult | "ask"): { one: AnySignal; asked: () => number } => {
    let asked = 0;
    const examine: Signal["examine"] = ({ previousFiles }) => {
      asked += 1;
      return answer === "ask" && previousFiles === undefined
        ? ASK_PREVIOUS_FILES
        : answer === "ask"
          ? CLEAR
          : answer;
    };
    const needs = ["manifest", "files"] as const;
    const one = signal("a", examine, { needs, likes: ["previousFiles"], isHeavy: true });
    return { one, asked: () => asked };
  };
  const shelf = (): KeptAnswers & { readonly rows: Map<string, KeptAnswer> } => {
    const rows = new Map<string, KeptAnswer>();
    return { rows, find: (key) => rows.get(key), keep: (key, answer) => rows.set(key, answer) };
  };
  const tree = (text: string): FileTree => fileTreeOf([["index.js", text]]);

  it.each<[string, SignalResult]>([
    ["clear", CLEAR],
    ["unknown", unknown("too large")],
  ])("serve the same files again: %s", async (_, answer) => {
    const { one, asked } = lensLike(answer);
    const examiner = createExaminer(poolOf([one]), [one], shelf());
    const first = await examiner.examine(gather(tree("1")), CONTEXT);
    const again = await examiner.examine(gather(tree("1")), CONTEXT);
    expect({ asked: asked(), again }).toEqual({ asked: 1, again: first });
    await examiner.examine(gather(tree("2")), CONTEXT);
    expect(asked()).toBe(2);
  });

  it("serve a question for the previous files, and its answer by both trees", async () => {
    const { one, asked } = lensLike("ask");
    const examiner = createExaminer(poolOf([one]), [one], shelf());
    const before = (text: string): (() => Promise<Answer<FileTree>>) => {
      return () => Promise.resolve(known(tree(text)));
    };
    await examiner.examine(gather(tree("1")), CONTEXT, before("0"));
    await examiner.examine(gather(tree("1")), CONTEXT, before("0"));
    expect(asked()).toBe(2);
    await examiner.examine(gather(tree("1")), CONTEXT, before("another"));
    expect(asked()).toBe(3);
  });

  it("are none of what was cut short", async () => {
    const { one, asked } = lensLike(cutShort("a slow machine"));
    const kept = shelf();
    const examiner = createExaminer(poolOf([one]), [one], kept);
    await examiner.examine(gather(tree("1")), CONTEXT);
    await examiner.examine(gather(tree("1")), CONTEXT);
    expect({ asked: asked(), kept: kept.rows.size }).toEqual({ asked: 2, kept: 0 });
  });

  it("are none of a light signal, nor of another version of a signal", async () => {
    const { one } = lensLike(CLEAR);
    const kept = shelf();
    const keyOf = (signals: readonly AnySignal[]): Promise<readonly string[]> => {
      kept.rows.clear();
      const examiner = createExaminer(poolOf(signals), signals, kept);
      return examiner.examine(gather(tree("1")), CONTEXT).then(() => [...kept.rows.keys()]);
    };
    const [first] = await keyOf([one]);
    const [second] = await keyOf([{ ...one, version: 2 }]);
    const { isHeavy: _, ...light } = one;
    expect(second).not.toBe(first);
    expect(await keyOf([light])).toEqual([]);
  });
});

describe("examiner with threads", { timeout: 60_000 }, () => {
  const examiner = createExaminer(createWorkerPool(EXAMINE_WORKER, 2));

  afterAll(() => examiner.close());

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

  it("lets code that takes too long cost one signal its answer, and no other", async () => {
    const code = "export const f = (a) => a.b(a.c)(a.d + 1);\n".repeat(3_000);
    const files = fileTreeOf([["index.js", `fetch("https://a.invalid");${code}`]]);
    const limits = { ...LIMITS, codeTimeoutMs: 1 };
    const previous = known(releaseOf("https://a.invalid/x.tgz"));
    const { results } = await examiner.examine(gather(files, { previous }), { ...CONTEXT, limits });
    const cut = results.filter(({ result }) => result.outcome === "unknown" && result.cutShort);
    expect(cut.map(({ signal }) => signal)).toEqual([
      "gains-dangerous-capability",
      "source-is-suspicious",
    ]);
    expect(results.map((result) => result.signal)).toEqual(SIGNALS.map(({ id }) => id));
  });
});
