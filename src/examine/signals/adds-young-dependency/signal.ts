import { foundOrClear, type SignalResult, unknown } from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import { type Dependency, newDependenciesOf, registryNameOf } from "../../parse/dependency-spec.ts";
import type { Signal } from "../../signal.ts";

const ID = "adds-young-dependency";
const DAY_MS = 86_400_000;
const YOUNG_DAYS = 7;
const VERY_YOUNG_DAYS = 2;

export const addsYoungDependency: Signal<"manifest" | "previous" | "dependencies" | "age"> = {
  id: ID,
  version: 1,
  title: "Takes on a dependency that did not exist a week ago",
  rationale:
    "Attackers who take over a package often publish a new one with the malicious part and make " +
    "it a dependency. Look at the new package before you let it in.",
  needs: ["manifest", "previous", "dependencies", "age"],
  examine({ manifest, previous, dependencies, age }): SignalResult {
    const findings: Finding[] = [];
    const unanswered: string[] = [];
    for (const dependency of newDependenciesOf(manifest, previous.manifest)) {
      const name = registryNameOf(dependency);
      const fact = name === undefined ? undefined : dependencies.get(name);
      // Names that were not asked about and names nobody has are for other signals.
      if (name === undefined || fact === undefined || fact.state === "absent") continue;
      const firstMs = fact.state === "exists" ? fact.firstPublishedAtMs : undefined;
      if (firstMs === undefined) unanswered.push(name);
      else findings.push(...youthOf(dependency, name, age.nowMs - firstMs));
    }
    if (findings.length > 0 || unanswered.length === 0) return foundOrClear(findings);
    return unknown(`the age of ${unanswered.slice(0, 5).join(", ")} is not known`);
  },
};

function youthOf(dependency: Dependency, name: string, ageMs: number): readonly Finding[] {
  const days = Math.max(0, Math.floor(ageMs / DAY_MS));
  if (days >= YOUNG_DAYS) return [];
  const severity = days < VERY_YOUNG_DAYS ? "high" : "medium";
  const when = days === 0 ? "less than a day" : days === 1 ? "1 day" : `${String(days)} days`;
  const message = `The previous version did without ${name}, whose first version was published ${when} ago.`;
  const excerpt = `"${dependency.name}": "${dependency.spec}"`;
  return [finding(ID, "young", severity, "high", message, { file: "package.json", excerpt })];
}
