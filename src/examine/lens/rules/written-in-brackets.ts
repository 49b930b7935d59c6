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
      .filter(
        ({ bracketShare, spelledLetters }) =>
          bracketShare > SHARE_MIN || spelledLetters >= LETTERS_MIN,
      )
      .map(({ path, bracketShare, spelledLetters }) => ({
        place: { path, line: 1, excerpt: "" },
        message:
          bracketShare > SHARE_MIN
            ? `${String(Math.round(bracketShare * 100))} % of ${path} are brackets, + and !.`
            : `${path} spells ${String(spelledLetters)} letters by brackets.`,
      })),
};

/** A word of that length, letter by letter. */
const LETTERS_MIN = 8;
const SHARE_MIN = 0.75;
