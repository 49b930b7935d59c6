import type { Decision, Policy } from "../model/policy.ts";

/** A finding whose id begins with `prefix` brings `decision` about, whatever the score. */
interface HardReason {
  readonly prefix: string;
  readonly code: string;
  readonly decision: Decision;
  /**
   * No exception lifts it and no policy ignores it. An exception is bound to a digest, and these
   * say that the digest itself is not the one that was promised: nobody can have meant these bytes.
   */
  readonly sealed: boolean;
  /** A rule of the policy that switches this reason off. */
  readonly unless?: (policy: Policy) => boolean;
}

const HARD_REASONS: readonly HardReason[] = [
  sealedBlock("bytes-differ-from-registry", "digest-mismatch"),
  sealedBlock("bytes-differ-from-first-seen", "bytes-changed"),
  sealedBlock("bytes-differ-from-consensus", "consensus-mismatch"),
  { prefix: "canary-was-touched/", code: "canary-used", decision: "block", sealed: false },
  { prefix: "provenance-is-false/", code: "false-provenance", decision: "block", sealed: false },
  {
    prefix: "provenance-is-unexpected/unverified",
    code: "unverified-provenance",
    decision: "hold",
    sealed: false,
  },
  {
    prefix: "provenance-is-unexpected/",
    code: "unexpected-provenance",
    decision: "block",
    sealed: false,
  },
  { prefix: "is-known-malicious/", code: "known-malicious", decision: "block", sealed: false },
  { prefix: "archive-breaks-rules/", code: "bad-archive", decision: "block", sealed: false },
  {
    prefix: "depends-outside-registry/git",
    code: "git-dependency",
    decision: "block",
    sealed: false,
    unless: ({ dependencies }) => dependencies.git === "allow",
  },
  {
    prefix: "depends-outside-registry/url",
    code: "remote-dependency",
    decision: "block",
    sealed: false,
    unless: ({ dependencies }) => dependencies.remote === "allow",
  },
  { prefix: "is-too-young/", code: "cooling", decision: "hold", sealed: false },
];

function sealedBlock(signal: string, code: string): HardReason {
  return { prefix: `${signal}/`, code, decision: "block", sealed: true };
}

export function hardReasonOf(findingId: string, policy: Policy): HardReason | undefined {
  const reason = HARD_REASONS.find(({ prefix }) => findingId.startsWith(prefix));
  return reason?.unless?.(policy) === true ? undefined : reason;
}

/** Whether a policy may ignore a signal. */
export function isSealed(signal: string): boolean {
  return HARD_REASONS.some((reason) => reason.sealed && reason.prefix === `${signal}/`);
}
