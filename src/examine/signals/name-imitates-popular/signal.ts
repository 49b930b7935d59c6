import { CLEAR, foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Confidence, finding, type Severity } from "../../../model/finding.ts";
import type { ReleaseHistory } from "../../../model/release.ts";
import type { Signal } from "../../signal.ts";
import { imitatedBy, type Imitation, IMITATED_LENGTH_MIN } from "./similar.ts";

const ID = "name-imitates-popular";
const DAY_MS = 86_400_000;
const YOUNG_MS = 30 * DAY_MS;
/** A package this old, with this many versions, has a life of its own. */
const ESTABLISHED_MS = 2 * 365 * DAY_MS;
const ESTABLISHED_VERSIONS_MIN = 10;
/** The longer a name, the less likely it is that two people chose it by chance. */
const UNLIKELY_BY_CHANCE_LENGTH = 6;

export const nameImitatesPopular: Signal<"artifact", "history" | "age"> = {
  id: ID,
  version: 1,
  title: "Has a name that is one slip away from a popular one",
  rationale:
    "Somebody who mistypes a name, or takes it from a careless answer, gets the package of " +
    "whoever registered the mistake. Make sure that you mean this name and not the other.",
  needs: ["artifact"],
  likes: ["history", "age"],
  examine({ artifact, history, age }): SignalResult {
    const { name } = artifact.ref;
    const imitation = imitatedBy(name);
    if (imitation === undefined) return CLEAR;
    const lifeMs = age === undefined ? undefined : lifeOf(history, age.nowMs);
    const busy = (history?.versions.length ?? 0) >= ESTABLISHED_VERSIONS_MIN;
    if (busy && lifeMs !== undefined && lifeMs >= ESTABLISHED_MS) return CLEAR;
    const [severity, confidence] = weigh(imitation, lifeMs, busy);
    const message = `The name ${name} can be mistaken for ${imitation.of}: ${HOW[imitation.how]}.`;
    return foundOrClear([finding(ID, imitation.how, severity, confidence, message)]);
  },
};

const HOW: Readonly<Record<Imitation["how"], string>> = {
  "one-slip": "one letter is more, less, different or exchanged with its neighbour",
  "look-alike": "it has characters that look like others",
  separator: "it has other separators",
  "scope-dropped": "it is that name without its scope",
  "js-affix": 'it is that name with "js" or "node" added',
};

function weigh(
  imitation: Imitation,
  lifeMs: number | undefined,
  busy: boolean,
): [Severity, Confidence] {
  if (imitation.of.length <= IMITATED_LENGTH_MIN) return ["low", "low"];
  // Not every registry gives dates; many versions are what it has instead.
  if (lifeMs === undefined ? busy : lifeMs >= ESTABLISHED_MS) return ["low", "low"];
  const deliberate = imitation.how === "look-alike" || imitation.how === "separator";
  const young = lifeMs !== undefined && lifeMs < YOUNG_MS;
  if (imitation.how === "js-affix" || imitation.how === "scope-dropped") {
    return [young ? "medium" : "low", "medium"];
  }
  const confidence =
    deliberate || imitation.of.length >= UNLIKELY_BY_CHANCE_LENGTH ? "medium" : "low";
  return [young ? "high" : "medium", confidence];
}

function lifeOf(history: ReleaseHistory | undefined, nowMs: number): number | undefined {
  const dates = (history?.versions ?? [])
    .map((version) => version.publishedAtMs)
    .filter((date) => date !== undefined);
  return dates.length === 0 ? undefined : nowMs - dates.reduce((a, b) => Math.min(a, b));
}
