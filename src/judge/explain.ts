import { printInstant } from "../model/instant.ts";
import { label } from "../model/package-ref.ts";
import type { Decision } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import type { Verdict } from "../model/verdict.ts";

const SENTENCE_LENGTH_MAX = 300;
const LABEL_LENGTH_MAX = 90;

const VERBS: Readonly<Record<Decision, string>> = {
  allow: "allowed",
  warn: "warns about",
  hold: "holds",
  block: "blocked",
};

/**
 * What a package manager prints when it is refused a tarball: at most 300 printable characters, who
 * decided what and why, and where to read on.
 */
export function oneSentence(verdict: Verdict): string {
  const name = printable(label(verdict.ref), LABEL_LENGTH_MAX);
  const start = `Veln ${VERBS[verdict.decision]} ${name}${untilOf(verdict)}: `;
  const end = ` Read more: veln package ${name}`;
  const room = SENTENCE_LENGTH_MAX - start.length - end.length;
  return `${start}${asSentence(mainReason(verdict), room)}${end}`;
}

/** The verdict in plain words, a sentence an entry: decision, reasons, score, what is not known. */
export function explain(verdict: Verdict): readonly string[] {
  const name = printable(label(verdict.ref), LABEL_LENGTH_MAX);
  const { reasons, unknown } = verdict;
  return [
    `Veln ${VERBS[verdict.decision]} ${name}${untilOf(verdict)}.`,
    ...reasons.map(({ message }) => asSentence(message, SENTENCE_LENGTH_MAX)),
    scoreSentence(verdict),
    ...(unknown.length === 0 ? [] : [unknownSentence(unknown.length)]),
  ];
}

/** A score alone tells nobody anything: what took the most away speaks for it. */
function mainReason({ reasons, findings, score }: Verdict): string {
  const [worst] = reasons;
  if (worst === undefined) return "Nothing speaks against it";
  const [finding] = findings;
  if (worst.code !== "score" || finding === undefined) return worst.message;
  return `${finding.message.replace(/\.$/, "")} (score ${String(score)} of 100)`;
}

function untilOf({ retryAtMs }: Verdict): string {
  return retryAtMs === undefined ? "" : ` until ${printInstant(retryAtMs)}`;
}

function scoreSentence({ score, coverage }: Verdict): string {
  if (coverage === 0) return "Nothing that counts towards its score could be asked about.";
  const percent = String(Math.round(coverage * 100));
  return `Its score is ${String(score)} of 100, on ${percent} % of the points there are.`;
}

function unknownSentence(count: number): string {
  const questions = count === 1 ? "One question" : `${String(count)} questions`;
  return `${questions} could not be answered, which is not the same as finding nothing.`;
}

function asSentence(text: string, lengthMax: number): string {
  const bare = printable(text.trim().replace(/\.$/, ""), lengthMax - 1);
  return bare.endsWith("…") ? bare : `${bare}.`;
}
