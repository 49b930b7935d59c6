import type { FileTree } from "../../model/file-tree.ts";
import type { ConstantChanges, SourceConstant } from "../../model/package-diff.ts";

/**
 * Hosts, commands and paths that only one version names. Files that are the same in both are not
 * parsed for it: whether they hold the text is enough to know that it is not new.
 */
export function compareConstants(
  before: readonly SourceConstant[],
  after: readonly SourceConstant[],
  unchanged: { readonly files: FileTree; readonly paths: readonly string[] },
): ConstantChanges {
  const [old, now] = [distinct(before), distinct(after)];
  const kept = (constant: SourceConstant): boolean => isIn(unchanged, constant.text);
  return {
    added: onlyIn(now, old).filter((constant) => !kept(constant)),
    removed: onlyIn(old, now).filter((constant) => !kept(constant)),
  };
}

type Constants = ReadonlyMap<string, SourceConstant>;

function distinct(constants: readonly SourceConstant[]): Constants {
  return new Map(constants.toReversed().map((item) => [`${item.kind}\0${item.text}`, item]));
}

const LISTED_MAX = 200;

function onlyIn(these: Constants, others: Constants): readonly SourceConstant[] {
  return [...these]
    .filter(([key]) => !others.has(key))
    .map(([, constant]) => constant)
    .sort((a, b) => order(a) - order(b) || (a.text < b.text ? -1 : 1))
    .slice(0, LISTED_MAX);
}

const ORDER: Readonly<Record<SourceConstant["kind"], number>> = { host: 0, command: 1, path: 2 };

function order({ kind }: SourceConstant): number {
  return ORDER[kind];
}

function isIn(
  { files, paths }: { readonly files: FileTree; readonly paths: readonly string[] },
  text: string,
): boolean {
  return paths.some((path) => {
    const entry = files.get(path);
    return (
      entry !== undefined &&
      Buffer.from(files.bytes(entry).buffer, files.bytes(entry).byteOffset, entry.size).includes(
        text,
      )
    );
  });
}
