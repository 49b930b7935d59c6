import type { Evaluator } from "../program/evaluate.ts";
import type { CallSite, FunctionModel } from "../program/module.ts";
import { addressesIn, hostOf } from "../program/targets.ts";
import { type Flow, isSameFlow } from "../program/value.ts";

const LEVELS_MAX = 4;

/**
 * Whether data and a host can meet in a function. A helper that sends for the whole package has the
 * data of all its callers and the hosts of all of them; what belongs together is what one of them gives.
 */
export function canMeet(
  flow: Flow,
  host: string,
  fn: FunctionModel,
  evaluator: Evaluator,
  levels = 0,
): boolean {
  const brings = (call: CallSite): boolean =>
    evaluator.flowsInto(call).some((other) => isSameFlow(flow, other));
  for (let at: FunctionModel | undefined = fn; at?.node !== undefined; at = at.parent) {
    const calls = evaluator.callsOf(at);
    const withFlow = calls.filter(brings);
    const withHost = calls.filter((call) => hostsInto(call, evaluator).includes(host));
    // What no caller brings is in the function by itself.
    if (withFlow.length === 0 || withHost.length === 0) continue;
    const both = withFlow.filter((call) => withHost.includes(call));
    if (levels >= LEVELS_MAX) return both.length > 0;
    return both.some((call) => canMeet(flow, host, call.scope.fn, evaluator, levels + 1));
  }
  return true;
}

function hostsInto(call: CallSite, evaluator: Evaluator): readonly (string | undefined)[] {
  return evaluator
    .valuesOfArguments(call)
    .flatMap((value) => addressesIn(value, evaluator))
    .map(hostOf);
}
