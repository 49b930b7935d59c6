import type { Evaluator } from "../program/evaluate.ts";
import type { CallSite, FunctionModel } from "../program/module.ts";
import { addressesIn, hostOf } from "../program/targets.ts";
import { type Flow, isSameFlow } from "../program/value.ts";

const FUNCTIONS_MAX = 40;

/**
 * Whether data and a host can meet in a function. A helper that sends for the whole package has the
 * data of all its callers and the hosts of all of them; what belongs together is what one of them
 * gives, or one of those that call it. Beyond a bound it is taken for granted.
 */
export function canMeet(
  flow: Flow,
  host: string,
  fn: FunctionModel,
  evaluator: Evaluator,
): boolean {
  const asked = new Set([fn]);
  for (const each of asked) {
    const calls = callsThatBringBoth(flow, host, each, evaluator);
    if (calls === undefined || asked.size > FUNCTIONS_MAX) return true;
    for (const call of calls) asked.add(call.scope.fn);
  }
  return false;
}

/** Undefined where no caller brings the data, or none the host: the function has it by itself. */
function callsThatBringBoth(
  flow: Flow,
  host: string,
  fn: FunctionModel,
  evaluator: Evaluator,
): readonly CallSite[] | undefined {
  for (let at: FunctionModel | undefined = fn; at?.node !== undefined; at = at.parent) {
    const calls = evaluator.callsOf(at);
    const withFlow = calls.filter((call) =>
      evaluator.flowsInto(call).some((other) => isSameFlow(flow, other)),
    );
    const withHost = calls.filter((call) => hostsInto(call, evaluator).includes(host));
    if (withFlow.length > 0 && withHost.length > 0) {
      return withFlow.filter((call) => withHost.includes(call));
    }
  }
  return undefined;
}

function hostsInto(call: CallSite, evaluator: Evaluator): readonly (string | undefined)[] {
  return evaluator
    .valuesOfArguments(call)
    .flatMap((value) => addressesIn(value, evaluator))
    .map(hostOf);
}
