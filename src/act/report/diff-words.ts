import type { CapabilityOccurrence } from "../../model/capability.ts";
import type { ManifestChange, PackageDiff } from "../../model/package-diff.ts";
import { counted } from "./layout.ts";

/** What the text and the Markdown view say in the same words. */
export const WHEN: Readonly<Record<CapabilityOccurrence["reachedFrom"], string>> = {
  "install-hook": "runs at install",
  "entry-point": "runs where the package is used",
  bin: "runs as a command",
  nothing: "nothing leads there",
};

export const HOW: Readonly<Record<PackageDiff["gained"][number]["how"], string>> = {
  new: "new",
  retargeted: "aimed elsewhere than before",
  reached: "was there, but less led to it",
};

export function placeText({ file, line, function: name }: CapabilityOccurrence): string {
  return `${file}:${String(line)}${name === undefined ? "" : ` in ${name}`}`;
}

export function wayText({ reachedFrom, via }: CapabilityOccurrence): string {
  return via.length > 1 ? `${WHEN[reachedFrom]}, through ${via.join(" → ")}` : WHEN[reachedFrom];
}

export function targetText({ target }: CapabilityOccurrence): string {
  return target === undefined ? "" : target.text;
}

export function summaryText({ gained, lost, files, functions }: PackageDiff): string {
  const { added, removed, changed } = functions;
  return [
    `${counted(gained.length, "capability", "capabilities")} gained, ${String(lost.length)} lost`,
    `${counted(files.changed.length, "file")} changed, ${String(files.added.length)} added, ${String(files.removed.length)} removed`,
    `${counted(changed, "function")} changed, ${String(added)} added, ${String(removed)} removed`,
  ].join("; ");
}

export function changeText({ field, before, after }: ManifestChange): string {
  if (before === undefined) return `${field} is new: ${after ?? ""}`;
  return after === undefined ? `${field} is gone: ${before}` : `${field}: ${before} → ${after}`;
}

export function manifestChanges({ manifest }: PackageDiff): readonly ManifestChange[] {
  return [...manifest.hooks, ...manifest.dependencies, ...manifest.entries];
}
