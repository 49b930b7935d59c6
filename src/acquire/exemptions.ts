import semver from "semver";
import { exclusionOf, settledBelow, youngVersions } from "../model/cooling.ts";
import { isFailure } from "../model/failure.ts";
import { isPackageName, parseRequest, type PackageRef } from "../model/package-ref.ts";
import type { CoolingPolicy, PolicyException } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import { askAdvisories, type Advisory } from "./advisories.ts";
import type { Packument } from "./packument.ts";
import type { Registry } from "./registry.ts";

export interface ExemptionRules {
  readonly cooling: CoolingPolicy;
  readonly exceptions: readonly PolicyException[];
}

/** Packages visited for one exclusion "with its dependencies"; a closure that is larger is cut. */
const CLOSURE_PACKAGES_MAX = 400;

/**
 * Says why the cooling window does not apply to a version, in words, or undefined when it does.
 * Asked only about versions that are young, which is rare, so it may ask the registry in turn. A
 * registry that does not answer exempts nobody.
 */
export function createExemptions(
  registry: Registry,
  rules: ExemptionRules,
  nowMs: () => number,
): (ref: PackageRef) => Promise<string | undefined> {
  const closures = new Map<string, Promise<ReadonlySet<string>>>();
  const closureOf = (root: string): Promise<ReadonlySet<string>> => {
    const closure = closures.get(root) ?? dependencyClosure(root, registry);
    closures.set(root, closure);
    return closure;
  };
  return async (ref) =>
    byName(ref, rules.cooling) ??
    byException(ref, rules.exceptions, nowMs()) ??
    (await byParent(ref, rules.cooling, closureOf)) ??
    (rules.cooling.allowSecurityFixes
      ? await bySecurityFix(ref, registry, rules.cooling, nowMs())
      : undefined);
}

function byName(ref: PackageRef, cooling: CoolingPolicy): string | undefined {
  const exclusion = exclusionOf(ref.name, cooling);
  return exclusion === undefined ? undefined : `policy excludes ${exclusion.package} from cooling`;
}

/** Whether the bytes are the approved ones is for the verdict to say; here it is only about time. */
function byException(
  ref: PackageRef,
  exceptions: readonly PolicyException[],
  nowMs: number,
): string | undefined {
  const exception = exceptions.find(
    (item) => item.package === ref.name && item.version === ref.version && item.expiresAtMs > nowMs,
  );
  return exception === undefined
    ? undefined
    : `${exception.owner} approved it: ${exception.reason}`;
}

async function byParent(
  ref: PackageRef,
  cooling: CoolingPolicy,
  closureOf: (root: string) => Promise<ReadonlySet<string>>,
): Promise<string | undefined> {
  for (const rule of cooling.exclude.filter((item) => item.withDependencies)) {
    // A scope is not a package; an old name may end in "*", but none is "@scope/*".
    if (rule.package.endsWith("/*") || !isPackageName(rule.package)) continue;
    const closure = await closureOf(rule.package);
    if (closure.has(ref.name)) {
      return `policy excludes ${rule.package} with its dependencies from cooling`;
    }
  }
  return undefined;
}

/** Names reachable through the dependencies of the newest versions, the way an install follows them. */
async function dependencyClosure(root: string, registry: Registry): Promise<ReadonlySet<string>> {
  const names = new Set([root]);
  for (const name of names) {
    if (names.size > CLOSURE_PACKAGES_MAX) break;
    for (const dependency of await dependenciesOfNewest(name, registry)) names.add(dependency);
  }
  return names;
}

async function dependenciesOfNewest(name: string, registry: Registry): Promise<readonly string[]> {
  const packument = await answeredPackument(name, registry);
  const newest = packument?.history().versions.at(-1)?.version;
  const latest = packument?.distTags.get("latest");
  return [newest, latest].flatMap((version) => {
    const manifest = version === undefined ? undefined : packument?.release(version)?.manifest;
    const maps =
      manifest === undefined ? [] : [manifest.dependencies, manifest.optionalDependencies];
    return maps.flatMap((map) => [...map].map(registryName)).filter(isPackageName);
  });
}

/** `npm:other@1` brings `other`, whatever it is called here. */
function registryName([key, spec]: readonly [string, string]): string {
  return spec.startsWith("npm:") ? (parseRequest(spec.slice(4))?.name ?? key) : key;
}

/** Undefined too when the registry does not answer. */
async function answeredPackument(name: string, registry: Registry): Promise<Packument | undefined> {
  try {
    return await registry.packument(name);
  } catch (error) {
    if (!isFailure(error)) throw error;
    return undefined;
  }
}

/**
 * A version that ends a published vulnerability of the version an install would otherwise fall back
 * to. Waiting would leave people on the vulnerable one.
 */
async function bySecurityFix(
  ref: PackageRef,
  registry: Registry,
  cooling: CoolingPolicy,
  nowMs: number,
): Promise<string | undefined> {
  if (semver.prerelease(ref.version) !== null) return undefined;
  const packument = await answeredPackument(ref.name, registry);
  const fallback = packument === undefined ? undefined : fallbackOf(ref, packument, cooling, nowMs);
  if (fallback === undefined) return undefined;
  const advisories = await askAdvisories(registry, ref.name, [fallback, ref.version]);
  const touches = (version: string, { vulnerableVersions: range }: Advisory): boolean =>
    semver.satisfies(version, range);
  // What is published against the new version alone, such as that it is malware, outweighs a fix.
  if (advisories.some((item) => touches(ref.version, item) && !touches(fallback, item))) {
    return undefined;
  }
  const fixed = advisories.find((item) => touches(fallback, item) && !touches(ref.version, item));
  return fixed === undefined
    ? undefined
    : printable(`it fixes ${fixed.id} (${fixed.title}) of ${fallback}`, 200);
}

function fallbackOf(
  ref: PackageRef,
  packument: Packument,
  cooling: CoolingPolicy,
  nowMs: number,
): string | undefined {
  const history = packument.history();
  const young = youngVersions(history, cooling.minVersionAgeMs, nowMs);
  return settledBelow(ref.version, history, young);
}
