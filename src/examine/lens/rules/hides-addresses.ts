import type { Node } from "oxc-parser";
import { literalText, type ModuleModel, type Site } from "../../program/module.ts";
import { ownersDomainOf } from "../hosts.ts";
import type { Rule, Sighting } from "../rule.ts";
import { textsOf } from "../../program/value.ts";
import { type LensView, named, placeOf } from "../view.ts";
import { hostOf } from "../../program/targets.ts";

export const hidesAddresses: Rule = {
  id: "hides-addresses",
  title: "Hides the address that it calls",
  why:
    "An address that has to be decoded before it is called was hidden from a search for it. Services " +
    "that want to be used write theirs out.",
  example: 'fetch(atob("aHR0cHM6Ly9jb2xsZWN0LmludmFsaWQ="));',
  advice: "Look at who runs the address, shown here decoded.",
  severity: "high",
  confidence: "high",
  look: (view) => [...inRequests(view), ...inPages(view)],
};

function inRequests(view: LensView): readonly Sighting[] {
  return view.sends.flatMap((use) => {
    if (use.spec?.target === undefined) return [];
    const arg = use.args[use.spec.target.at];
    const decoders = (arg?.flows ?? []).filter(
      (flow) =>
        /^(?:decoded|decrypted)$/.test(flow.label) && !/^(?:decodeURI|unescape)/.test(flow.what),
    );
    const host = view
      .addressesOf(use)
      .map(hostOf)
      .find((each) => each !== undefined && !each.includes("…"));
    if (decoders.length === 0 || host === undefined || !host.includes(".")) return [];
    // Something else in the address was decoded; the host is there to be read.
    if (view.isWritten(host)) return [];
    const message = `${named(decoders)} gives the address of ${host}.`;
    return [{ place: placeOf(use), message, ...weightOf(host, view) }];
  });
}

/** `script.src = …`: the browser fetches it, and what it fetches runs. */
function inPages(view: LensView): readonly Sighting[] {
  return view.program.modules.flatMap((module) =>
    sourcesSetIn(module).flatMap(({ node, value: site }): readonly Sighting[] => {
      const value = view.evaluator.evaluate(site);
      const decoders = value.flows.filter(({ label }) => /^(?:decoded|decrypted)$/.test(label));
      const host = textsOf(value)
        .map(hostOf)
        .find((each) => each !== undefined && !each.includes("…"));
      if (decoders.length === 0 || host === undefined || !host.includes(".")) return [];
      if (view.isWritten(host)) return [];
      const message = `${named(decoders)} gives the address of ${host}, which the page then loads.`;
      return [{ place: { module, offset: node.start }, message, ...weightOf(host, view) }];
    }),
  );
}

/** `element.src = …` and `element.setAttribute("src", …)`. */
function sourcesSetIn({
  writes,
  methodCalls,
}: ModuleModel): readonly { readonly node: Node; readonly value: Site }[] {
  const calls = (methodCalls.get("setAttribute") ?? []).flatMap(({ node, args, scope }) => {
    const [name, value] = args;
    const isSource = name !== undefined && value !== undefined && literalText(name) === "src";
    return isSource ? [{ node, value: { node: value, scope } }] : [];
  });
  return [...writes.filter(({ key }) => key === "src"), ...calls];
}

/** Whoever names other hosts of the same owner openly hides no party that they talk to. */
function weightOf(host: string, view: LensView): Pick<Sighting, "severity"> {
  const domain = ownersDomainOf(host);
  const isNamed = domain !== undefined && view.isWritten(`.${domain}`);
  return isNamed ? { severity: "info" } : {};
}
