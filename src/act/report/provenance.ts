import type { JsonObject } from "../../model/canonical.ts";
import { printInstant } from "../../model/instant.ts";
import { printable } from "../../model/printable.ts";
import type { Evidence, PackageEvidence, Provenance, Refusal } from "../../model/provenance.ts";
import { styled, wrapped, type Layout } from "./layout.ts";
import { MEANING_OF_CAUSE, MEANING_OF_STEP } from "./provenance-steps.ts";

/** Shown for what verified, and for nothing else. */
export const SHIELD = "🛡";

const CI_NAMES: Readonly<Record<Provenance["ci"], string>> = {
  "github-actions": "GitHub Actions",
  "gitlab-ci": "GitLab CI",
  other: "another build service",
};

/** "Published from …", when a build statement verified and nothing else about the version failed. */
export function shieldOf(evidence: PackageEvidence): string | undefined {
  const { provenance, publish, registrySignature } = evidence;
  if (provenance.state !== "verified") return undefined;
  if (publish.state === "failed" || registrySignature.state === "failed") return undefined;
  const { ci, commit, repository } = provenance.value;
  const source = `${repository.replace(/^https:\/\//, "")}@${commit}`;
  return printable(`Published from ${source} via ${CI_NAMES[ci]}`);
}

/** For the page about a version; empty where nobody asked. */
export function provenanceLines(
  evidence: PackageEvidence | undefined,
  layout: Layout,
): readonly string[] {
  if (evidence === undefined) return [];
  const shield = shieldOf(evidence);
  return [
    ...(shield === undefined ? [] : [styled("green", `  ${SHIELD} ${shield}`, layout)]),
    ...partsOf(evidence).flatMap(([titles, part]) =>
      evidenceLines(titles.join(", "), part, layout),
    ),
    ...(evidence.provenance.state === "verified" ? detailLines(evidence.provenance.value) : []),
  ];
}

type Part = readonly [titles: readonly string[], evidence: Evidence<unknown>];

/** What is not known for one reason is said once. */
function partsOf({ provenance, publish, registrySignature }: PackageEvidence): readonly Part[] {
  const parts: readonly (readonly [string, Evidence<unknown>])[] = [
    ["registry signature", registrySignature],
    ["publish attestation", publish],
    ["provenance", provenance],
  ];
  const groups = Map.groupBy(parts, ([title, part]) =>
    part.state === "unknown" ? part.why : title,
  );
  return [...groups.values()].flatMap((group): readonly Part[] => {
    const [first] = group;
    return first === undefined ? [] : [[group.map(([title]) => title), first[1]]];
  });
}

function evidenceLines(
  title: string,
  evidence: Evidence<unknown>,
  layout: Layout,
): readonly string[] {
  if (evidence.state === "failed") return failedLines(title, evidence, layout);
  const text =
    evidence.state === "verified"
      ? "verified"
      : evidence.state === "absent"
        ? "there is none"
        : `not known: ${printable(evidence.why)}`;
  return wrapped(`${title}: ${text}`, "  ", layout);
}

/** What failed, where, and what that means: what its step means, unless something else is given. */
export function failedLines(
  title: string,
  { cause, step, why }: Refusal,
  layout: Layout,
  meaning: string = MEANING_OF_STEP[step],
): string[] {
  const failed = wrapped(`${title}: FAILED at ${step}: ${printable(why)}`, "  ", layout);
  const whole = [meaning, MEANING_OF_CAUSE[cause] ?? ""].join(" ").trim();
  return [...failed.map((line) => styled("red", line, layout)), ...wrapped(whole, "    ", layout)];
}

/** Not broken: these are addresses and commits, to be copied. */
function detailLines(value: Provenance): readonly string[] {
  return detailsOf(value).flatMap(([name, text]) =>
    text === undefined ? [] : [`    ${name.padEnd(11)}${printable(text)}`],
  );
}

/** Everything a person needs to go and look; a statement's own times are said to be its own. */
function detailsOf(value: Provenance): readonly (readonly [string, string | undefined])[] {
  const { finishedAtMs, startedAtMs } = value;
  const built = [startedAtMs, finishedAtMs].map((ms) =>
    ms === undefined ? undefined : printInstant(ms),
  );
  return [
    ["repository", value.repository],
    ["commit", value.commit],
    ["ref", value.ref],
    ["workflow", value.workflow],
    ["signer", value.signer],
    ["runner", `${value.runner} (${value.builder})`],
    ["trigger", value.trigger],
    ["run", value.runUrl],
    ["started", built[0] === undefined ? undefined : `${built[0]} (the build's own word)`],
    ["finished", built[1] === undefined ? undefined : `${built[1]} (the build's own word)`],
    ["signed", printInstant(value.signedAtMs)],
  ];
}

/** As in `veln package --json` and `veln provenance … --json`. */
export function provenanceReport(evidence: PackageEvidence): JsonObject {
  return {
    shield: shieldOf(evidence) ?? null,
    provenance: evidenceReport(evidence.provenance, (value) => ({ ...definedIn(value) })),
    publish: evidenceReport(evidence.publish, (value) => ({ ...value })),
    registrySignature: evidenceReport(evidence.registrySignature, (value) => ({ ...value })),
    trustedPublisher: evidence.trustedPublisher ?? null,
  };
}

/** `{state}` with the verified value's fields, `{state, why}`, or `{state, step, cause, why}`. */
export function evidenceReport<Value>(
  evidence: Evidence<Value>,
  fieldsOf: (value: Value) => JsonObject,
): JsonObject {
  return evidence.state === "verified"
    ? { state: evidence.state, ...fieldsOf(evidence.value) }
    : { ...evidence };
}

function definedIn(value: Provenance): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, string | number | undefined]) => [
      name,
      field ?? null,
    ]),
  );
}
