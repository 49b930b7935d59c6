import type { Examination, ExaminedSignal, SignalResult } from "../../src/model/examination.ts";
import { CLEAR, unknown } from "../../src/model/examination.ts";
import { finding, type Confidence, type Severity } from "../../src/model/finding.ts";
import { npmRef } from "../../src/model/package-ref.ts";

export const SHA512 = "ab".repeat(64);
export const OTHER_SHA512 = "cd".repeat(64);
export const AT_MS = Date.UTC(2026, 5, 1, 12);

/** What a machine with a registry and nothing else can know of an innocent package: 35 points. */
export const INNOCENT: Readonly<Record<string, SignalResult>> = {
  "is-too-young": CLEAR,
  "metadata-is-incoherent": CLEAR,
  "changes-install-code": CLEAR,
  "bytes-differ-from-registry": CLEAR,
};

export function examinationOf(
  results: Readonly<Record<string, SignalResult>> = INNOCENT,
  rest: Partial<Examination> = {},
): Examination {
  return {
    ref: npmRef("left-handed", "1.2.3"),
    artifact: {
      digests: { sha512: SHA512, sha256: "ef".repeat(32), sha1: "01".repeat(20) },
      sizeBytes: 4321,
      fileCount: 7,
    },
    results: Object.entries(results).map(([signal, result]): ExaminedSignal => ({
      signal,
      version: 1,
      result,
    })),
    atMs: AT_MS,
    provenance: undefined,
    ...rest,
  };
}

export function found(
  signal: string,
  severity: Severity,
  confidence: Confidence = "high",
  claim = "claim",
): SignalResult {
  const item = finding(signal, claim, severity, confidence, `${signal} says ${claim}`);
  return { outcome: "found", findings: [item] };
}

export function cooling(untilMs: number): SignalResult {
  const message = "It was published less than 2h ago.";
  const item = finding("is-too-young", "cooling", "medium", "high", message, { untilMs });
  return { outcome: "found", findings: [item] };
}

export const NOT_ASKED = unknown("nothing was asked of a registry");
