import type { Admission } from "../act/gate/gate.ts";
import { checkRelease, type CheckDeps } from "../check.ts";
import { oneSentence } from "../judge/explain.ts";
import { label, type PackageRef } from "../model/package-ref.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Gauge } from "../platform/gauge.ts";
import type { KnownVerdicts } from "./known-verdicts.ts";

/** What came of one version in this session, for the summary. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly source: "examined" | "remembered";
  readonly elapsedMs: number;
}

export interface AdmissionDeps {
  readonly check: CheckDeps;
  readonly known: KnownVerdicts;
  /** How many versions may be in work at once. */
  readonly slots: Gauge;
  readonly onOutcome: (outcome: Outcome) => void;
  /** Ends what still waits for a registry. */
  readonly signal: AbortSignal;
}

/**
 * Decides about one version and hands out its bytes. What is known already (these bytes, this
 * policy, these signals) costs a look-up; everything else is fetched, examined and judged. Requests
 * for the same version that arrive together share one examination.
 */
export function createAdmission(deps: AdmissionDeps): (ref: PackageRef) => Promise<Admission> {
  const running = new Map<string, Promise<Admission>>();
  return (ref) => {
    const key = label(ref);
    const shared = running.get(key) ?? admit(ref, deps).finally(() => running.delete(key));
    running.set(key, shared);
    return shared;
  };
}

async function admit(ref: PackageRef, deps: AdmissionDeps): Promise<Admission> {
  const startedAtMs = deps.check.clock();
  const report = (verdict: Verdict, source: Outcome["source"]): void =>
    deps.onOutcome({ verdict, source, elapsedMs: deps.check.clock() - startedAtMs });

  const remembered = await deps.known.recall(ref);
  if (remembered !== undefined) {
    report(remembered.verdict, "remembered");
    return admissionOf(remembered.verdict, remembered.bytes, deps);
  }
  return deps.slots.run(1, async () => {
    const checked = await checkRelease(ref, deps.check, { signal: deps.signal });
    if (checked === undefined) return { state: "absent" };
    await deps.known.remember(checked);
    report(checked.verdict, "examined");
    return admissionOf(checked.verdict, checked.tarball.bytes, deps);
  });
}

function admissionOf(verdict: Verdict, bytes: Uint8Array, deps: AdmissionDeps): Admission {
  const { decision, retryAtMs, artifact } = verdict;
  if (decision === "allow" || decision === "warn") {
    return { state: "admitted", bytes, sha512: artifact.digests.sha512 };
  }
  const retryAfterSeconds =
    retryAtMs === undefined ? undefined : Math.max(1, (retryAtMs - deps.check.clock()) / 1000);
  return {
    state: "refused",
    decision,
    sentence: oneSentence(verdict),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
