import type { Severity } from "../../../model/finding.ts";
import { INVISIBLE, latinReading, LOOK_ALIKE_CLASS } from "./characters.ts";

export interface Trick {
  readonly claim: "invisible-in-name" | "look-alike-name";
  readonly severity: Severity;
  readonly message: string;
}

const INVISIBLE_IN_NAME = new RegExp(`[${INVISIBLE}]`, "u");
const WORTH_PARSING = new RegExp(
  `[\\w$][${INVISIBLE}]|[${INVISIBLE}][\\w$]|\\u3164|\\uffa0|\\u115f|\\u1160|[A-Za-z_$][${LOOK_ALIKE_CLASS}\\uff21-\\uff5a]|[${LOOK_ALIKE_CLASS}\\uff21-\\uff5a][A-Za-z_$]`,
  "u",
);

/** A quick look before the syntax tree is asked for: most foreign letters stand in strings alone. */
export function mayHideNames(text: string): boolean {
  return WORTH_PARSING.test(text);
}

export function trickyName(name: string, text: string): Trick | undefined {
  if (INVISIBLE_IN_NAME.test(name)) {
    const message =
      "This name holds a character that shows nothing, so it reads like another name.";
    return { claim: "invisible-in-name", severity: "high", message };
  }
  const reading = latinReading(name);
  if (reading === undefined || !/[A-Za-z]/.test(name)) return undefined;
  const twin = new RegExp(`(?<![\\w$])${reading.replaceAll("$", "\\$")}(?![\\w$])`).test(text);
  return {
    claim: "look-alike-name",
    severity: twin ? "high" : "medium",
    message: twin
      ? `This name reads like "${reading}", which is another name in the same file.`
      : `This name reads like "${reading}" but has letters of another alphabet in it.`,
  };
}
