import { foldedAddress, matchesPattern } from "./address.ts";
import { matchesPackage } from "./cooling.ts";
import type { Evidence, Provenance } from "./provenance.ts";

/**
 * What a person expects of a package's origin. Everything that is given must hold; several
 * expectations of one package must hold together, so that another one never makes it milder.
 */
export interface Expectation {
  /** A name, or a scope as `@scope/*`. */
  readonly package: string;
  /** Whether provenance must be there and verified; if not, it must be right when it is there. */
  readonly required: boolean;
  /** Exact, or with `*` within a segment: see `matchesPattern`. So are the other addresses. */
  readonly repository: string | undefined;
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
  readonly workflow: string | undefined;
  readonly signer: string | undefined;
  readonly builder: string | undefined;
  readonly runner: "hosted" | "self-hosted" | "any";
  readonly ref: string | undefined;
  /** Exact. */
  readonly issuer: string | undefined;
}

type ExpectedField = Exclude<keyof Expectation, "package" | "required">;

export interface Violation {
  /** "provenance": there is none that verifies, and an expectation demands it. */
  readonly what: ExpectedField | "provenance";
  readonly expected: string;
  /** Undefined when there is no provenance, or when it does not say this. */
  readonly found: string | undefined;
}

export type Compliance =
  | { readonly state: "fulfilled" }
  | { readonly state: "violated"; readonly violations: readonly [Violation, ...Violation[]] }
  /** Nobody could be asked, or nobody vouches who is trusted. `required`: an expectation wants it. */
  | { readonly state: "unverified"; readonly required: boolean; readonly why: string }
  /** There is no provenance, and no expectation demands it. */
  | { readonly state: "absent" };

export function expectationsFor(
  name: string,
  expectations: readonly Expectation[],
): readonly Expectation[] {
  return expectations.filter((expectation) => matchesPackage(expectation.package, name));
}

/** @param expectations all of them for the package that the evidence is about */
export function complianceOf(
  evidence: Evidence<Provenance>,
  expectations: readonly Expectation[],
): Compliance {
  const required = expectations.some((expectation) => expectation.required);
  if (evidence.state === "verified") {
    return judged(expectations.flatMap((item) => violationsOf(evidence.value, item)));
  }
  if (evidence.state === "absent") {
    return required ? judged([unproven(undefined)]) : { state: "absent" };
  }
  const { why } = evidence;
  return evidence.state === "failed" && evidence.cause === "false"
    ? judged([unproven(why)])
    : { state: "unverified", required, why };
}

function unproven(found: string | undefined): Violation {
  return { what: "provenance", expected: "verified", found };
}

function judged(violations: readonly Violation[]): Compliance {
  const [first, ...rest] = violations;
  return first === undefined
    ? { state: "fulfilled" }
    : { state: "violated", violations: [first, ...rest] };
}

interface Comparison {
  readonly what: ExpectedField;
  readonly holds: (wanted: string, found: string) => boolean;
}

const matchesAddress = (wanted: string, found: string): boolean =>
  matchesPattern(foldedAddress(wanted), foldedAddress(found));
const isSame = (wanted: string, found: string): boolean => wanted === found;
const isSameAddress = (wanted: string, found: string): boolean =>
  foldedAddress(wanted) === foldedAddress(found);
const isRunner = (wanted: string, found: string): boolean => wanted === "any" || wanted === found;

const COMPARISONS: readonly Comparison[] = [
  { what: "repository", holds: matchesAddress },
  { what: "repositoryId", holds: isSame },
  { what: "ownerId", holds: isSame },
  { what: "workflow", holds: matchesPattern },
  { what: "signer", holds: matchesAddress },
  { what: "builder", holds: matchesAddress },
  { what: "runner", holds: isRunner },
  { what: "ref", holds: matchesPattern },
  { what: "issuer", holds: isSameAddress },
];

function violationsOf(provenance: Provenance, expectation: Expectation): readonly Violation[] {
  return COMPARISONS.flatMap(({ what, holds }) => {
    const expected = expectation[what];
    // What an early certificate leaves out is empty.
    const found = provenance[what] === "" ? undefined : provenance[what];
    if (expected === undefined || (found !== undefined && holds(expected, found))) return [];
    return [{ what, expected, found }];
  });
}
