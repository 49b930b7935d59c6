import { foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import type { FileTree } from "../../../model/file-tree.ts";
import type { Manifest } from "../../../model/manifest.ts";
import {
  evidenceOf,
  type Hook,
  installHooks,
  linesOf,
  resolveTarget,
  stagesOf,
  targetOf,
} from "../../parse/hooks.ts";
import { type InnerPackage, packagesIn, placedIn } from "../../parse/packages.ts";
import type { Signal } from "../../signal.ts";

const ID = "runs-code-at-install";

export const runsCodeAtInstall: Signal<"manifest" | "files"> = {
  id: ID,
  version: 2,
  title: "Runs code when it is installed",
  rationale:
    "An install hook runs with all rights of the person who installs, before anybody has imported " +
    "the package. Most packages need none. Read what the command does; if you do not need it, " +
    "install with --ignore-scripts.",
  needs: ["manifest", "files"],
  examine({ manifest, files }): SignalResult {
    return foundOrClear(
      packagesIn(manifest, files).flatMap((inner) => placedIn(inner, hookFindings(inner))),
    );
  },
};

function hookFindings({ manifest, files }: InnerPackage): readonly Finding[] {
  const hooks = installHooks(manifest, files.has("binding.gyp"));
  return [
    ...hooks.map((hook) => hookFinding(hook, files)),
    ...hooks.flatMap((hook) => absentFindings(hook, manifest, files)),
  ];
}

function hookFinding(hook: Hook, files: FileTree): Finding {
  const evidence = evidenceOf(hook, files);
  return hook.implicit
    ? finding(
        ID,
        "implicit-build",
        "low",
        "high",
        "npm runs node-gyp for this package because it has a binding.gyp, though no script says so.",
        evidence,
      )
    : finding(ID, "hook", "low", "high", `The ${hook.name} script runs: ${hook.command}`, evidence);
}

/** Files that the hook runs and that are not in the package: something else has to put them there. */
function absentTargets(hook: Hook, manifest: Manifest, files: FileTree): readonly string[] {
  const stages = linesOf(hook, manifest).flatMap(stagesOf);
  // After a change of folder a relative path means something else.
  if (stages.some((stage) => stage.program === "cd" || stage.program === "pushd")) return [];
  const targets = stages.map(targetOf).filter((target) => target !== undefined);
  return [...new Set(targets)].filter(
    (target) => !target.startsWith("node_modules/") && resolveTarget(target, files) === undefined,
  );
}

function absentFindings(hook: Hook, manifest: Manifest, files: FileTree): readonly Finding[] {
  const pipelines = linesOf(hook, manifest).flatMap((line) => line.pipelines);
  return absentTargets(hook, manifest, files).map((target) => {
    const excused = pipelines.some(
      (pipeline) => pipeline.excused && pipeline.stages.some((stage) => targetOf(stage) === target),
    );
    return finding(
      ID,
      "target-absent",
      excused ? "low" : "medium",
      excused ? "medium" : "high",
      `The ${hook.name} script runs ${target}, which is not in the package.`,
      evidenceOf(hook, files),
    );
  });
}
