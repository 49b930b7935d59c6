import {
  cutShort,
  type ExaminedSignal,
  inapplicable,
  type SignalResult,
  unknown,
} from "../model/examination.ts";
import { compareFindings, type Finding, finding } from "../model/finding.ts";
import { messageOf } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import { createSources } from "./parse/parse.ts";
import type { Answer, Gathered, Inputs } from "./signal.ts";
import type { AnySignal } from "./signals.ts";

const FINDINGS_PER_SIGNAL_MAX = 50;
const CRASH_LENGTH_MAX = 200;

/**
 * Runs signals one after the other in this thread, handing each answer over as soon as it is there.
 *
 * @returns the signals that asked for the files of the previous version instead of answering
 */
export async function runSignals(
  signals: readonly AnySignal[],
  gathered: Gathered,
  stop: AbortSignal,
  onResult: (examined: ExaminedSignal) => void,
): Promise<readonly AnySignal[]> {
  const answers = withSources(gathered);
  const asking: AnySignal[] = [];
  for (const signal of signals) {
    const result = await runSignal(signal, answers, stop);
    if (result === "ask") asking.push(signal);
    else onResult({ signal: signal.id, version: signal.version, result });
  }
  return asking;
}

/** The answer of a signal that asked for the previous version's files where they cannot be had. */
export function withoutPreviousFiles(signal: AnySignal, answer: Answer<unknown>): ExaminedSignal {
  const result =
    answer.state === "inapplicable"
      ? inapplicable(answer.why)
      : unknown(
          answer.state === "unknown"
            ? `the previous version could not be read: ${answer.why}`
            : "the signal asked for what it already had",
        );
  return { signal: signal.id, version: signal.version, result };
}

type Answers = { readonly [Key in keyof Inputs]: Answer<Inputs[Key]> };

function withSources(gathered: Gathered): Answers {
  const { files } = gathered;
  const sources: Answer<Inputs["sources"]> =
    files.state === "known" ? { state: "known", value: createSources(files.value) } : files;
  return { ...gathered, sources };
}

async function runSignal(
  signal: AnySignal,
  answers: Answers,
  stop: AbortSignal,
): Promise<SignalResult | "ask"> {
  for (const need of signal.needs) {
    const answer = answers[need];
    if (answer.state === "unknown") return unknown(answer.why);
    if (answer.state === "inapplicable") return inapplicable(answer.why);
  }
  try {
    const result = await signal.examine(inputsFor(signal, answers), stop);
    return result.outcome === "ask" ? "ask" : bounded(signal, result);
  } catch (error) {
    // The package's author may have provoked this; whatever it was, it is not an all-clear.
    return cutShort(`the signal crashed: ${printable(messageOf(error), CRASH_LENGTH_MAX)}`);
  }
}

/** Only what the signal declared, so that `needs` and `likes` cannot drift from what it reads. */
function inputsFor(signal: AnySignal, answers: Answers): Inputs {
  const inputs = [...signal.needs, ...(signal.likes ?? [])].flatMap((key) => {
    const answer = answers[key];
    return answer.state === "known" ? [[key, answer.value] as const] : [];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every need is known, see above
  return Object.fromEntries(inputs) as unknown as Inputs;
}

function bounded(signal: AnySignal, result: SignalResult): SignalResult {
  if (result.outcome !== "found") return result;
  const [first, ...rest] = result.findings.toSorted(compareFindings);
  const findings: [Finding, ...Finding[]] = [
    first ?? result.findings[0],
    ...rest.slice(0, FINDINGS_PER_SIGNAL_MAX - 1),
  ];
  const more = result.findings.length - findings.length;
  if (more > 0) {
    const message = `${String(more)} more findings like these are not listed.`;
    findings.push(finding(signal.id, "and-more", "info", "high", message));
  }
  return { outcome: "found", findings };
}
