import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../model/canonical.ts";
import { type Examination, openIn } from "../model/examination.ts";
import { compareFindings, type Finding } from "../model/finding.ts";
import { printInstant } from "../model/instant.ts";
import { DECISIONS, type Policy, worstOf } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import type { Evidence, PackageEvidence } from "../model/provenance.ts";
import type { Reason, Verdict } from "../model/verdict.ts";
import { ruleFor } from "./defaults.ts";
import { type ExceptionState, exceptionFor } from "./exceptions.ts";
import { hardReasonOf } from "./hard-reasons.ts";
import { policyDigest } from "./policy-digest.ts";
import { reason, reasonsAgainst, type WeighedReason } from "./reasons.ts";
import { type Score, scoreOf } from "./score.ts";

/**
 * A pure function: the same examination and policy give the same verdict, byte for byte, in
 * whatever order their parts come.
 */
export function judge(given: Examination, policy: Policy): Verdict {
  const examination = inOrder(given);
  const score = scoreOf(examination, policy);
  const reasons = reasonsFor(examination, policy, score);
  const decision = worstOf(reasons.map((item) => item.decision));
  return {
    ref: examination.ref,
    artifact: examination.artifact,
    policyDigest: policyDigest(policy),
    signalsDigest: signalsDigest(examination.results),
    decision,
    score: score.score,
    coverage: score.coverage,
    ledger: score.ledger,
    reasons,
    findings: findingsOf(examination),
    unknown: examination.results.flatMap(({ signal, result }) => {
      const why = openIn(result);
      return why === undefined ? [] : [{ signal, why: printable(why) }];
    }),
    provenance: examination.provenance,
    retryAtMs: decision === "hold" ? endOfHold(examination, policy) : undefined,
  };
}

/** sha256, hexadecimal: which signals in which version a verdict stands on. */
export function signalsDigest(
  signals: readonly { readonly signal: string; readonly version: number }[],
): string {
  const lines = signals.map(({ signal, version }) => `${signal}@${String(version)}`).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** Canonical JSON in UTF-8: what is signed, logged and compared. */
export function canonicalVerdict(verdict: Verdict): Uint8Array {
  const { digests, sizeBytes, fileCount } = verdict.artifact;
  const json: Json = {
    ...verdict,
    ref: { ...verdict.ref },
    artifact: { digests: { ...digests }, sizeBytes, fileCount },
    ledger: verdict.ledger.map(({ part, kind, points, of, why }) => ({
      part,
      kind,
      points,
      of,
      why,
    })),
    reasons: verdict.reasons.map(({ code, decision, hard, message }) => ({
      code,
      decision,
      hard,
      message,
    })),
    findings: verdict.findings.map(findingJson),
    unknown: verdict.unknown.map(({ signal, why }) => ({ signal, why })),
    provenance: verdict.provenance === undefined ? null : evidenceJson(verdict.provenance),
    retryAtMs: verdict.retryAtMs ?? null,
  };
  return Buffer.from(canonicalJson(json), "utf8");
}

function findingJson(finding: Finding): Json {
  return { ...finding };
}

function evidenceJson({ trustedPublisher, ...evidence }: PackageEvidence): Json {
  const { provenance, publish, registrySignature } = evidence;
  return {
    provenance: stateJson(provenance),
    publish: stateJson(publish),
    registrySignature: stateJson(registrySignature),
    trustedPublisher: trustedPublisher ?? null,
  };
}

function stateJson(evidence: Evidence<object>): Json {
  const { value, ...rest } = { value: undefined, ...evidence };
  return { ...rest, ...(value === undefined ? {} : { value: definedIn(value) }) };
}

/** JSON has no undefined: what is not known is left out. */
function definedIn(value: object): Json {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function inOrder(examination: Examination): Examination {
  const results = [...examination.results].sort((a, b) =>
    a.signal < b.signal ? -1 : a.signal > b.signal ? 1 : 0,
  );
  return { ...examination, results };
}

function findingsOf(examination: Examination): readonly Finding[] {
  return examination.results
    .flatMap(({ result }) => (result.outcome === "found" ? result.findings : []))
    .sort(compareFindings);
}

function reasonsFor(examination: Examination, policy: Policy, score: Score): readonly Reason[] {
  const against = reasonsAgainst(examination, policy, score);
  const exception = exceptionFor(examination, policy);
  const standing = exception.state === "active" ? against.filter((item) => item.sealed) : against;
  const reasons = [...standing, ...exceptionReason(exception, against)];
  return [...raisedWarning(reasons, policy), ...reasons]
    .sort((a, b) => DECISIONS.indexOf(b.decision) - DECISIONS.indexOf(a.decision))
    .map(({ code, decision, hard, message }) => ({ code, decision, hard, message }));
}

function exceptionReason(
  found: ExceptionState,
  against: readonly WeighedReason[],
): readonly WeighedReason[] {
  if (found.state === "none") return [];
  const { owner, reason: why, expiresAtMs } = found.exception;
  const approval = `${owner} approved it until ${printInstant(expiresAtMs)} (${why})`;
  if (found.state === "expired") {
    return [reason("exception-expired", "allow", `${approval}, which is over`)];
  }
  if (found.state === "other-bytes") {
    return [reason("exception-for-other-bytes", "hold", `${approval}, but with other bytes`)];
  }
  const lifted = [...new Set(against.filter((item) => !item.sealed).map((item) => item.code))];
  const despite = lifted.length === 0 ? "" : `, despite: ${lifted.join(", ")}`;
  return [reason("exception", "allow", `${approval}${despite}`)];
}

/** Every warning is raised, also one that a worse reason hides: worse must not come out milder. */
function raisedWarning(
  reasons: readonly WeighedReason[],
  { raiseWarnTo }: Policy,
): readonly WeighedReason[] {
  const warns = reasons.some(({ decision }) => decision === "warn");
  if (!warns || raiseWarnTo === "warn") return [];
  return [reason("warning-raised", raiseWarnTo, "The policy does not let warnings install")];
}

/** When the last of the reasons that time alone cures is over. */
function endOfHold(examination: Examination, policy: Policy): number | undefined {
  const ends = examination.results
    .filter(({ signal }) => !ruleFor(signal, policy).ignore)
    .flatMap(({ result }) => (result.outcome === "found" ? result.findings : []))
    .filter(({ id }) => hardReasonOf(id, policy)?.decision === "hold")
    .flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
  return ends.length === 0 ? undefined : ends.reduce((a, b) => Math.max(a, b));
}
