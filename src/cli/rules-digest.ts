import { createHash } from "node:crypto";
import { policyDigest } from "../judge/policy-digest.ts";
import type { Policy } from "../model/policy.ts";
import type { ConfigFiles } from "../platform/config-files.ts";

/**
 * Of the rules that a kept verdict rests on: the policy, and the contents of the trust files that it
 * names, which are replaced in place when an authority is withdrawn. The policy's own digest where it
 * names none.
 */
export function rulesDigest(policy: Policy, files: ConfigFiles): string {
  const trusted = policy.provenance.registries.flatMap(({ source }) =>
    source.kind === "mirror"
      ? [source.root]
      : [source.trustRoot, ...(source.keys === undefined ? [] : [source.keys])],
  );
  if (trusted.length === 0) return policyDigest(policy);
  const hash = createHash("sha256").update(policyDigest(policy));
  for (const path of trusted.toSorted()) {
    hash.update(`\n${JSON.stringify([path, files.read(path) ?? null])}`);
  }
  return hash.digest("hex");
}
