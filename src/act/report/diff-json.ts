import type { JsonObject } from "../../model/canonical.ts";
import type { CapabilityOccurrence } from "../../model/capability.ts";
import type { ManifestChange, PackageDiff, SourceConstant } from "../../model/package-diff.ts";

/** The two versions, as purls. */
export interface DiffEnds {
  readonly from: string;
  readonly to: string;
}

/** `veln diff --json`. Places count from 1; what is at the top level of a file has no function. */
export function diffReport(diff: PackageDiff, { from, to }: DiffEnds): JsonObject {
  const { files, functions, anomalies, manifest, constants, unknown } = diff;
  return {
    from,
    to,
    gained: diff.gained.map((item) => ({ ...occurrence(item), how: item.how })),
    lost: diff.lost.map(occurrence),
    files: {
      added: [...files.added],
      removed: [...files.removed],
      changed: [...files.changed],
      moved: files.moved.map((move) => ({ from: move.from, to: move.to })),
    },
    constants: {
      added: constants.added.map(constantReport),
      removed: constants.removed.map(constantReport),
    },
    functions: { ...functions },
    anomalies: anomalies.map(({ kind, file, line, message }) => ({ kind, file, line, message })),
    manifest: {
      hooks: manifest.hooks.map(changeReport),
      dependencies: manifest.dependencies.map(changeReport),
      entries: manifest.entries.map(changeReport),
    },
    unknown: [...unknown],
  };
}

function occurrence(item: CapabilityOccurrence): JsonObject {
  const { capability, file, line, column, api, target, reachedFrom, via, excerpt } = item;
  return {
    capability,
    file,
    line,
    function: item.function ?? null,
    reachableFrom: reachedFrom,
    excerpt,
    column,
    api,
    target: target === undefined ? null : { ...target },
    via: [...via],
  };
}

function constantReport({ kind, text, file, line }: SourceConstant): JsonObject {
  return { kind, text, file, line };
}

function changeReport({ field, before, after }: ManifestChange): JsonObject {
  return { field, before: before ?? null, after: after ?? null };
}
