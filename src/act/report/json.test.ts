import { describe, expect, it } from "vitest";
import { examinationOf, INNOCENT, NOT_ASKED, SHA512 } from "../../../test/support/examinations.ts";
import { line } from "../../../test/support/judging.ts";
import { DEFAULT_POLICY } from "../../judge/defaults.ts";
import { judge } from "../../judge/verdict.ts";
import { finding } from "../../model/finding.ts";
import { npmRef } from "../../model/package-ref.ts";
import { packageReport } from "./json.ts";

describe("packageReport", () => {
  it("has the shape of the command-line contract", () => {
    const findings = [
      finding("x", "one", "high", "high", "Bad.", {
        file: "a.js",
        line: 3,
        column: 7,
        excerpt: "a()",
      }),
      finding("x", "two", "info", "low", "Odd."),
    ] as const;
    const examination = examinationOf(
      { ...INNOCENT, "is-too-young": NOT_ASKED, x: { outcome: "found", findings } },
      { ref: npmRef("@corp/tool", "1.0.0") },
    );
    const report = packageReport(judge(examination, DEFAULT_POLICY), { elapsedMs: 12 });
    const none = "no source for this yet on this machine";
    expect(report).toEqual({
      ref: "pkg:npm/%40corp/tool@1.0.0",
      artifact: { sha512: SHA512, sha256: "ef".repeat(32), size: 4321, files: 7 },
      decision: "hold",
      score: 65,
      coverage: 15 / 105,
      ledger: [
        line("version age", "unknown", 0, 20, "not known: nothing was asked of a registry"),
        line("consensus", "unknown", 0, 25, none),
        line("canary sandbox", "unknown", 0, 20, none),
        line("publisher account age", "unknown", 0, 15, none),
        line("metadata coherence", "earned", 10, 10, "metadata-is-incoherent: no"),
        line("key and publisher continuity", "unknown", 0, 5, none),
        line("no new install script", "earned", 5, 5, "changes-install-code: no"),
        line("Lens clean", "unknown", 0, 5, none),
        line("x/one", "deducted", 35, 35, "Bad."),
        line("x/two", "deducted", 0, 0, "Odd."),
      ],
      reasons: [
        { code: "score", decision: "hold", hard: false, message: "Its score of 65 is under 80" },
      ],
      findings: [
        {
          id: "x/one",
          signal: "x",
          severity: "high",
          confidence: "high",
          message: "Bad.",
          file: "a.js",
          line: 3,
          column: 7,
          excerpt: "a()",
        },
        {
          id: "x/two",
          signal: "x",
          severity: "info",
          confidence: "low",
          message: "Odd.",
          file: null,
          line: null,
          column: null,
          excerpt: null,
        },
      ],
      unknown: [{ signal: "is-too-young", why: "nothing was asked of a registry" }],
      provenance: null,
      elapsedMs: 12,
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
