import type { Rule, Sighting } from "../rule.ts";
import { placeOf } from "../view.ts";
import { textsOf } from "../../program/value.ts";

export const destroysFiles: Rule = {
  id: "destroys-files",
  title: "Deletes or overwrites what is not its own",
  why:
    "Deleting a whole home folder or everything from the root is sabotage, or the threat that a worm " +
    "leaves behind for when its token is revoked.",
  example: "fs.rmSync(os.homedir(), { recursive: true, force: true });",
  advice: "Do not run it. Whatever it was meant for, it cannot be undone.",
  severity: "critical",
  confidence: "high",
  look: (view) =>
    view.program.uses.flatMap((use): readonly Sighting[] => {
      if (use.spec?.capability !== "file-delete") return [];
      const [target] = use.args;
      const root =
        target === undefined ? undefined : textsOf(target).find((text) => ROOTS.test(text));
      if (root === undefined || root === "") return [];
      return [{ place: placeOf(use), message: `${root} is deleted, with all that is in it.` }];
    }),
};

/** Folders that hold everything a person or a machine has. */
const ROOTS =
  /^(?:\/|~|~\/\*{0,2}|\/(?:home|Users|etc|usr|var|bin|root|opt)\/?\*{0,2}|[A-Za-z]:[\\/]{0,2}(?:Users)?[\\/]?\*{0,2}|\/\*{1,2})$/;
