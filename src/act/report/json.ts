import type { JsonObject } from "../../model/canonical.ts";
import type { Finding } from "../../model/finding.ts";
import { toPurl } from "../../model/package-ref.ts";
import type { Verdict } from "../../model/verdict.ts";
import { provenanceReport } from "./provenance.ts";

export interface PackageReportOptions {
  readonly elapsedMs: number;
}

/**
 * `veln package --json`, one subject. `ref` is a purl, digests are hexadecimal, `size` counts the
 * bytes of the tarball, `provenance` is null where nobody asked. Where a finding has no place in a file, its place is null.
 */
export function packageReport(verdict: Verdict, { elapsedMs }: PackageReportOptions): JsonObject {
  const { digests, sizeBytes, fileCount } = verdict.artifact;
  return {
    ref: toPurl(verdict.ref),
    artifact: {
      sha512: digests.sha512,
      sha256: digests.sha256,
      size: sizeBytes,
      files: fileCount,
    },
    decision: verdict.decision,
    score: verdict.score,
    coverage: verdict.coverage,
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
    findings: verdict.findings.map(findingReport),
    unknown: verdict.unknown.map(({ signal, why }) => ({ signal, why })),
    provenance: verdict.provenance === undefined ? null : provenanceReport(verdict.provenance),
    elapsedMs,
  };
}

/** A finding in any of the JSON documents. */
export function findingReport(finding: Finding): JsonObject {
  const { id, signal, severity, confidence, message, file, line, column, excerpt } = finding;
  return {
    id,
    signal,
    severity,
    confidence,
    message,
    file: file ?? null,
    line: line ?? null,
    column: column ?? null,
    excerpt: excerpt ?? null,
  };
}
