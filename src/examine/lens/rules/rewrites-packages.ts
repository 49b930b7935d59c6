import { placeOf, type LensView } from "../view.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { Use } from "../../program/uses.ts";
import { hasFlow, textsOf } from "../../program/value.ts";

export const rewritesPackages: Rule = {
  id: "rewrites-packages",
  title: "Writes into packages and programs that are not its own",
  why:
    "What another package's folder holds was examined when it was installed. Code that is fetched or decoded " +
    "and written there stays when this package is removed, and nobody looks at it again. So it is with programs of the " +
    "desktop, whose code lies in archives and scripts that anybody can write.",
  example:
    'fs.writeFileSync(path.join(__dirname, "../other/lib/index.js"), await (await fetch(url)).text());',
  advice: "Remove all packages and install them anew after this one is gone.",
  severity: "critical",
  confidence: "medium",
  look: (view) => view.program.uses.flatMap((use) => sightingOf(use, view)),
};

/** Beside the package's own folder, or below a folder of installed packages. */
const ELSEWHERE =
  /^‹module›\/|^\.\.\/(?:\.\.\/)?(?:@[\w.-]+\/)?[\w.-]+\/|(?:^|\/)node_modules\/(?!\.)(?:@[\w.-]+\/)?[\w.-]+\//;
/** Builders write such files into folders that they are given; others know where they lie. */
function isOtherProgram(path: string): boolean {
  return /^(?:~|\/|[A-Z]:)/.test(path) && OTHER_PROGRAM.test(path);
}

const CODE = /\.[cm]?js$|\/package\.json$/;

/** Where other programs keep the code that they start with. */
const OTHER_PROGRAM = /\.asar$|discord_desktop_core|\/resources\/app\/[^…]*\.js$/;

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  if (use.spec?.takes !== "write") return [];
  const [target, ...data] = use.args;
  const program = target && textsOf(target).find((text) => isOtherProgram(text));
  if (program !== undefined) {
    const message = `The code of another program is written: ${program}.`;
    const severity = view.isReachedFrom(use.module, "bin") ? "medium" : "high";
    return [{ place: placeOf(use), message, severity }];
  }
  const path =
    target === undefined ? undefined : textsOf(target).find((text) => ELSEWHERE.test(text));
  if (path === undefined || !CODE.test(path)) return [];
  const isForeign = data.some((arg) => hasFlow(arg, "remote", "decoded", "decrypted"));
  if (!isForeign) return [];
  const severity = view.isAtInstall(use.module) ? "critical" : "high";
  return [
    { place: placeOf(use), message: `Fetched or decoded text is written to ${path}.`, severity },
  ];
}
