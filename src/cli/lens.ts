import { availableParallelism } from "node:os";
import { type LensAnswer, lensPage, lensReport, rulePage, rulesPage } from "../act/report/lens.ts";
import { createExaminer, EXAMINE_WORKER } from "../examine/examine.ts";
import { RULES, ruleOf } from "../examine/lens/rules.ts";
import { known, type Answer, type Gathered } from "../examine/signal.ts";
import { sourceIsSuspicious } from "../examine/signals/source-is-suspicious/signal.ts";
import { type Examination, openIn } from "../model/examination.ts";
import { Failure } from "../model/failure.ts";
import { isExactVersion, isPackageName, npmRef } from "../model/package-ref.ts";
import type { PackageRef } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import { systemClock } from "../platform/clock.ts";
import { createWorkerPool } from "../platform/workers.ts";
import type { Command, GlobalOptions } from "./command.ts";
import { layoutFor, type Io } from "./io.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseOptions } from "./options.ts";
import { keptByThisCode } from "./reading-code.ts";
import { openSources } from "./session.ts";
import { filesOfSubject, type SubjectFiles } from "./subject.ts";

const USAGE = `Usage: veln lens [--json] [--offline] SPEC|TARBALL|DIR
       veln lens --explain ID
       veln lens --rules

What the code of a package does that no library needs: with file, line, and the way from where the
code starts to where it does harm. Values are followed through assignments, functions and files;
what cannot be followed is said to be unknown, which is not the same as clear.

  SPEC           a package of the registry: express, express@5, @scope/name@^1.2.0
  TARBALL        a .tgz file
  DIR            a folder with a package.json
  --explain ID   why a finding matters, an example, and what to do
  --rules        everything that is looked for

Exit status: 0 nothing grave, 3 something of severity medium, 1 of severity high or critical.
`;

export const lensCommand: Command = {
  usage: USAGE,
  async run(args, before, io) {
    const options = {
      ...GLOBAL_OPTIONS,
      explain: { type: "string" },
      rules: { type: "boolean" },
    } as const;
    const { values, positionals } = parseOptions(args, options);
    const globals = mergeGlobals(before, values);
    if (values.rules === true) return listRules(globals, io);
    if (values.explain !== undefined) return explain(values.explain, globals, io);
    const [subject, more] = positionals;
    if (subject === undefined || more !== undefined) {
      throw new Failure("usage", "Say which package, one: veln lens SPEC|TARBALL|DIR.");
    }
    const answer = await look(subject, globals, io);
    show(subject, answer, globals, io);
    return exitOf(answer);
  },
};

function listRules(globals: GlobalOptions, io: Io): number {
  const layout = layoutFor(io.stdout, io.env, globals.noColor);
  io.stdout.write(globals.json ? `${JSON.stringify(RULES)}\n` : rulesPage(RULES, layout));
  return 0;
}

/** Takes the id of a rule, or of a finding as reports print it. */
function explain(id: string, globals: GlobalOptions, io: Io): number {
  const rule = ruleOf(id.slice(id.lastIndexOf("/") + 1));
  if (rule === undefined) {
    throw new Failure(
      "usage",
      `Lens has no rule "${printable(id, 80)}"; veln lens --rules has all.`,
    );
  }
  const layout = layoutFor(io.stdout, io.env, globals.noColor);
  io.stdout.write(globals.json ? `${JSON.stringify(rule)}\n` : rulePage(rule, layout));
  return 0;
}

async function look(subject: string, globals: GlobalOptions, io: Io): Promise<LensAnswer> {
  const sources = await openSources(globals, io);
  const pool = createWorkerPool(EXAMINE_WORKER, Math.min(1, availableParallelism()));
  const kept = keptByThisCode(sources.store.answers);
  const examiner = createExaminer(pool, [sourceIsSuspicious], kept);
  try {
    const { registry, policy } = sources;
    const found = await filesOfSubject(subject, { registry, cwd: io.cwd });
    const { signalTimeoutMs: timeoutMs, codeTimeoutMs, memoryMb } = policy.limits;
    const startedAtMs = performance.now();
    const examination = await examiner.examine(gatheredFrom(found), {
      ref: refOf(found),
      limits: { timeoutMs, codeTimeoutMs, memoryMb },
      atMs: systemClock(),
    });
    return answerFrom(examination, Math.round(performance.now() - startedAtMs));
  } finally {
    await examiner.close();
    await sources.close();
  }
}

const NOT_ASKED: Answer<never> = { state: "inapplicable", why: "Lens looks at the files alone" };

function gatheredFrom({ files, manifest, digests, sizeBytes }: SubjectFiles): Gathered {
  const ref = refOf({ manifest });
  return {
    artifact: known({ ref, digests, sizeBytes }),
    archive: known({ state: "read" }),
    files: known(files),
    manifest: known(manifest),
    release: NOT_ASKED,
    history: NOT_ASKED,
    previous: NOT_ASKED,
    previousFiles: NOT_ASKED,
    dependencies: NOT_ASKED,
    age: NOT_ASKED,
    firstSeen: NOT_ASKED,
    provenance: NOT_ASKED,
  };
}

/** Code without a proper name can be looked at all the same. */
function refOf({ manifest }: Pick<SubjectFiles, "manifest">): PackageRef {
  const { name = "", version = "" } = manifest;
  return npmRef(
    isPackageName(name) ? name : "unnamed",
    isExactVersion(version) ? version : "0.0.0",
  );
}

function answerFrom({ artifact, results }: Examination, elapsedMs: number): LensAnswer {
  const result = results.find(({ signal }) => signal === sourceIsSuspicious.id)?.result;
  const findings = result?.outcome === "found" ? result.findings : [];
  const why = result === undefined ? undefined : openIn(result);
  const unknown = why === undefined ? [] : [{ signal: sourceIsSuspicious.id, why }];
  return { fileCount: artifact.fileCount, findings, unknown, elapsedMs };
}

function show(subject: string, answer: LensAnswer, globals: GlobalOptions, io: Io): void {
  const layout = layoutFor(io.stdout, io.env, globals.noColor);
  io.stdout.write(
    globals.json
      ? `${JSON.stringify(lensReport(answer))}\n`
      : lensPage(printable(subject, 200), answer, layout),
  );
}

function exitOf({ findings }: LensAnswer): number {
  const severities = new Set(findings.map(({ severity }) => severity));
  if (severities.has("critical") || severities.has("high")) return 1;
  return severities.has("medium") ? 3 : 0;
}
