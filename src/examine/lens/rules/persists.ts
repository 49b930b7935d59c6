import type { Severity } from "../../../model/finding.ts";
import type { ReachedFrom } from "../../../model/capability.ts";
import { persistenceAt } from "../../program/credentials.ts";
import type { ModuleModel } from "../../program/module.ts";
import type { Rule, Sighting } from "../rule.ts";
import { flowsOf, runsAtLoad, type LensView } from "../view.ts";

export const persists: Rule = {
  id: "persists",
  title: "Makes itself start again",
  why:
    "Shell profiles, services, git hooks, workflows and the settings of editors and AI agents start what " +
    "is written there, long after the package is gone. A package changes them when a person asks for it, not by being installed or imported.",
  example: 'fs.appendFileSync(os.homedir() + "/.bashrc", "node ~/.cache/x.js &");',
  advice:
    "Look at what was written there before you remove the package; removing it is not enough.",
  severity: "critical",
  confidence: "medium",
  look: (view) =>
    view.capabilities
      .filter(({ capability }) => capability === "persistence")
      .flatMap(({ module, offset, target, api, fn }): readonly Sighting[] => {
        const text = target?.text ?? api;
        const kind =
          target?.kind === "path" ? persistenceAt(target.text) : "a starter of the system";
        if (kind === undefined) return [];
        const start = startOf(module, view);
        const severity =
          start === "install-hook" && kind === "git hook"
            ? severityOfGitHook(module, offset, view)
            : severityOf(kind, start, runsAtLoad(fn));
        if (severity === undefined) return [];
        const message = `${text} is written (${kind}).`;
        return [{ place: { module, offset }, message, severity }];
      }),
};

/** What a hook loads far away from itself it seldom calls. */
function startOf(module: ModuleModel, view: LensView): ReachedFrom {
  const { from } = view.reachOf(module);
  return from === "install-hook" && !view.isAtInstall(module) ? "bin" : from;
}

/** Everything at install is grave; later it depends on what starts from there. */
function severityOf(kind: string, from: ReachedFrom, atTopLevel: boolean): Severity | undefined {
  const isRepository = kind === "git hook" || kind === "editor task" || kind === "CI workflow";
  if (from === "install-hook") return isRepository ? "high" : "critical";
  if (atTopLevel && from === "entry-point") return "high";
  if (from === "bin") return undefined;
  return isRepository || kind === "AI agent configuration" ? "info" : "low";
}

/** Packages that set up git hooks are common: what counts is whether it can be read what they run. */
function severityOfGitHook(module: ModuleModel, offset: number, view: LensView): Severity {
  const writes = view.usesOf(module).filter(({ call }) => call.node.start === offset);
  const isHidden = writes.some((use) => flowsOf(use, "decoded", "decrypted", "remote").length > 0);
  return isHidden ? "critical" : "low";
}
