import type { ExaminedSignal, SignalResult } from "../model/examination.ts";
import { FileTree, type FileTreeData } from "../model/file-tree.ts";
import type { Answer, Gathered } from "./signal.ts";

/** What crosses into a worker's process: the gathered inputs, with trees as plain data. */
export interface ExamineJob {
  /** See `model/tree-hash.ts`; undefined without files. */
  readonly treeSha256: string | undefined;
  readonly gathered: SentGathered;
  /** Ids of the signals to run, in this order. */
  readonly signals: readonly string[];
  readonly timeoutMs: number;
}

type SentGathered = Omit<Gathered, "files" | "previousFiles"> & {
  readonly files: Answer<FileTreeData>;
  readonly previousFiles: Answer<FileTreeData>;
};

/** What comes back, as it is known. */
export type ExamineMessage =
  | { readonly kind: "begins"; readonly signal: string }
  /** The answer that stands if no other one comes. */
  | { readonly kind: "so-far"; readonly signal: string; readonly result: SignalResult }
  | { readonly kind: "answered"; readonly examined: ExaminedSignal }
  /** It wants the previous version's files. */
  | { readonly kind: "asks"; readonly signal: string };

export function sendable(gathered: Gathered): SentGathered {
  const dataOf = (tree: FileTree): FileTreeData => tree.data;
  return {
    ...gathered,
    files: mapped(gathered.files, dataOf),
    previousFiles: mapped(gathered.previousFiles, dataOf),
  };
}

export function received(sent: SentGathered): Gathered {
  const treeOf = (data: FileTreeData): FileTree => new FileTree(data);
  return {
    ...sent,
    files: mapped(sent.files, treeOf),
    previousFiles: mapped(sent.previousFiles, treeOf),
  };
}

function mapped<From, To>(answer: Answer<From>, change: (value: From) => To): Answer<To> {
  return answer.state === "known" ? { state: "known", value: change(answer.value) } : answer;
}
