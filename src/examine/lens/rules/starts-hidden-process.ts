import type { Rule, Sighting } from "../rule.ts";
import { placeOf } from "../view.ts";
import { optionOf } from "../../program/targets.ts";

export const startsHiddenProcess: Rule = {
  id: "starts-hidden-process",
  title: "Leaves a process behind when it is installed",
  why:
    "An install hook prepares the package and ends. One that starts a process of its own, cut loose and silent, " +
    "leaves something running that nobody asked for.",
  example: 'spawn(process.execPath, ["worker.js"], { detached: true, stdio: "ignore" }).unref();',
  advice: "Look at what the process does.",
  severity: "high",
  confidence: "medium",
  look: (view) =>
    view.spawns.flatMap((use): readonly Sighting[] => {
      const loose = optionOf(use, "detached") === true && optionOf(use, "stdio") === "ignore";
      if (!loose || !view.isAtInstall(use.module)) return [];
      const [command = "A program that is not written out"] = view.commandsOf(use);
      return [
        { place: placeOf(use), message: `${command.slice(0, 120)}: started cut loose and silent.` },
      ];
    }),
};
