import { packageReport } from "../act/report/json.ts";
import { packagePage } from "../act/report/terminal.ts";
import { Failure, isFailure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { EXIT_OF_DECISION, EXIT_OF_FAILURE, worstExit } from "./exit.ts";
import { layoutFor, type Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { openSession, type Session } from "./session.ts";
import { checkSubject } from "./subject.ts";

const USAGE = `Usage: veln package [--previous X] [--json] [--offline] SPEC|TARBALL|DIR …

Everything Veln knows about a version: decision, score with every point accounted for, findings with
file and line, and what could not be found out.

  SPEC            a package of the registry: express, express@5, @scope/name@^1.2.0
  TARBALL         a .tgz file
  DIR             a folder with a package.json
  --previous X    compare with this version, tarball or folder instead of the registry's predecessor

Exit status: 0 allowed, 3 warn, 75 held, 1 blocked; the worst of several.
`;

interface Answer {
  readonly verdict: Verdict;
  readonly elapsedMs: number;
}

export const packageCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const options = { ...GLOBAL_OPTIONS, previous: { type: "string" } } as const;
    const { values, positionals } = parseOptions(args, options);
    const globals = mergeGlobals(before, values);
    if (positionals.length === 0)
      throw new Failure("usage", "Say which package: veln package SPEC.");
    const session = await openSession(globals, io);
    try {
      return await reportAll(positionals, values.previous, session, globals, io);
    } finally {
      await session.close();
    }
  },
};

async function reportAll(
  subjects: readonly string[],
  previous: string | undefined,
  session: Session,
  globals: GlobalOptions,
  io: Io,
): Promise<number> {
  const answers: (Answer | Failure)[] = [];
  for (const subject of subjects) {
    const answer = await answerOn(subject, previous, session, globals, io);
    answers.push(answer);
    if (!globals.json) show(answer, subject, globals, io);
  }
  if (globals.json) {
    const reports = answers.map(jsonOf);
    io.stdout.write(`${JSON.stringify(subjects.length === 1 ? reports[0] : reports)}\n`);
  }
  return worstExit(
    answers.map((answer) =>
      answer instanceof Failure
        ? EXIT_OF_FAILURE[answer.code]
        : EXIT_OF_DECISION[answer.verdict.decision],
    ),
  );
}

/** One subject that cannot be looked at does not keep the others from being reported. */
async function answerOn(
  subject: string,
  previous: string | undefined,
  session: Session,
  globals: GlobalOptions,
  io: Io,
): Promise<Answer | Failure> {
  const startedAtMs = performance.now();
  try {
    const { verdict } = await checkSubject(subject, { previous, session, globals, io });
    return { verdict, elapsedMs: Math.round(performance.now() - startedAtMs) };
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}

function show(answer: Answer | Failure, subject: string, globals: GlobalOptions, io: Io): void {
  if (answer instanceof Failure) {
    io.stderr.write(`veln: ${printable(`${subject}: ${answer.message}`, 2000)}\n`);
    return;
  }
  const layout = layoutFor(io.stdout, io.env, globals.noColor);
  io.stdout.write(`${packagePage(answer.verdict, layout, { elapsedMs: answer.elapsedMs })}\n`);
}

function jsonOf(answer: Answer | Failure): object {
  if (!(answer instanceof Failure)) {
    return packageReport(answer.verdict, { elapsedMs: answer.elapsedMs });
  }
  return { error: { code: answer.code, message: answer.message, ...answer.detail } };
}
