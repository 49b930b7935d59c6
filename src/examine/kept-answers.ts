import { createHash } from "node:crypto";
import { canonicalJson } from "../model/canonical.ts";
import type { SignalResult } from "../model/examination.ts";
import { treeHash } from "../model/tree-hash.ts";
import type { Gathered, Inputs } from "./signal.ts";
import type { AnySignal } from "./signals.ts";

/**
 * Answers of heavy signals from earlier runs, so that the same files are read once. Whoever keeps
 * them adds to the key which code gave them: a change of a rule must not serve an old answer.
 */
export interface KeptAnswers {
  find(key: string): KeptAnswer | undefined;
  keep(key: string, answer: KeptAnswer): void;
}

/** "ask": without the previous version's files there is no answer. */
export type KeptAnswer = SignalResult | "ask";

export const NONE_KEPT: KeptAnswers = { find: () => undefined, keep: () => undefined };

type Input = keyof Omit<Inputs, "sources">;

/** How each input of a heavy signal goes into the key; the manifest stands in the files. */
const HASHED: Partial<Record<Input, (gathered: Gathered) => string | undefined>> = {
  manifest: () => "",
  files: ({ files }) => (files.state === "known" ? treeHash(files.value) : undefined),
  previous: ({ previous }) =>
    previous.state === "known"
      ? canonicalJson([previous.value.ref.version, previous.value.manifest.raw])
      : undefined,
};

/**
 * SHA-256, hexadecimal, of everything the signal's answer depends on. Undefined where an answer is
 * not worth keeping, or depends on more than what is in hand.
 */
export function answerKey(signal: AnySignal, gathered: Gathered): string | undefined {
  if (signal.isHeavy !== true) return undefined;
  const needs = signal.needs.filter((need) => need !== "sources");
  const parts = needs.map((need) => HASHED[need]?.(gathered));
  if (!parts.every((part) => part !== undefined)) return undefined;
  const { previousFiles } = gathered;
  const wantsPrevious = signal.likes?.includes("previousFiles") ?? false;
  const before =
    wantsPrevious && previousFiles.state === "known" ? treeHash(previousFiles.value) : "";
  return createHash("sha256")
    .update(canonicalJson([signal.id, signal.version, ...parts, before]))
    .digest("hex");
}
