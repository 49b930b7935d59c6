import { installJson } from "../act/report/install-json.ts";
import { isWorthTelling, sandboxSummary, type SandboxOutcome } from "../act/report/sandbox.ts";
import { installSummary } from "../act/report/summary.ts";
import { packagePage } from "../act/report/terminal.ts";
import { label } from "../model/package-ref.ts";
import { printable } from "../model/printable.ts";
import type { Outcome } from "./admission.ts";
import { PASSED_ON } from "./child.ts";
import type { GlobalOptions } from "./command.ts";
import { EXIT, EXIT_OF_DECISION, worstExit } from "./exit.ts";
import { openGate, type GateLog, type GateSetup, type OpenGate } from "./gated.ts";
import { layoutFor, type Io } from "./io.ts";
import { Progress } from "./progress.ts";
import type { Ran } from "./sandbox/enclosed.ts";
import type { Session } from "./session.ts";

/** Runs something behind a gate, with progress while it runs and a report when it has ended. */
export async function runInstall(
  session: Session,
  globals: GlobalOptions,
  io: Io,
  setup: Pick<GateSetup, "withToken" | "askedExactly" | "servesScripts">,
  work: (gate: OpenGate) => Promise<Ran>,
): Promise<number> {
  const startedAtMs = session.check.clock();
  const progress = new Progress(io.stderr, session.check.clock);
  const gate = await openGate(session, {
    ...setup,
    knowsClients: true,
    onEvent: (event) => progress.note(event),
    onOutcome: ({ verdict }) => progress.examined(label(verdict.ref)),
  });
  if (!globals.quiet) progress.start();
  // npm ends only when its downloads do, and a download may be waiting for a verdict.
  const closeEarly = (): void => void gate.close();
  for (const signal of PASSED_ON) process.once(signal, closeEarly);
  let ran: Ran;
  try {
    ran = await work(gate);
  } finally {
    for (const signal of PASSED_ON) process.off(signal, closeEarly);
    progress.stop();
    await gate.close();
  }
  const elapsedMs = session.check.clock() - startedAtMs;
  report({ outcomes: gate.outcomes, log: gate.log, ...ran, elapsedMs }, globals, io);
  return exitOf(gate, ran.code);
}

/** What was refused outranks the client's own status: npm, for one, passes over optional packages. */
function exitOf(gate: OpenGate, code: number): number {
  const refused = gate.outcomes
    .map(({ verdict }) => verdict.decision)
    .filter((decision) => decision === "hold" || decision === "block")
    .map((decision) => EXIT_OF_DECISION[decision]);
  const { unrecognised, pastTheGate, inYourName } = gate.log;
  const bypass = unrecognised.length + pastTheGate.size + inYourName.size > 0 ? [EXIT.blocked] : [];
  const outage = code !== 0 && gate.log.failures.length > 0 ? [EXIT.unavailable] : [];
  const ours = worstExit([...refused, ...bypass, ...outage]);
  return ours === EXIT.fine ? code : ours;
}

interface Ended {
  readonly outcomes: readonly Outcome[];
  readonly log: GateLog;
  readonly code: number;
  readonly sandbox: SandboxOutcome | undefined;
  readonly elapsedMs: number;
}

function report(ended: Ended, globals: GlobalOptions, io: Io): void {
  if (globals.json) {
    const pastTheGate = [...ended.log.pastTheGate];
    io.stdout.write(`${JSON.stringify(installJson({ ...ended, pastTheGate }))}\n`);
  }
  const stopped = ended.outcomes.filter(({ verdict }) => verdict.decision !== "allow");
  const notes = notesOf(ended);
  const { sandbox } = ended;
  const isTold = sandbox !== undefined && isWorthTelling(sandbox);
  const isTrouble = stopped.length > 0 || notes.length > 0 || isTold;
  if (!isTrouble && (globals.quiet || ended.outcomes.length === 0)) return;
  const layout = layoutFor(io.stderr, io.env, globals.noColor);
  const pages = stopped
    .filter(({ verdict }) => verdict.decision === "block" || verdict.decision === "hold")
    .slice(0, PAGES_MAX)
    .map(({ verdict }) => `\n${packagePage(verdict, layout)}`);
  const room = sandbox === undefined ? [] : sandboxSummary(sandbox, layout);
  io.stderr.write(
    `${pages.join("")}\n${installSummary(ended.outcomes, ended, layout)}${notes.join("")}${room.map((line) => `${line}\n`).join("")}`,
  );
}

/** Pages of evidence; the summary names the rest. */
const PAGES_MAX = 5;
const COOLING_SHOWN_MAX = 10;

function notesOf({ log, code }: Ended): readonly string[] {
  const cooling = [...log.cooling].slice(0, COOLING_SHOWN_MAX).map(([name, settledAtMs]) => {
    const when = new Date(settledAtMs).toISOString();
    return `  ${name} was left out of ranges and tags: still cooling until ${when}\n`;
  });
  const more = log.cooling.size - cooling.length;
  return [
    ...cooling,
    ...(more > 0 ? [`  and ${String(more)} more versions that are still cooling\n`] : []),
    ...log.unrecognised.map(
      (target) => `  refused, because it is no package of a registry: ${target}\n`,
    ),
    ...[...log.inYourName].map(
      (target) => `  refused: a script wanted this done with your account: ${target}\n`,
    ),
    ...[...log.pastTheGate].map(
      (host) => `  refused: the package manager tried to reach ${host} past the gate\n`,
    ),
    ...(code === 0 ? [] : log.failures.map((sentence) => `  ${printable(sentence, 500)}\n`)),
  ];
}
