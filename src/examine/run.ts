import {
  brokenOff,
  type ExaminedSignal,
  inapplicable,
  type SignalResult,
  unknown,
} from "../model/examination.ts";
import { compareFindings, type Finding, finding } from "../model/finding.ts";
import { messageOf } from "../model/failure.ts";
import type { FileTree } from "../model/file-tree.ts";
import { printable } from "../model/printable.ts";
import { createSources } from "./parse/parse.ts";
import type { Sources } from "./parse/sources.ts";
import type { Answer, Gathered, Inputs } from "./signal.ts";
import type { AnySignal } from "./signals.ts";

const FINDINGS_PER_SIGNAL_MAX = 50;
const CRASH_LENGTH_MAX = 200;

/** What is heard of signals while they run. */
export interface Listener {
  onResult(examined: ExaminedSignal): void;
  onBegin?(signal: AnySignal): void;
  /** It wants the previous version's files instead of answering. */
  onAsk?(signal: AnySignal): void;
  /** What stands if the signal does not come to its end. */
  onSoFar?(signal: AnySignal, result: SignalResult): void;
}

/**
 * Runs signals one after the other in this thread, handing each answer over as soon as it is there.
 *
 * @returns the signals that asked for the files of the previous version instead of answering
 */
export async function runSignals(
  signals: readonly AnySignal[],
  gathered: Gathered,
  stop: AbortSignal,
  listener: Listener,
  sourcesOf: (files: FileTree) => Sources = createSources,
): Promise<readonly AnySignal[]> {
  const answers = withSources(gathered, sourcesOf);
  const asking: AnySignal[] = [];
  for (const signal of signals) {
    listener.onBegin?.(signal);
    const result = await runSignal(signal, answers, stop, (standing) => {
      listener.onSoFar?.(signal, standing);
    });
    if (result === "ask") {
      asking.push(signal);
      listener.onAsk?.(signal);
    } else listener.onResult({ signal: signal.id, version: signal.version, result });
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

function withSources(gathered: Gathered, sourcesOf: (files: FileTree) => Sources): Answers {
  const { files } = gathered;
  const sources: Answer<Inputs["sources"]> =
    files.state === "known" ? { state: "known", value: sourcesOf(files.value) } : files;
  return { ...gathered, sources };
}

async function runSignal(
  signal: AnySignal,
  answers: Answers,
  stop: AbortSignal,
  soFar: (result: SignalResult) => void,
): Promise<SignalResult | "ask"> {
  for (const need of signal.needs) {
    const answer = answers[need];
    if (answer.state === "unknown") return unknown(answer.why);
    if (answer.state === "inapplicable") return inapplicable(answer.why);
  }
  let standing: SignalResult | undefined;
  const note = (result: SignalResult): void => {
    standing = bounded(signal, result);
    soFar(standing);
  };
  try {
    const result = await signal.examine(inputsFor(signal, answers), stop, note);
    return result.outcome === "ask" ? "ask" : bounded(signal, result);
  } catch (error) {
    // The package's author may have provoked this; whatever it was, it is not an all-clear.
    const why = `the signal crashed: ${printable(messageOf(error), CRASH_LENGTH_MAX)}`;
    return brokenOff(standing, why, { isCutShort: true });
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
  return { ...result, findings };
}
