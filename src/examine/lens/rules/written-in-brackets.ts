import type { Rule } from "../rule.ts";

export const writtenInBrackets: Rule = {
  id: "written-in-brackets",
  title: "Is written in brackets alone",
  why: "JavaScript can be spelled with the six characters []()!+ alone. Nobody writes so but to hide what is meant.",
  example: "[][(![]+[])[+[]]+(![]+[])[!+[]+!+[]]]",
  advice: "Take it for hostile until it has been decoded.",
  severity: "high",
  confidence: "high",
  look: (view) =>
    view.shapes
      .filter(({ bracketShare }) => bracketShare > SHARE_MIN)
      .map(({ path, bracketShare }) => ({
        place: { path, line: 1, excerpt: "" },
        message: `${String(Math.round(bracketShare * 100))} % of ${path} are brackets, + and !.`,
      })),
};

const SHARE_MIN = 0.75;
