import type { Node } from "oxc-parser";
import type { CapabilityTarget } from "../../model/capability.ts";
import type { Spotted } from "./capabilities.ts";
import { bare, type ModuleModel, type Site } from "./module.ts";
import type { Program } from "./program.ts";
import { pathsOf } from "./value.ts";

/** Later than this, a number is a moment in milliseconds or seconds and not a size. */
const MOMENT_SECONDS_MIN = 1_500_000_000;
const MOMENT_MS_MAX = 4_102_444_800_000;

const CI_VARIABLE =
  /^process\.env\.(?:CI|CONTINUOUS_INTEGRATION|GITHUB_ACTIONS|GITLAB_CI|CIRCLECI|TRAVIS|JENKINS_URL|BUILDKITE|TF_BUILD|CODEBUILD_BUILD_ID|BITBUCKET_BUILD_NUMBER)$/;
const LOCALE =
  /^(?:process\.env\.(?:LANG|LANGUAGE|LC_ALL|LC_MESSAGES|TZ)|navigator\.languages?|Intl\.DateTimeFormat\(\)\.resolvedOptions\(\)\.(?:timeZone|locale))$/;

/** Where code asks which machine, moment or place it runs at. */
export function gatesIn(module: ModuleModel, program: Program): readonly Spotted[] {
  const { evaluator } = program;
  const byMember = module.members.flatMap((site) =>
    pathsOf(evaluator.evaluate(site)).flatMap((path) => {
      if (CI_VARIABLE.test(path)) return [spotted(site, path, "CI")];
      if (LOCALE.test(path)) return [spotted(site, path, "locale")];
      if (path === "process.platform") return [spotted(site, path, "platform")];
      return [];
    }),
  );
  const byUse = program
    .usesOf(module)
    .filter((use) => use.path === "os.hostname" || use.path === "os.platform")
    .map(({ call, path }) =>
      spotted(
        { node: call.node, scope: call.scope },
        path,
        path === "os.hostname" ? "host name" : "platform",
      ),
    );
  const byClock = module.comparisons
    .filter(comparesWithMoment)
    .map((site) => spotted(site, "Date", "date"));
  const byDebugger = module.debuggers.map((node) =>
    spotted({ node, scope: module.scope }, "debugger", "debugger"),
  );
  return [...byMember, ...byUse, ...byClock, ...byDebugger];
}

function spotted({ node, scope }: Site, api: string, what: string): Spotted {
  const target: CapabilityTarget = { kind: "variable", text: what, resolved: true };
  return {
    capability: "gate",
    module: scope.module,
    fn: scope.fn,
    offset: node.start,
    api,
    target,
  };
}

/** `Date.now() > 1790000000000`, `new Date() >= new Date("2026-11-01")`. */
function comparesWithMoment({ node }: Site): boolean {
  if (node.type !== "BinaryExpression" || !/^[<>]=?$/.test(node.operator)) return false;
  const sides = [bare(node.left), bare(node.right)];
  return sides.some(isNow) && sides.some(isMoment);
}

export function isNow(node: Node): boolean {
  if (node.type === "NewExpression") {
    return (
      node.callee.type === "Identifier" &&
      node.callee.name === "Date" &&
      node.arguments.length === 0
    );
  }
  if (node.type === "UnaryExpression" || node.type === "BinaryExpression") {
    return isNow(bare(node.type === "UnaryExpression" ? node.argument : node.left));
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  const { object } = node.callee;
  const isDate = object.type === "Identifier" && object.name === "Date";
  return isDate || isNow(bare(object));
}

function isMoment(node: Node): boolean {
  if (node.type === "Literal") {
    return (
      typeof node.value === "number" &&
      node.value > MOMENT_SECONDS_MIN &&
      node.value < MOMENT_MS_MAX
    );
  }
  if (node.type === "NewExpression") {
    return (
      node.callee.type === "Identifier" &&
      node.callee.name === "Date" &&
      node.arguments[0]?.type === "Literal"
    );
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return false;
  return node.arguments[0]?.type === "Literal" || isMoment(bare(node.callee.object));
}
