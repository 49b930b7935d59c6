import type { Rule } from "../rule.ts";
import { isInterpreter, takesData } from "../programs.ts";
import { flowsOf, named, placeOf } from "../view.ts";
import { isInPackage } from "../../program/paths.ts";
import { HOLE, textsOf } from "../../program/value.ts";

export const hidesCommands: Rule = {
  id: "hides-commands",
  title: "Hides the command that it runs",
  why: "A command line that has to be decoded before it is run was hidden from whoever reads the code.",
  example: 'require("child_process").exec(atob("Y3VybCAuLi4="));',
  advice: "Read the command, shown here decoded where it could be; until then take it for hostile.",
  severity: "high",
  confidence: "high",
  look: (view) =>
    view.spawns.flatMap((use) => {
      const [program] = use.args;
      const [command] = view.commandsOf(use);
      // `sh -c` and its kin run what they are given; other programs only read it.
      const isShell = command !== undefined && isInterpreter(command) && !takesData(command);
      const run = isShell ? use.args : use.args.slice(0, 1);
      const decoders = run
        .flatMap((arg) => arg.flows)
        .filter(({ label, what }) => /^de(?:coded|crypted)$/.test(label) && !HARMLESS.test(what));
      if (program === undefined || decoders.length === 0) return [];
      const written = isShell ? [] : textsOf(program);
      if (written.some((text) => isInPackage(text) || view.isWritten(text))) return [];
      const isKnown = command !== undefined && !command.startsWith(HOLE);
      const isRemote =
        flowsOf(use, "remote", "environment", "argument", "command-output", "file").length > 0;
      if (!isKnown && isRemote) return [];
      const what = isKnown ? `the command ${command.slice(0, 120)}` : "the command that is run";
      return [
        {
          place: placeOf(use),
          message: `${named(decoders)} gives ${what}.`,
          severity: isKnown ? ("high" as const) : ("medium" as const),
          confidence: isKnown ? ("high" as const) : ("low" as const),
        },
      ];
    }),
};

const HARMLESS = /^(?:decodeURI(?:Component)?|unescape|String\.from(?:CharCode|CodePoint))$/;
