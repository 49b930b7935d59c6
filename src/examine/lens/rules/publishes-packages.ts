import type { Rule, Sighting } from "../rule.ts";
import type { ModuleModel } from "../../program/module.ts";
import { type LensView, runsAtLoad } from "../view.ts";

export const publishesPackages: Rule = {
  id: "publishes-packages",
  title: "Publishes packages by itself",
  why:
    "A worm spreads by publishing the packages that the token it found may publish. Release tools " +
    "publish when a person runs their command; nothing publishes when it is installed or imported.",
  example:
    'const token = fs.readFileSync(home + "/.npmrc"); execSync("npm publish", { cwd: folder });',
  advice:
    "Do not install it. If it has run, revoke your tokens and look at what was published since.",
  severity: "critical",
  confidence: "medium",
  look(view) {
    const readsToken = findsToken(view);
    return view.capabilities
      .filter(({ capability }) => capability === "publishing")
      .flatMap((occurrence): readonly Sighting[] => {
        const { module, offset, target } = occurrence;
        const { from: reachedFrom } = view.reachOf(module);
        const atInstall = view.isAtInstall(module);
        const byToken = readsToken.has(module);
        if (!atInstall && !byToken) return [];
        const what = target?.text ?? occurrence.api;
        const message = `${what}${byToken ? ", beside code that looks for a publishing token" : ""}.`;
        const isTool =
          !runsAtLoad(occurrence.fn) ||
          reachedFrom === "bin" ||
          reachedFrom === "nothing" ||
          view.manifest.bin.size > 0;
        if (!atInstall && isTool) return [];
        const severity = atInstall ? "critical" : "high";
        return [{ place: { module, offset }, message, severity }];
      });
  },
};

/** Files that read the place where npm keeps its tokens. */
function findsToken(view: LensView): ReadonlySet<ModuleModel> {
  return new Set(
    view.capabilities
      .filter(
        ({ capability, target }) =>
          capability === "credential-read" && /npmrc|NPM_|NODE_AUTH/i.test(target?.text ?? ""),
      )
      .map(({ module }) => module),
  );
}
