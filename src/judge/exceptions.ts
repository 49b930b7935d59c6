import type { Examination } from "../model/examination.ts";
import type { Policy, PolicyException } from "../model/policy.ts";

/** What the policy's exceptions mean for one artifact at the moment of its examination. */
export type ExceptionState =
  | { readonly state: "none" }
  /** These very bytes are excepted. */
  | { readonly state: "active"; readonly exception: PolicyException }
  | { readonly state: "expired"; readonly exception: PolicyException }
  /** Somebody approved this version, but what came is not what they approved. */
  | { readonly state: "other-bytes"; readonly exception: PolicyException };

export function exceptionFor(examination: Examination, policy: Policy): ExceptionState {
  const { ref, artifact, atMs } = examination;
  const named = policy.exceptions
    .filter((item) => item.package === ref.name && item.version === ref.version)
    .sort((a, b) => b.expiresAtMs - a.expiresAtMs || compareExceptions(a, b));
  const live = named.filter((item) => atMs < item.expiresAtMs);
  const isBound = (item: PolicyException): boolean => item.sha512 === artifact.digests.sha512;

  const active = live.find(isBound);
  if (active !== undefined) return { state: "active", exception: active };
  const [foreign] = live;
  if (foreign !== undefined) return { state: "other-bytes", exception: foreign };
  const expired = named.find(isBound);
  return expired === undefined ? { state: "none" } : { state: "expired", exception: expired };
}

function compareExceptions(a: PolicyException, b: PolicyException): number {
  const [left, right] = [a, b].map(({ owner, reason, sha512 }) =>
    [owner, reason, sha512].join("\n"),
  );
  return (left ?? "") < (right ?? "") ? -1 : 1;
}
