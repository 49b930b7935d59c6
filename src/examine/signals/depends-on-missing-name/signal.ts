import { foundOrClear, type SignalResult, unknown } from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import { dependenciesOf, type Dependency, registryNameOf } from "../../parse/dependency-spec.ts";
import type { DependencyFact, DependencyFacts, Signal } from "../../signal.ts";

const ID = "depends-on-missing-name";
const NAMES_SHOWN_MAX = 5;

export const dependsOnMissingName: Signal<"manifest" | "dependencies"> = {
  id: ID,
  version: 1,
  title: "Depends on a name that the registry does not know",
  rationale:
    "Anybody may register a name that is free, and what they publish is installed with this " +
    "package. Often it is the name of an internal package that was never meant to be public.",
  needs: ["manifest", "dependencies"],
  examine({ manifest, dependencies }): SignalResult {
    const wanted = dependenciesOf(manifest).filter(({ name }) => !manifest.bundled.has(name));
    const absent = wanted.filter((each) => stateOf(each, dependencies) === "absent");
    const unanswered = wanted.filter((each) => stateOf(each, dependencies) === "unknown");
    if (absent.length === 0 && unanswered.length > 0) {
      const names = unanswered.slice(0, NAMES_SHOWN_MAX).map(({ name }) => name);
      return unknown(`the registry could not be asked about ${names.join(", ")}`);
    }
    return foundOrClear(absent.map(describe));
  },
};

function stateOf(
  dependency: Dependency,
  dependencies: DependencyFacts,
): DependencyFact["state"] | undefined {
  const name = registryNameOf(dependency);
  return name === undefined ? undefined : dependencies.get(name)?.state;
}

function describe(dependency: Dependency): Finding {
  const { name, spec, field } = dependency;
  return finding(
    ID,
    "absent",
    field === "optionalDependencies" ? "medium" : "high",
    "high",
    `It depends on ${String(registryNameOf(dependency))}, which nobody has registered: whoever does is installed with it.`,
    { file: "package.json", excerpt: `"${name}": "${spec}"` },
  );
}
