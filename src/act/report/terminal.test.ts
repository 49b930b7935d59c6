import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import {
  AT_MS,
  cooling,
  examinationOf,
  INNOCENT,
  NOT_ASKED,
} from "../../../test/support/examinations.ts";
import { DEFAULT_POLICY } from "../../judge/defaults.ts";
import { judge } from "../../judge/verdict.ts";
import type { SignalResult } from "../../model/examination.ts";
import { finding } from "../../model/finding.ts";
import type { Layout } from "./layout.ts";
import { packagePage } from "./terminal.ts";

const PLAIN: Layout = { color: false, columns: 80 };

const BAD: SignalResult = {
  outcome: "found",
  findings: [
    finding("x", "one", "high", "high", "It does what an installer should not do at all.", {
      file: "lib/a.js",
      line: 3,
      column: 7,
      excerpt: "run(\u001b[2J)",
    }),
  ],
};

const VERDICT = judge(
  examinationOf({
    ...INNOCENT,
    "is-too-young": cooling(AT_MS + 3_600_000),
    "changes-install-code": NOT_ASKED,
    "bytes-differ-from-registry": NOT_ASKED,
    x: BAD,
  }),
  DEFAULT_POLICY,
);

describe("packagePage", () => {
  it("shows decision, reasons, findings, what is not known, and every point", () => {
    expect(packagePage(VERDICT, PLAIN, { elapsedMs: 1234 })).toBe(`\
BLOCK  left-handed@1.2.3
score 0 of 100, on 29 % of the points · 7 files · 4.3 kB · examined in 1.2 s
sha512
abababababababababababababababababababababababababababababababababababababababab
abababababababababababababababababababababababab

Why
  block  Its score of 0 is under 20
  hold   It was published less than 2h ago.

2 findings
  high x/one (high confidence)
    It does what an installer should not do at all.
    lib/a.js:3:7
    | run(\\u{1b}[2J)
  medium is-too-young/cooling (high confidence)
    It was published less than 2h ago.

Not known, which is not the same as clear
  bytes-differ-from-registry, changes-install-code: nothing was asked of a
  registry

Score
   0 of 20  version age: It was published less than 2h ago.
  10 of 10  metadata coherence: metadata-is-incoherent: no
       -35  x/one: It does what an installer should not do at all.
         ?  consensus (25), canary sandbox (20), publisher account age (15), key
            and publisher continuity (5), Lens clean (5): no source for this yet
            on this machine
         ?  no new install script (5): not known: nothing was asked of a
            registry
`);
  });

  it("is short when there is little to say", () => {
    const page = packagePage(judge(examinationOf(), DEFAULT_POLICY), PLAIN);
    const titles = page.split("\n\n").map((section) => section.split("\n")[0]);
    expect(titles).toEqual(["ALLOW  left-handed@1.2.3", "Score"]);
  });

  it("colours only when it is told to, and says the same then", () => {
    const colored = packagePage(VERDICT, { ...PLAIN, color: true });
    const plain = packagePage(VERDICT, PLAIN);
    expect(colored).not.toBe(plain);
    expect(stripVTControlCharacters(colored)).toBe(plain);
    // oxlint-disable-next-line no-control-regex -- the page must hold none of them
    expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it.each([20, 40, 63, 100, 500])("keeps to a width of %i, within reason", (columns) => {
    const lines = packagePage(VERDICT, { color: false, columns }).split("\n");
    const widest = Math.max(...lines.map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(Math.min(Math.max(columns, 50), 100));
  });

  it("shows the first forty findings and counts the rest", () => {
    const findings = Array.from({ length: 50 }, (_, index) =>
      finding("x", `claim-${String(index)}`, "info", "low", "Odd."),
    );
    const [first = finding("x", "none", "info", "low", "none"), ...rest] = findings;
    const verdict = judge(
      examinationOf({ ...INNOCENT, x: { outcome: "found", findings: [first, ...rest] } }),
      DEFAULT_POLICY,
    );
    const page = packagePage(verdict, PLAIN);
    expect(page.match(/^ {2}info x\/claim/gm)).toHaveLength(40);
    expect(page).toContain("50 findings\n");
    expect(page).toContain("  and 10 more; --json shows all of them\n");
  });
});
