import {
  CLEAR,
  foundOrClear,
  inapplicable,
  type SignalResult,
  unknown,
} from "../../../model/examination.ts";
import { complianceOf, expectationsFor, type Violation } from "../../../model/expectation.ts";
import { type Finding, finding } from "../../../model/finding.ts";
import type { Signal } from "../../signal.ts";

const ID = "provenance-is-unexpected";

export const provenanceIsUnexpected: Signal<"artifact" | "provenance"> = {
  id: ID,
  version: 1,
  title: "Comes from elsewhere than the policy expects",
  rationale:
    "The policy names the repository, workflow or builder that this package comes from. Provenance " +
    "that is missing or names others means that somebody else published it, or that the policy has " +
    "to follow a move: change [[provenance.expect]] when the move is announced.",
  needs: ["artifact", "provenance"],
  examine({ artifact, provenance }): SignalResult {
    const expectations = expectationsFor(artifact.ref.name, provenance.expectations);
    if (expectations.length === 0) return inapplicable("the policy expects nothing of its origin");
    const compliance = complianceOf(provenance.evidence.provenance, expectations);
    switch (compliance.state) {
      case "fulfilled":
        return CLEAR;
      case "violated":
        return foundOrClear(compliance.violations.map(findingOf));
      case "absent":
        return inapplicable("it has no provenance, and the policy does not demand any");
      case "unverified":
        return compliance.required
          ? foundOrClear([unverified(compliance.why)])
          : unknown(compliance.why);
    }
  },
};

interface Described {
  readonly claim: string;
  readonly noun: string;
}

const DESCRIBED: Readonly<Record<Violation["what"], Described>> = {
  provenance: { claim: "no-provenance", noun: "provenance" },
  repository: { claim: "repository", noun: "repository" },
  repositoryId: { claim: "repository-id", noun: "number of the repository" },
  ownerId: { claim: "owner-id", noun: "number of the repository's owner" },
  workflow: { claim: "workflow", noun: "workflow" },
  signer: { claim: "signer", noun: "signing workflow" },
  builder: { claim: "builder", noun: "builder" },
  runner: { claim: "runner", noun: "runner" },
  ref: { claim: "ref", noun: "ref" },
  issuer: { claim: "issuer", noun: "identity's issuer" },
};

function findingOf({ what, expected, found }: Violation): Finding {
  const { claim, noun } = DESCRIBED[what];
  const message = `The policy expects the ${noun} to be ${expected}; it is ${found ?? "not named"}.`;
  return finding(ID, claim, "high", "high", message);
}

function unverified(why: string): Finding {
  const reason = why.replace(/\.$/, "");
  const message = `The policy demands provenance, which could not be verified: ${reason}.`;
  return finding(ID, "unverified", "high", "medium", message);
}
