import {
  CLEAR,
  foundOrClear,
  inapplicable,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import { finding } from "../../../model/finding.ts";
import type { AgeFacts, Signal } from "../../signal.ts";

const ID = "is-too-young";

/** How far two clocks that are both kept by a time service may be apart. */
const CLOCK_SKEW_MAX_MS = 5 * 60_000;

export const isTooYoung: Signal<"age"> = {
  id: ID,
  version: 1,
  title: "Published a short while ago",
  rationale:
    "Most malicious versions are found and taken down within hours. Waiting for a while lets " +
    "others find out first. If you need this very version now, exempt it in the policy.",
  needs: ["age"],
  examine({ age }): SignalResult {
    if (age.exemption !== undefined) return inapplicable(age.exemption);
    if (age.publishedAtMs === undefined) {
      return unknown("the registry does not say when it was published");
    }
    return examineDate(age, age.publishedAtMs);
  },
};

function examineDate(age: AgeFacts, publishedAtMs: number): SignalResult {
  const ageMs = age.nowMs - publishedAtMs;
  const untilMs = publishedAtMs + age.minVersionAgeMs;
  if (ageMs < -CLOCK_SKEW_MAX_MS) {
    const message = `The registry dates it ${instant(publishedAtMs)}, which is ${duration(-ageMs)} ahead of this machine's clock.`;
    return foundOrClear([finding(ID, "future-date", "medium", "high", message, { untilMs })]);
  }
  if (ageMs >= age.minVersionAgeMs) return CLEAR;
  const message = `It was published ${duration(Math.max(0, ageMs))} ago and is settled at ${instant(untilMs)}.`;
  return foundOrClear([finding(ID, "cooling", "medium", "high", message, { untilMs })]);
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

function duration(ms: number): string {
  const [name, unitMs] = UNITS.find(([, each]) => ms >= 2 * each) ?? ["second", 1000];
  const count = Math.floor(ms / unitMs);
  return `${String(count)} ${name}${count === 1 ? "" : "s"}`;
}

/** The registry chooses the date, and dates end in the year 275760. */
function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? "beyond any date"
    : date.toISOString().replace(/\.\d+Z$/, "Z");
}
