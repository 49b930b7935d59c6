import type { Rule } from "../rule.ts";

export const runsOffScreen: Rule = {
  id: "runs-off-screen",
  title: "Puts code where no window shows it",
  why: "Hundreds of blanks push code out of sight on the right. Editors and reviews show the empty part.",
  example: `module.exports = f;${" ".repeat(12)}/* 150 blanks and more */ eval(x);`,
  advice: "Read the line with line wrapping switched on.",
  severity: "high",
  confidence: "high",
  look: (view) =>
    view.shapes.flatMap(({ path, offScreen }) =>
      offScreen === undefined
        ? []
        : [
            {
              place: { path, line: offScreen.line, excerpt: offScreen.excerpt },
              message: `Code stands behind ${String(offScreen.count)} blanks on this line.`,
            },
          ],
    ),
};
