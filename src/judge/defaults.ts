import type { Policy, SignalRule } from "../model/policy.ts";
import { parsePolicy } from "./policy.ts";

/** What holds when no file says anything. */
export const DEFAULT_POLICY: Policy = parsePolicy([]);

const PLAIN_RULE: SignalRule = { atLeast: "allow", unknown: "allow", ignore: false };

export function ruleFor(signal: string, policy: Policy): SignalRule {
  return policy.signals.get(signal) ?? PLAIN_RULE;
}
