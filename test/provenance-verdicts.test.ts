import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProvenanceFacts } from "../src/examine/signal.ts";
import { known, type Gathered } from "../src/examine/signal.ts";
import { provenanceIsFalse } from "../src/examine/signals/provenance-is-false/signal.ts";
import { provenanceIsUnexpected } from "../src/examine/signals/provenance-is-unexpected/signal.ts";
import { provenanceIsWeaker } from "../src/examine/signals/provenance-is-weaker/signal.ts";
import { DEFAULT_POLICY } from "../src/judge/defaults.ts";
import { SCORE_PARTS } from "../src/judge/parts.ts";
import { judge } from "../src/judge/verdict.ts";
import { CLEAR, type SignalResult } from "../src/model/examination.ts";
import { npmRef } from "../src/model/package-ref.ts";
import type { Policy } from "../src/model/policy.ts";
import type { Evidence, Provenance } from "../src/model/provenance.ts";
import { examinationOf, found, INNOCENT, SHA512 } from "./support/examinations.ts";
import { arbitraryExamination, arbitraryPolicy, policyWithRule } from "./support/judging.ts";
import {
  ABSENT,
  evidenceOf,
  expectationOf,
  provenanceOf,
  verifiedAs,
} from "./support/provenance.ts";
import { runSignalHere } from "./support/signals.ts";

const SIGNALS = [provenanceIsFalse, provenanceIsUnexpected, provenanceIsWeaker];
const ALL_CLEAR = Object.fromEntries(SIGNALS.map(({ id }) => [id, CLEAR]));

function factsOf(
  provenance: Evidence<Provenance>,
  rest: Partial<ProvenanceFacts> = {},
): ProvenanceFacts {
  const predecessors = ["1.3.0", "1.2.0", "1.1.0"].map((version) => ({
    version,
    evidence: evidenceOf(verifiedAs(provenanceOf())),
  }));
  return {
    evidence: evidenceOf(provenance),
    predecessors,
    remembered: [],
    expectations: [],
    ...rest,
  };
}

async function resultsOn(facts: ProvenanceFacts): Promise<Record<string, SignalResult>> {
  const absent = { state: "unknown", why: "nobody was asked" } as const;
  const digests = { sha512: SHA512, sha256: "2".repeat(64), sha1: "1".repeat(40) };
  const gathered: Gathered = {
    artifact: known({ ref: npmRef("widgets", "1.4.0"), digests, sizeBytes: 1 }),
    archive: absent,
    manifest: absent,
    files: absent,
    release: absent,
    history: absent,
    previous: absent,
    previousFiles: absent,
    dependencies: absent,
    age: absent,
    firstSeen: absent,
    provenance: known(facts),
  };
  const results = SIGNALS.map(async (signal) => {
    return [signal.id, await runSignalHere(signal, gathered)] as const;
  });
  return Object.fromEntries(await Promise.all(results));
}

async function outcomeOn(
  facts: ProvenanceFacts,
  policy: Policy = DEFAULT_POLICY,
): Promise<unknown> {
  const { decision, score, reasons } = judge(
    examinationOf({ ...INNOCENT, ...(await resultsOn(facts)) }),
    policy,
  );
  return { decision, score, codes: reasons.map(({ code }) => code) };
}

describe("an otherwise innocent version", () => {
  const evil = { repository: "https://github.com/evil/widgets", repositoryId: "6", ownerId: "7" };
  const failing = (cause: "false" | "untrusted"): Evidence<Provenance> => ({
    state: "failed",
    step: "signature",
    cause,
    why: "It does not match.",
  });
  const UNKNOWN: Evidence<Provenance> = { state: "unknown", why: "nobody answered" };
  const expectations = [expectationOf({ repository: "https://github.com/acme/widgets" })];

  it.each<[what: string, ProvenanceFacts, unknown]>([
    [
      "proven as before installs",
      factsOf(verifiedAs(provenanceOf())),
      { decision: "allow", score: 100, codes: [] },
    ],
    [
      "published from a laptop with a stolen token is held",
      factsOf(ABSENT),
      { decision: "hold", score: 65, codes: ["score"] },
    ],
    [
      "proven to come from a thief's repository is held",
      factsOf(verifiedAs(provenanceOf(evil))),
      { decision: "hold", score: 30, codes: ["score"] },
    ],
    [
      "signed by a thief's own authority is held like one without a signature",
      factsOf(failing("untrusted")),
      { decision: "hold", score: 65, codes: ["score"] },
    ],
    [
      "signed by an authority newer than the trust root installs where nothing was proven before",
      factsOf(failing("untrusted"), { predecessors: [] }),
      { decision: "allow", score: 100, codes: [] },
    ],
    [
      "with false provenance is blocked",
      factsOf(failing("false"), { predecessors: [] }),
      { decision: "block", score: 10, codes: ["false-provenance", "score"] },
    ],
    [
      "from a workflow with another name installs",
      factsOf(verifiedAs(provenanceOf({ workflow: ".github/workflows/publish.yml" }))),
      { decision: "allow", score: 94, codes: [] },
    ],
    [
      "from another workflow, on the main branch instead of a tag, installs",
      factsOf(
        verifiedAs(provenanceOf({ workflow: ".github/workflows/x.yml", ref: "refs/heads/main" })),
      ),
      { decision: "allow", score: 88, codes: [] },
    ],
    [
      "from a repository that went to an organisation installs",
      factsOf(verifiedAs(provenanceOf({ repository: "https://github.com/org/w", ownerId: "9" }))),
      { decision: "allow", score: 100, codes: [] },
    ],
    [
      "that could not be asked about installs, as policy has it",
      factsOf(UNKNOWN),
      { decision: "allow", score: 100, codes: [] },
    ],
    [
      "as expected installs",
      factsOf(verifiedAs(provenanceOf()), { expectations }),
      { decision: "allow", score: 100, codes: [] },
    ],
    [
      "from elsewhere than expected is blocked, first version or not",
      factsOf(verifiedAs(provenanceOf(evil)), { expectations, predecessors: [] }),
      { decision: "block", score: 65, codes: ["unexpected-provenance", "score"] },
    ],
    [
      "without the provenance that is demanded is blocked",
      factsOf(ABSENT, { expectations, predecessors: [] }),
      { decision: "block", score: 65, codes: ["unexpected-provenance", "score"] },
    ],
    [
      "whose demanded provenance could not be asked for is held",
      factsOf(UNKNOWN, { expectations, predecessors: [] }),
      { decision: "hold", score: 75, codes: ["unverified-provenance", "score"] },
    ],
  ])("%s", async (_what, facts, expected) => {
    expect(await outcomeOn(facts)).toEqual(expected);
  });

  it("that could not be asked about is held where the policy says what unknown costs", async () => {
    const policy = policyWithRule("provenance-is-weaker", { unknown: "hold" });
    expect(await outcomeOn(factsOf(UNKNOWN), policy)).toEqual({
      decision: "hold",
      score: 100,
      codes: ["signal-unknown"],
    });
  });
});

describe("provenance that is valid", () => {
  it("answers all three questions with no", async () => {
    expect(
      await resultsOn(factsOf(verifiedAs(provenanceOf()), { expectations: [expectationOf()] })),
    ).toEqual(ALL_CLEAR);
  });

  it("earns no points", () => {
    expect(SCORE_PARTS.filter(({ signal }) => signal.startsWith("provenance-"))).toEqual([]);
  });

  it("makes nothing milder: hijacked builds sign validly", () => {
    fc.assert(
      fc.property(arbitraryExamination(), arbitraryPolicy(), (examination, policy) => {
        const { signalsDigest: _without, ...without } = judge(examination, policy);
        const proven = SIGNALS.map(({ id, version }) => ({ signal: id, version, result: CLEAR }));
        const results = [...examination.results, ...proven];
        const { signalsDigest: _with, ...withIt } = judge({ ...examination, results }, policy);
        expect(withIt).toEqual(without);
      }),
    );
  });

  it("does not keep malicious code from being blocked", () => {
    const guilty = { ...INNOCENT, "is-known-malicious": found("is-known-malicious", "critical") };
    const [alone, proven] = [guilty, { ...guilty, ...ALL_CLEAR }].map((results) => {
      const { decision, score, reasons } = judge(examinationOf(results), DEFAULT_POLICY);
      return { decision, score, reasons };
    });
    expect(proven).toEqual(alone);
    expect(proven?.decision).toBe("block");
  });
});
