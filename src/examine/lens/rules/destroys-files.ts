import type { Rule, Sighting } from "../rule.ts";
import { isWithin, type LensView, placeOf } from "../view.ts";
import type { FunctionModel } from "../../program/module.ts";
import type { Use } from "../../program/uses.ts";
import { HOLE, textsOf } from "../../program/value.ts";

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
  look: (view) => [...wholeFolders(view), ...overwritten(view)],
};

function wholeFolders(view: LensView): readonly Sighting[] {
  return view.program.uses.flatMap((use): readonly Sighting[] => {
    if (!WHOLE_FOLDERS.test(use.path)) return [];
    const [target] = use.args;
    // One that is certain: a path that may be many things is somebody's argument.
    if (target === undefined || target.open || target.constants.length !== 1) return [];
    const root = textsOf(target).find((text) => ROOTS.test(text));
    if (root === undefined || root === "") return [];
    return [{ place: placeOf(use), message: `${root} is deleted, with all that is in it.` }];
  });
}

/**
 * A function that goes through a folder and the folders in it, and puts the same text into whatever it
 * finds, or deletes what it finds below a root.
 */
function overwritten(view: LensView): readonly Sighting[] {
  const listings = view.program.uses.filter(({ path }) => path === "fs.readdir");
  return listings.flatMap((listing) => {
    const walker = listing.call.scope.fn;
    if (!callsItself(walker)) return [];
    const harm = view
      .usesOf(listing.module)
      .find((use) => isWithin(use.call.scope.fn, walker) && (overwrites(use) || deletesBelow(use)));
    if (harm === undefined) return [];
    const what = overwrites(harm) ? "overwritten with the same text" : "deleted";
    const message = `Every file that is found in a folder and the folders in it is ${what}.`;
    return [{ place: placeOf(harm), message }];
  });
}

function callsItself(fn: FunctionModel): boolean {
  const calls = fn.bindings.flatMap((binding) => binding.calls);
  return fn.node !== undefined && calls.some(({ scope }) => isWithin(scope.fn, fn));
}

function overwrites({ path, args: [target, data] }: Use): boolean {
  if (path !== "fs.writeFile" || target === undefined || data === undefined) return false;
  const isOne = !data.open && textsOf(data).length === 1 && !textsOf(data).some(isPartly);
  // A name that is written out is one file of each folder, and a folder of one's own is for what is generated.
  return isOne && textsOf(target).every((text) => /^[…~/]/.test(text) && text.endsWith(HOLE));
}

function isPartly(text: string): boolean {
  return text.includes(HOLE);
}

function deletesBelow({ spec, args: [target] }: Use): boolean {
  if (spec?.capability !== "file-delete" || target === undefined) return false;
  return textsOf(target).some((text) => BELOW_ROOT.test(text));
}

const BELOW_ROOT = /^(?:~|\/(?:home|Users|etc|usr|var)?|[A-Za-z]:)[\\/]?…$/;

const WHOLE_FOLDERS = /^(?:fs\.(?:rm|rmdir|remove|emptyDir)|rimraf(?:\.rimraf)?|del|Deno\.remove)$/;

/** Folders that hold everything a person or a machine has. */
const ROOTS =
  /^(?:\/|~|~\/\*{0,2}|\/(?:home|Users|etc|usr|var|bin|root|opt)\/?\*{0,2}|[A-Za-z]:[\\/]{0,2}(?:Users)?[\\/]?\*{0,2}|\/\*{1,2})$/;
