import {
  foundOrClear,
  inapplicable,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import { type Dependency, newDependenciesOf, registryNameOf } from "../../parse/dependency-spec.ts";
import type { AgeFacts, DependencyFacts, Signal } from "../../signal.ts";
import { incompleteReason, isPlatformBuild, namedWhere } from "./mentions.ts";

const ID = "adds-phantom-dependency";
const YOUNG_MS = 30 * 86_400_000;
/** Each costs a pass over the package's bytes. */
const DEPENDENCIES_MAX = 64;

type Need = "manifest" | "previous" | "files" | "sources";
type Like = "dependencies" | "age";

export const addsPhantomDependency: Signal<Need, Like> = {
  id: ID,
  version: 1,
  title: "Takes on a dependency that its code never names",
  rationale:
    "A dependency that no file mentions is not there to be used. Attackers add one so that their " +
    "package is installed, and its hooks are run, along with a trusted one.",
  needs: ["manifest", "previous", "files", "sources"],
  likes: ["dependencies", "age"],
  examine({ manifest, previous, files, sources, dependencies, age }, stop): SignalResult {
    const added = newDependenciesOf(manifest, previous.manifest).filter(
      // Type packages are named by the compiler and not by code.
      (dependency) =>
        !dependency.name.startsWith("@types/") && !isPlatformBuild(dependency, manifest),
    );
    if (added.length === 0) return inapplicable("it takes on no dependency that needs a look");
    if (added.length > DEPENDENCIES_MAX) {
      return unknown(`it takes on ${String(added.length)} dependencies, too many to look for`);
    }
    const unnamed = added.filter(
      ({ name }) => namedWhere(name, manifest, files, sources, stop) === undefined,
    );
    const doubt = unnamed.length === 0 ? undefined : incompleteReason(files, sources);
    return foundOrClear(unnamed.map((each) => describe(each, doubt, dependencies, age)));
  },
};

function describe(
  dependency: Dependency,
  doubt: string | undefined,
  dependencies: DependencyFacts | undefined,
  age: AgeFacts | undefined,
): Finding {
  const name = registryNameOf(dependency);
  const fact = name === undefined ? undefined : dependencies?.get(name);
  const absent = fact?.state === "absent";
  const firstMs = fact?.state === "exists" ? fact.firstPublishedAtMs : undefined;
  const young = firstMs !== undefined && age !== undefined && age.nowMs - firstMs < YOUNG_MS;
  const also = absent
    ? " Nobody has registered that name."
    : young
      ? " Its first version is less than 30 days old."
      : "";
  const unsure = doubt === undefined ? "" : ` (not certain: ${doubt})`;
  return finding(
    ID,
    absent ? "absent" : young ? "young" : "unnamed",
    absent || young ? "high" : "medium",
    doubt === undefined ? "high" : "low",
    `The previous version did without ${dependency.name}, and no file of this one names it${unsure}.${also}`,
    { file: "package.json", excerpt: `"${dependency.name}": "${dependency.spec}"` },
  );
}
