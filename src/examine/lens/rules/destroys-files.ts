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
      if (!WHOLE_FOLDERS.test(use.path)) return [];
      const [target] = use.args;
      // One that is certain: a path that may be many things is somebody's argument.
      if (target === undefined || target.open || target.constants.length !== 1) return [];
      const root = textsOf(target).find((text) => ROOTS.test(text));
      if (root === undefined || root === "") return [];
      return [{ place: placeOf(use), message: `${root} is deleted, with all that is in it.` }];
    }),
};

const WHOLE_FOLDERS = /^(?:fs\.(?:rm|rmdir|remove|emptyDir)|rimraf(?:\.rimraf)?|del|Deno\.remove)$/;

/** Folders that hold everything a person or a machine has. */
const ROOTS =
  /^(?:\/|~|~\/\*{0,2}|\/(?:home|Users|etc|usr|var|bin|root|opt)\/?\*{0,2}|[A-Za-z]:[\\/]{0,2}(?:Users)?[\\/]?\*{0,2}|\/\*{1,2})$/;
