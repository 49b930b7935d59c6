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
    if (compliance.state === "violated") return foundOrClear(compliance.violations.map(findingOf));
    if (compliance.state === "unverified") {
      const { required, why } = compliance;
      return required ? foundOrClear([unverified(why)]) : unknown(why);
    }
    return compliance.state === "fulfilled" ? CLEAR : inapplicable(NOT_DEMANDED);
  },
};

const NOT_DEMANDED = "it has no provenance, and the policy does not demand any";

interface Described {
  readonly claim: string;
  readonly noun: string;
}

const DESCRIBED: Readonly<Record<Exclude<Violation["what"], "provenance">, Described>> = {
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
  if (what === "provenance") return unproven(found);
  const { claim, noun } = DESCRIBED[what];
  const message = `The policy expects the ${noun} to be ${expected}; it is ${found ?? "not named"}.`;
  return finding(ID, claim, "high", "high", message);
}

function unproven(why: string | undefined): Finding {
  const found = why === undefined ? "it has none" : `what it has is false: ${bare(why)}`;
  return finding(ID, "no-provenance", "high", "high", `The policy demands provenance; ${found}.`);
}

function unverified(why: string): Finding {
  const message = `The policy demands provenance, which could not be verified: ${bare(why)}.`;
  return finding(ID, "unverified", "high", "medium", message);
}

function bare(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
