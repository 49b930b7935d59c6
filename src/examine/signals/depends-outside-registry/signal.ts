import { foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Confidence, type Finding, finding, type Severity } from "../../../model/finding.ts";
import {
  dependenciesOf,
  type Dependency,
  type DependencySource,
  sourceOf,
} from "../../parse/dependency-spec.ts";
import type { Signal } from "../../signal.ts";

const ID = "depends-outside-registry";

export const dependsOutsideRegistry: Signal<"manifest", "previous"> = {
  id: ID,
  version: 1,
  title: "Takes a dependency from outside the registry",
  rationale:
    "What a git or web address serves can change at any time, is not signed and not archived by " +
    "the registry, and a git dependency may run its own build. Ask the authors to publish it.",
  needs: ["manifest"],
  likes: ["previous"],
  examine({ manifest, previous }): SignalResult {
    const before = new Map(
      previous === undefined ? [] : dependenciesOf(previous.manifest).map((d) => [d.name, d.spec]),
    );
    const findings = dependenciesOf(manifest).flatMap((dependency) => {
      const old = before.get(dependency.name);
      // Another branch or tag of the same address is no news.
      const isNew = previous !== undefined && addressOf(old ?? "") !== addressOf(dependency.spec);
      return describe(dependency, sourceOf(dependency.spec), isNew);
    });
    return foundOrClear(findings);
  },
};

function describe(
  { name, spec }: Dependency,
  source: DependencySource,
  isNew: boolean,
): readonly Finding[] {
  const evidence = { file: "package.json", excerpt: `"${name}": "${spec}"` };
  const say = (claim: string, severity: Severity, message: string): readonly Finding[] => {
    const confidence: Confidence = "high";
    return [finding(ID, claim, severity, confidence, message, evidence)];
  };
  const since = isNew ? " The previous version did not take it from there." : "";
  if (source.kind === "git" || source.kind === "url") {
    const where = source.kind === "git" ? "a git repository" : "a web address";
    if (source.encrypted) {
      return say(source.kind, isNew ? "high" : "medium", `It takes ${name} from ${where}.${since}`);
    }
    const message = `It takes ${name} from ${where} without encryption, so that anybody on the way can exchange it.${since}`;
    return say(`${source.kind}-unencrypted`, "high", message);
  }
  if (source.kind === "file" && leavesPackage(source.path)) {
    return say("file", "medium", `It takes ${name} from a folder outside the package.${since}`);
  }
  if (source.kind === "unpublished") {
    const message = `It asks for ${name} by "${source.protocol}:", which means nothing outside its author's workspace.`;
    return say("unpublished", "low", message);
  }
  return [];
}

function addressOf(spec: string): string {
  return spec.split("#", 1)[0] ?? "";
}

function leavesPackage(path: string): boolean {
  const parts = path.split(/[/\\]/);
  if (parts[0] === "" || parts[0] === "~" || /^[a-z]:$/i.test(parts[0] ?? "")) return true;
  let depth = 0;
  return parts.some((part) => {
    depth += part === ".." ? -1 : part === "." || part === "" ? 0 : 1;
    return depth < 0;
  });
}
