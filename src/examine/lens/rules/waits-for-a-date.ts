import type { Rule, Sighting } from "../rule.ts";
import { areTogether } from "../view.ts";
import { gatesIn } from "../../program/gates.ts";

export const waitsForADate: Rule = {
  id: "waits-for-a-date",
  title: "Does something grave only from a certain date on",
  why:
    "Code that runs programs, runs text or deletes files only after a date written in it is quiet while it is " +
    "looked at. Honest code compares dates that somebody hands it.",
  example: "if (Date.now() > 1893456000000) exec(order);",
  advice: "Look at what happens after that date.",
  severity: "medium",
  confidence: "low",
  look: (view) =>
    view.program.modules.flatMap((module) =>
      gatesIn(module, view.program)
        .filter(({ target }) => target?.text === "date")
        .flatMap((gate): readonly Sighting[] => {
          const grave = view
            .usesOf(module)
            .find(
              (use) =>
                (use.spec?.takes === "run" ||
                  use.spec?.takes === "spawn" ||
                  use.spec?.capability === "file-delete") &&
                areTogether(use.call.scope.fn, gate.fn) &&
                use.call.node.start > gate.offset,
            );
          if (grave === undefined) return [];
          const message = `${grave.path} stands behind a comparison with a date that is written in the code.`;
          return [{ place: { module, offset: gate.offset }, message }];
        }),
    ),
};
