import { CLEAR, foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Finding, finding, type Severity } from "../../../model/finding.ts";
import type { FileTree } from "../../../model/file-tree.ts";
import type { Manifest } from "../../../model/manifest.ts";
import {
  evidenceOf,
  type Hook,
  IMPLICIT_INSTALL,
  installHooks,
  linesOf,
  resolveTarget,
  stagesOf,
  targetOf,
} from "../../parse/hooks.ts";
import { type AgeFacts, type Ask, ASK_PREVIOUS_FILES, type Signal } from "../../signal.ts";

const ID = "changes-install-code";

export const changesInstallCode: Signal<
  "manifest" | "files" | "previous",
  "previousFiles" | "age"
> = {
  id: ID,
  version: 2,
  title: "Changes what runs when it is installed",
  rationale:
    "Honest packages hardly ever start to run code at install, while about half of the attacks on " +
    "existing packages did just that. Compare with the version before, and wait for an explanation " +
    "from the maintainers.",
  needs: ["manifest", "files", "previous"],
  likes: ["previousFiles", "age"],
  examine({ manifest, files, previous, previousFiles, age }): SignalResult | Ask {
    const hooks = installHooks(manifest, files.has("binding.gyp"));
    if (hooks.length === 0) return CLEAR;
    const before = previous.manifest;
    if (previousFiles === undefined && needsPreviousFiles(hooks, manifest, before)) {
      return ASK_PREVIOUS_FILES;
    }
    const hadGyp = builtBefore(before) || (previousFiles?.has("binding.gyp") ?? false);
    const older = installHooks(before, hadGyp);
    const findings = hooks.flatMap((hook) => compareHook(hook, older, manifest, files));
    if (findings.length > 0 || previousFiles === undefined) {
      return foundOrClear(weighedByAge(findings, age));
    }
    const changed = hooks.flatMap((hook) => changedTargets(hook, manifest, files, previousFiles));
    return foundOrClear(weighedByAge(changed, age));
  },
};

/**
 * Every known attack that put a hook into an existing package was pulled within days. A change that
 * has stood in public for longer was looked at by everybody who upgraded, so it is told, not feared.
 */
const LONG_PUBLIC_DAYS = 45;
const DAY_MS = 24 * 3_600_000;

function weighedByAge(findings: readonly Finding[], age: AgeFacts | undefined): readonly Finding[] {
  if (age?.publishedAtMs === undefined) return findings;
  const days = Math.floor((age.nowMs - age.publishedAtMs) / DAY_MS);
  if (days < LONG_PUBLIC_DAYS) return findings;
  return findings.map((found) =>
    found.severity === "info"
      ? found
      : {
          ...found,
          severity: "low",
          message: `${found.message} It has been public for ${String(days)} days.`,
        },
  );
}

/**
 * A download, so asked for in two cases only: the registry does not tell whether an implicit build
 * is new, or a command is the same as before while the file it runs may not be.
 */
function needsPreviousFiles(hooks: readonly Hook[], manifest: Manifest, before: Manifest): boolean {
  return hooks.some(
    (hook) =>
      (hook.implicit && !builtBefore(before)) ||
      (before.scripts.get(hook.name) === hook.command && targetsOf(hook, manifest).length > 0),
  );
}

/** Publishing clients write the implicit build into the registry's copy of the manifest. */
function builtBefore(before: Manifest): boolean {
  return before.gypfile === true || before.scripts.get("install") === IMPLICIT_INSTALL;
}

function compareHook(
  hook: Hook,
  older: readonly Hook[],
  manifest: Manifest,
  files: FileTree,
): readonly Finding[] {
  const same = older.find((other) => other.name === hook.name);
  if (same === undefined) return [addedFinding(hook, older.length === 0, manifest, files)];
  if (sameWords(same.command, hook.command)) return [];
  const severity: Severity = sameProgramsAndTargets(same, hook, manifest) ? "low" : "medium";
  const message = `The ${hook.name} script has changed: it was "${same.command}" and is "${hook.command}".`;
  return [finding(ID, "changed", severity, "high", message, evidenceOf(hook, files))];
}

/** Commands that only fetch or build a native part in the usual way. */
const USUAL_BUILDERS: ReadonlySet<string> = new Set([
  "node-gyp", "node-gyp-build", "node-pre-gyp", "prebuild-install", "cmake-js", "napi-postinstall",
  "node-gyp-build-optional-packages", "pkg-prebuilds-verify", "electron-rebuild", "husky",
]); // prettier-ignore

function addedFinding(hook: Hook, first: boolean, manifest: Manifest, files: FileTree): Finding {
  const stages = linesOf(hook, manifest).flatMap(stagesOf);
  const usual = stages.every((stage) => USUAL_BUILDERS.has(stage.program));
  const claim = hook.implicit ? "implicit-build-added" : "added";
  const what = hook.implicit
    ? "A binding.gyp is new, so npm now runs node-gyp at install"
    : `The ${hook.name} script is new: ${hook.command}`;
  const severity = first && (!usual || hook.implicit) ? "high" : "medium";
  const ending = first ? ". The version before ran nothing at install." : ".";
  return finding(ID, claim, severity, "high", `${what}${ending}`, evidenceOf(hook, files));
}

function sameWords(a: string, b: string): boolean {
  return a.trim().replace(/\s+/g, " ") === b.trim().replace(/\s+/g, " ");
}

function sameProgramsAndTargets(a: Hook, b: Hook, manifest: Manifest): boolean {
  const [shapeOfA, shapeOfB] = [a, b].map((hook) =>
    linesOf(hook, manifest)
      .flatMap(stagesOf)
      .map((stage) => `${stage.program} ${targetOf(stage) ?? ""}`)
      .join("\n"),
  );
  return shapeOfA === shapeOfB;
}

function targetsOf(hook: Hook, manifest: Manifest): readonly string[] {
  return linesOf(hook, manifest)
    .flatMap(stagesOf)
    .map(targetOf)
    .filter((target) => target !== undefined);
}

function changedTargets(
  hook: Hook,
  manifest: Manifest,
  files: FileTree,
  previousFiles: FileTree,
): readonly Finding[] {
  return targetsOf(hook, manifest).flatMap((target) => {
    const path = resolveTarget(target, files);
    if (path === undefined || sameContent(path, files, previousFiles)) return [];
    const message = previousFiles.has(path)
      ? `The ${hook.name} script runs ${path}, which has changed since the version before.`
      : `The ${hook.name} script runs ${path}, which the version before did not have.`;
    const [claim, severity] = previousFiles.has(path)
      ? (["target-changed", "info"] as const)
      : (["target-added", "medium"] as const);
    return [finding(ID, claim, severity, "high", message, { file: path, line: 1 })];
  });
}

function sameContent(path: string, files: FileTree, previousFiles: FileTree): boolean {
  const [entry, other] = [files.get(path), previousFiles.get(path)];
  if (entry === undefined || other === undefined) return false;
  return (
    entry.size === other.size &&
    Buffer.compare(files.bytes(entry), previousFiles.bytes(other)) === 0
  );
}
