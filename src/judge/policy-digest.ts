import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../model/canonical.ts";
import type { Expectation } from "../model/expectation.ts";
import type {
  CoolingExclusion,
  DenyRule,
  Policy,
  PolicyException,
  RegistryTrust,
  SignalRule,
} from "../model/policy.ts";

/** A policy is read-only, and every verdict of a run carries the digest of the same one. */
const DIGESTS = new WeakMap<Policy, string>();

/** sha256, hexadecimal, over the policy's canonical JSON: equal rules have equal digests. */
export function policyDigest(policy: Policy): string {
  const known = DIGESTS.get(policy);
  if (known !== undefined) return known;
  const digest = createHash("sha256")
    .update(canonicalJson(jsonOf(policy)))
    .digest("hex");
  DIGESTS.set(policy, digest);
  return digest;
}

function jsonOf(policy: Policy): Json {
  // What install scripts may do changes no verdict.
  const { sandbox: _, ...judging } = policy;
  const { cooling, signals, exceptions, denied, provenance } = judging;
  return {
    ...judging,
    cooling: { ...cooling, exclude: inOneOrder(cooling.exclude.map(jsonOfExclusion)) },
    thresholds: { ...judging.thresholds },
    weights: { severity: { ...judging.weights.severity } },
    signals: Object.fromEntries([...signals].map(([id, rule]) => [id, jsonOfRule(rule)])),
    exceptions: inOneOrder(exceptions.map(jsonOfException)),
    denied: inOneOrder(denied.map(jsonOfDenial)),
    dependencies: { ...judging.dependencies },
    limits: { ...judging.limits },
    provenance: {
      expect: inOneOrder(provenance.expect.map(jsonOfExpectation)),
      registries: inOneOrder(provenance.registries.map(jsonOfTrust)),
    },
  };
}

function jsonOfExclusion(exclusion: CoolingExclusion): Json {
  return { ...exclusion };
}

function jsonOfRule(rule: SignalRule): Json {
  return { ...rule, atLeast: rule.atLeast ?? "allow" };
}

function jsonOfException(exception: PolicyException): Json {
  return { ...exception };
}

function jsonOfDenial(denial: DenyRule): Json {
  return { ...denial, range: denial.range ?? null };
}

function jsonOfTrust({ registry, source }: RegistryTrust): Json {
  const written = source.kind === "files" ? { ...source, keys: source.keys ?? null } : source;
  return { registry, source: { ...written } };
}

function jsonOfExpectation(expectation: Expectation): Json {
  return Object.fromEntries(
    Object.entries(expectation).map(([field, wanted]) => [field, wanted ?? null]),
  );
}

/** The order of rules in a list means nothing. */
function inOneOrder(rules: readonly Json[]): readonly Json[] {
  return rules
    .map((rule) => ({ rule, text: canonicalJson(rule) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ rule }) => rule);
}
