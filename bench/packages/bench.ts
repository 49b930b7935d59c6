/*
 * What `veln package` says of a hundred packages that everybody uses (list.txt), latest versions,
 * with the default policy and a memory that begins empty. Prints Markdown: decisions, whatever is
 * not simply allowed, every finding from "low" up, and how long the examinations took. Ends with 1
 * when one is blocked or could not be examined.
 *
 *     npm run bench:packages -- [NAME…]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io } from "../../src/cli/io.ts";
import { parseGlobals } from "../../src/cli/options.ts";
import { openSession, type Session } from "../../src/cli/session.ts";
import { checkSubject } from "../../src/cli/subject.ts";
import type { Examiner } from "../../src/examine/examine.ts";
import { isFailure } from "../../src/model/failure.ts";
import type { Finding } from "../../src/model/finding.ts";
import { label } from "../../src/model/package-ref.ts";
import { DECISIONS } from "../../src/model/policy.ts";
import type { Verdict } from "../../src/model/verdict.ts";
import { markdownTable, quantile } from "../figures.ts";
import { freshIo } from "../fresh-io.ts";
import { listIn } from "../list.ts";
import { describe, thisMachine } from "../machine.ts";

interface Answers {
  readonly verdicts: readonly Verdict[];
  /** `name: why` */
  readonly failures: readonly string[];
  /** Reading and judging files, without the network. */
  readonly examinedMs: readonly number[];
}

const named = process.argv.slice(2);
const names = named.length > 0 ? named : listIn(new URL("list.txt", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "veln-bench-packages-"));
try {
  const answers = await askAll(names, freshIo(folder));
  console.log(report(answers));
  const blocked = answers.verdicts.some(({ decision }) => decision === "block");
  process.exitCode = blocked || answers.failures.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One after the other: packages that wait for each other say nothing about time. */
async function askAll(names: readonly string[], io: Io): Promise<Answers> {
  const globals = parseGlobals([]);
  const opened = await openSession(globals, io);
  const examinedMs: number[] = [];
  const session = withStopwatch(opened, (ms) => examinedMs.push(ms));
  const verdicts: Verdict[] = [];
  const failures: string[] = [];
  try {
    for (const name of names) {
      try {
        const context = { previous: undefined, session, globals, io };
        verdicts.push((await checkSubject(name, context)).verdict);
      } catch (error) {
        if (!isFailure(error)) throw error;
        failures.push(`${name}: ${error.message}`);
      }
    }
  } finally {
    await session.close();
  }
  return { verdicts, failures, examinedMs };
}

/** Times each examination; what it waits for the previous version to arrive does not count. */
function withStopwatch(session: Session, onExamined: (ms: number) => void): Session {
  const { examiner } = session.check;
  const examine: Examiner["examine"] = async (gathered, context, gatherPrevious) => {
    const startedAtMs = performance.now();
    let waitedMs = 0;
    const gather = async (): ReturnType<NonNullable<typeof gatherPrevious>> => {
      const askedAtMs = performance.now();
      const files = await gatherPrevious?.();
      waitedMs += performance.now() - askedAtMs;
      return files ?? { state: "unknown", why: "nobody can be asked" };
    };
    const examination = await examiner.examine(gathered, context, gather);
    onExamined(performance.now() - startedAtMs - waitedMs);
    return examination;
  };
  return { ...session, check: { ...session.check, examiner: { ...examiner, examine } } };
}

function report({ verdicts, failures, examinedMs }: Answers): string {
  const counts = DECISIONS.map((decision) => {
    const count = verdicts.filter((verdict) => verdict.decision === decision).length;
    return `${String(count)} ${decision}`;
  });
  const ms = (part: number): string => quantile(examinedMs, part).toFixed(0);
  const stopped = verdicts
    .filter(({ decision }) => decision !== "allow")
    .map(({ ref, decision, score, reasons }) => [
      label(ref),
      decision,
      String(score),
      reasons.map(({ message }) => message).join(" "),
    ]);
  return [
    describe(thisMachine()),
    `${String(verdicts.length)} packages: ${counts.join(", ")}; ${String(failures.length)} could not be examined. An examination took ${ms(0.5)} ms (p50), ${ms(0.95)} ms (p95), ${ms(1)} ms (longest).`,
    failures.map((line) => `- ${line}`).join("\n"),
    markdownTable(["not allowed", "decision", "score", "reasons"], stopped),
    markdownTable(["package", "severity", "finding", "place"], verdicts.flatMap(findingsOf)),
    markdownTable(["package", "unknown", "why"], verdicts.flatMap(unknownsOf)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function findingsOf({ ref, findings }: Verdict): readonly (readonly string[])[] {
  return findings
    .filter(({ severity }) => severity !== "info")
    .map((finding) => [
      label(ref),
      `${finding.severity} (${finding.confidence})`,
      `${finding.id}: ${finding.message}`,
      placeOf(finding),
    ]);
}

function placeOf({ file, line }: Finding): string {
  return file === undefined ? "–" : `${file}${line === undefined ? "" : `:${String(line)}`}`;
}

function unknownsOf({ ref, unknown }: Verdict): readonly (readonly string[])[] {
  return unknown.map(({ signal, why }) => [label(ref), signal, why]);
}
