import { isNamedBy, type DownloadHost } from "../hosts.ts";
import { nameIn, type Claim } from "./credential.ts";
import { printTarget, type Target } from "./target.ts";

/** Whether a script may go where it wants to. */
export type Permission =
  | { readonly state: "open"; readonly rule: DownloadHost }
  | { readonly state: "shut"; readonly sentence: string };

export interface PermissionRules {
  readonly hosts: readonly DownloadHost[];
  /** Names of the packages that the gate has let into the install so far. */
  readonly installed: ReadonlySet<string>;
}

/**
 * A host is open once the gate has let in a package that it is listed for. That much is certain. A
 * script that says it belongs to another installed package is refused besides. One that says nothing
 * is not, because not every package manager lets Veln tell its scripts who they are; nor is the
 * project's own, which runs the tools of what it has installed.
 */
export function permissionFor(target: Target, claim: Claim, rules: PermissionRules): Permission {
  const listed = rules.hosts.filter((rule) => rule.port === target.port && covers(rule, target));
  const open = listed.find((rule) => isOpenTo(rule, claim, rules));
  if (open !== undefined) return { state: "open", rule: open };
  const place = printTarget(target);
  const allow = `If that is honest, add "${place}" to sandbox.hosts in your policy.`;
  return {
    state: "shut",
    sentence: `Veln refused the way to ${place}: ${why(listed, claim)} ${allow}`,
  };
}

function isOpenTo(
  { packages }: DownloadHost,
  claim: Claim,
  { installed }: PermissionRules,
): boolean {
  if (packages === "any") return true;
  const asker = claim.by === undefined ? undefined : nameIn(claim.by);
  const askers = asker !== undefined && installed.has(asker) ? [asker] : [...installed];
  return askers.some((name) => packages.some((pattern) => isNamedBy(pattern, name)));
}

function why(listed: readonly DownloadHost[], { by }: Claim): string {
  const asker = by ?? "a script of this install";
  return listed.length === 0
    ? `it is on no list of hosts that ${asker} may download from.`
    : `it is listed, but not for ${asker}.`;
}

/** `*.example.com` covers every name below example.com and not example.com itself. */
function covers({ host }: DownloadHost, target: Target): boolean {
  if (!host.startsWith("*.")) return host === target.host;
  return (
    !target.isAddress && target.host.endsWith(host.slice(1)) && target.host.length >= host.length
  );
}
