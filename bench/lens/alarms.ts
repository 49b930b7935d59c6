import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseGlobals } from "../../src/cli/options.ts";
import { openSession } from "../../src/cli/session.ts";
import { checkSubject } from "../../src/cli/subject.ts";
import { isFailure } from "../../src/model/failure.ts";
import { SEVERITIES, type Finding, type Severity } from "../../src/model/finding.ts";
import { markdownTable } from "../figures.ts";
import { freshIo } from "../fresh-io.ts";
import type { Step } from "./steps.ts";
import { LENS } from "./ways.ts";

const DIFF = "gains-dangerous-capability";
const SUBJECTS = [
  { signal: LENS, what: "newest versions", aim: "at most 0.5 % high or above, 3 % medium" },
  { signal: DIFF, what: "version steps", aim: "at most 2 % high or above" },
] as const;

interface Answer {
  readonly label: string;
  /** Signals that were asked and did not have to say "inapplicable". */
  readonly findings: readonly Finding[];
  readonly unknown: readonly { readonly signal: string; readonly why: string }[];
  readonly failure: string | undefined;
}

/**
 * What the product says of packages that are taken for honest, through its own workers and within
 * its own bounds: Lens of each newest version, the diff of each step that led to it.
 */
export async function alarms(steps: readonly Step[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "veln-bench-alarms-"));
  const globals = parseGlobals(["--offline"]);
  const io = freshIo(folder);
  const session = await openSession(globals, io);
  const answers: Answer[] = [];
  try {
    for (const [at, step] of steps.entries()) {
      if (at % 25 === 0)
        console.error(`${String(at)} of ${String(steps.length)} packages examined`);
      answers.push(
        await answerOn(step, (path, previous) =>
          checkSubject(path, { previous, session, globals, io }),
        ),
      );
    }
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return report(answers);
}

async function answerOn(
  { name, newest, previous }: Step,
  check: (path: string, previous: string | undefined) => ReturnType<typeof checkSubject>,
): Promise<Answer> {
  const label = `${name}@${newest.version}`;
  try {
    const { verdict } = await check(newest.path, previous?.path);
    return { label, findings: verdict.findings, unknown: verdict.unknown, failure: undefined };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { label, findings: [], unknown: [], failure: error.message };
  }
}

function report(answers: readonly Answer[]): string {
  const failures = answers.flatMap(({ label, failure }) =>
    failure === undefined ? [] : [[label, failure]],
  );
  return [
    ...SUBJECTS.flatMap((subject) => section(answers, subject)),
    markdownTable(["not examined", "why"], failures),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function section(
  answers: readonly Answer[],
  { signal, what, aim }: (typeof SUBJECTS)[number],
): readonly string[] {
  const findingsOf = ({ findings }: Answer): readonly Finding[] =>
    findings.filter((finding) => finding.signal === signal);
  const asked = answers.filter(({ failure }) => failure === undefined);
  const worst = asked.map((answer) => worstOf(findingsOf(answer)));
  const shares = [...SEVERITIES].reverse().map((severity) => {
    const count = worst.filter((other) => other === severity).length;
    return `${severity} ${String(count)} (${((100 * count) / asked.length).toFixed(1)} %)`;
  });
  const unknown = asked.flatMap(({ label, unknown }) =>
    unknown.filter((one) => one.signal === signal).map(({ why }) => [label, why]),
  );
  return [
    `## ${signal}, ${what}`,
    `${String(asked.length)} asked, by the worst finding: ${shares.join(", ")}; ${String(unknown.length)} unknown. Aim: ${aim}.`,
    markdownTable(
      ["package", "severity", "finding", "place", "excerpt"],
      asked.flatMap((answer) => findingsOf(answer).map((finding) => rowOf(answer, finding))),
    ),
    markdownTable(["unknown", "why"], unknown),
  ];
}

function worstOf(findings: readonly Finding[]): Severity | undefined {
  return SEVERITIES.findLast((severity) => findings.some((one) => one.severity === severity));
}

function rowOf({ label }: Answer, finding: Finding): readonly string[] {
  const { file, line, excerpt } = finding;
  return [
    label,
    `${finding.severity} (${finding.confidence})`,
    `${finding.id.slice(finding.signal.length + 1)}: ${finding.message}`,
    file === undefined ? "–" : `${file}${line === undefined ? "" : `:${String(line)}`}`,
    excerpt ?? "–",
  ];
}
