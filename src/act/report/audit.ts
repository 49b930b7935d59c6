import {
  artifactStateOf,
  AUDIT_STATES,
  isUnsigned,
  stateOf,
  summaryOf,
  type ArtifactEvidence,
  type Audit,
  type AuditedPackage,
  type AuditState,
} from "../../model/audit.ts";
import type { JsonObject } from "../../model/canonical.ts";
import type { Violation } from "../../model/expectation.ts";
import { printInstant } from "../../model/instant.ts";
import { npmRef, toPurl } from "../../model/package-ref.ts";
import { printable } from "../../model/printable.ts";
import type { Evidence } from "../../model/provenance.ts";
import { counted, printElapsed, styled, wrapped, type Layout } from "./layout.ts";
import { evidenceReport, failedLines, provenanceReport } from "./provenance.ts";

const LOCATIONS_SHOWN_MAX = 3;
const NAMES_SHOWN_MAX = 20;
const FAILED_SHOWN_MAX = 100;

/** For people; ends in a line feed. Worst first, and whatever is in order only counted. */
export function auditPage(audit: Audit, layout: Layout): string {
  const byState = Map.groupBy(audit.packages, stateOf);
  const failed = byState.get("failed") ?? [];
  const unsigned = audit.packages.filter(isUnsigned);
  const sections = [
    headLines(audit, layout),
    ...failed.slice(0, FAILED_SHOWN_MAX).map((item) => failedPackage(item, layout)),
    failed.length > FAILED_SHOWN_MAX
      ? [`and ${String(failed.length - FAILED_SHOWN_MAX)} more that failed; --json shows all`]
      : [],
    listed(
      "Not signed, though the registry signs other versions",
      groups(unsigned, noReason),
      layout,
    ),
    listed(
      "Not known, which is not the same as clear",
      groups(byState.get("unknown") ?? [], reasonOf),
      layout,
    ),
    listed(
      "Outside the registry, so nobody vouches for them",
      groups(byState.get("outside") ?? [], ({ locked }) => locked.source),
      layout,
    ),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

const WORDS: Readonly<Record<AuditState, string>> = {
  failed: "failed",
  unknown: "unknown",
  absent: "without provenance or signature",
  verified: "verified",
  outside: "outside the registry",
};

function headLines(audit: Audit, layout: Layout): readonly string[] {
  const { elapsedMs, lockfile, packages, passedOver, trust } = audit;
  const summary = summaryOf(packages);
  const counts = AUDIT_STATES.filter((state) => summary[state] > 0).map(
    (state) => `${String(summary[state])} ${WORDS[state]}`,
  );
  const audited = `${counted(packages.length, "package")} of ${printable(lockfile.path)}`;
  const result = counts.length === 0 ? "" : `: ${counts.join(", ")}`;
  return [
    ...wrapped(`Audited ${audited} in ${printElapsed(elapsedMs)}${result}.`, "", layout),
    ...wrapped(`Verified: ${verifiedParts(packages)}.`, "", layout),
    ...(passedOver.length === 0
      ? []
      : wrapped(`There are others, which were not read: ${passedOver.join(", ")}.`, "", layout)),
    ...trust.flatMap(({ note, registry }) =>
      note === undefined ? [] : wrapped(`Trust for ${printable(registry)}: ${note}`, "", layout),
    ),
  ];
}

/** What was looked at, and how often it held. */
function verifiedParts(packages: readonly AuditedPackage[]): string {
  const parts: readonly (readonly [string, (audited: AuditedPackage) => Evidence<unknown>])[] = [
    ["registry signature", ({ evidence }) => evidence.registrySignature],
    ["publish attestation", ({ evidence }) => evidence.publish],
    ["provenance", ({ evidence }) => evidence.provenance],
    ["lockfile's digest against the registry's", ({ artifact }) => artifact.lockfile],
    ["tarball on this machine against that digest", ({ artifact }) => artifact.tarball],
    ["name and version of what is installed", ({ artifact }) => artifact.installed],
  ];
  return parts
    .map(([title, partOf]) => {
      const held = packages.filter((audited) => partOf(audited).state === "verified");
      return `${title} ${String(held.length)}`;
    })
    .join(", ");
}

function failedPackage(audited: AuditedPackage, layout: Layout): readonly string[] {
  const { artifact, compliance, downgrade, evidence, locked } = audited;
  const violations = compliance?.state === "violated" ? compliance.violations : [];
  const weaknesses = downgrade.state === "weaker" ? downgrade.weaknesses : [];
  return [
    `${styled(["bold", "red"], "FAILED", layout)} ${styled("bold", nameOf(audited), layout)}`,
    ...wrapped(placesOf(locked.locations), "  ", layout),
    ...failures("lockfile", artifact.lockfile, layout, MEANING.lockfile),
    ...failures("tarball", artifact.tarball, layout, MEANING.tarball),
    ...failures("installed files", artifact.installed, layout, MEANING.installed),
    ...failures("registry signature", evidence.registrySignature, layout),
    ...failures("publish attestation", evidence.publish, layout),
    ...failures("provenance", evidence.provenance, layout),
    ...violations.flatMap((violation) => wrapped(sentenceOn(violation), "  ", layout)),
    ...weaknesses.flatMap(({ why }) => wrapped(`weaker than before: ${why}`, "  ", layout)),
  ];
}

/** No signature speaks of these: they are what this machine and the lockfile say. */
const MEANING = {
  lockfile:
    "Whoever wrote the lockfile got other bytes than the registry has now: one of the two was exchanged.",
  tarball: "The tarball on this machine is not the one that the lockfile wants. Do not install it.",
  installed:
    "What is installed is not what the lockfile names: a clean install mends it, and what changed it is worth a look.",
} as const;

function failures(
  title: string,
  evidence: Evidence<unknown>,
  layout: Layout,
  meaning?: string,
): readonly string[] {
  return evidence.state === "failed" ? failedLines(title, evidence, layout, meaning) : [];
}

function sentenceOn({ expected, found, what }: Violation): string {
  const is = found === undefined ? "there is none" : `it is ${printable(found)}`;
  return `not as the policy expects: ${what} should be ${printable(expected)}, and ${is}`;
}

function nameOf({ locked: { name, version } }: AuditedPackage): string {
  return version === "" ? name : `${name}@${version}`;
}

function placesOf(locations: readonly string[]): string {
  const shown = locations.slice(0, LOCATIONS_SHOWN_MAX).map((location) => printable(location));
  const left = locations.length - shown.length;
  return [...shown, ...(left === 0 ? [] : [`${String(left)} more places`])].join(", ");
}

type Groups = ReadonlyMap<string, readonly AuditedPackage[]>;

function groups(
  packages: readonly AuditedPackage[],
  keyOf: (audited: AuditedPackage) => string,
): Groups {
  return Map.groupBy(packages, keyOf);
}

const noReason = (): string => "";

/** The first thing that is not known about it. */
function reasonOf({ artifact, compliance, downgrade, evidence }: AuditedPackage): string {
  const parts = [
    evidence.registrySignature,
    evidence.publish,
    evidence.provenance,
    compliance?.state === "unverified"
      ? { state: "unknown" as const, why: compliance.why }
      : undefined,
    downgrade,
    artifact.lockfile,
  ];
  const open = parts.find((part) => part?.state === "unknown");
  return open !== undefined && "why" in open ? open.why : "";
}

function listed(title: string, all: Groups, layout: Layout): readonly string[] {
  if (all.size === 0) return [];
  return [
    styled("underline", title, layout),
    ...[...all].flatMap(([reason, packages]) => {
      const why = printable(reason.replace(/\.$/, ""));
      const start = why === "" ? "" : `${why} (${counted(packages.length, "package")}): `;
      return wrapped(`${start}${namesOf(packages)}`, "  ", layout);
    }),
  ];
}

function namesOf(packages: readonly AuditedPackage[]): string {
  const shown = packages.slice(0, NAMES_SHOWN_MAX).map(nameOf);
  const left = packages.length - shown.length;
  return [...shown, ...(left === 0 ? [] : [`and ${String(left)} more`])].join(", ");
}

/** `veln provenance audit --json`, as one document; packages in the order of the lockfile. */
export function auditReport(audit: Audit): JsonObject {
  const { elapsedMs, lockfile, packages, passedOver, trust } = audit;
  return {
    lockfile: { path: lockfile.path, format: lockfile.format, passedOver },
    packages: packages.map(packageReport),
    summary: { ...summaryOf(packages) },
    trust: trust.map(({ asOfMs, kind, note, registry }) => ({
      registry,
      kind,
      asOf: asOfMs === undefined ? null : printInstant(asOfMs),
      note: note ?? null,
    })),
    elapsedMs,
  };
}

function packageReport(audited: AuditedPackage): JsonObject {
  const { compliance, downgrade, evidence, locked } = audited;
  const { dev, locations, name, optional, resolved, source, version } = locked;
  return {
    // A name and version that no registry could have make no purl.
    ref: source === "registry" ? toPurl(npmRef(name, version)) : null,
    name,
    version: version === "" ? null : version,
    source,
    resolved: resolved ?? null,
    locations,
    dev: dev ?? null,
    optional: optional ?? null,
    state: stateOf(audited),
    ...provenanceReport(evidence),
    artifact: artifactReport(audited.artifact),
    expectation: compliance === undefined ? { state: "none" } : complianceReport(compliance),
    downgrade: downgradeReport(downgrade),
  };
}

function artifactReport(artifact: ArtifactEvidence): JsonObject {
  const { installed, lockfile, tarball } = artifact;
  return {
    state: artifactStateOf(artifact),
    lockfile: evidenceReport(lockfile, (value) => ({ ...value })),
    tarball: evidenceReport(tarball, (value) => ({ ...value })),
    installed: evidenceReport(installed, (value) => ({ ...value })),
  };
}

function complianceReport(compliance: NonNullable<AuditedPackage["compliance"]>): JsonObject {
  if (compliance.state !== "violated") return { ...compliance };
  const violations = compliance.violations.map(({ expected, found, what }) => ({
    what,
    expected,
    found: found ?? null,
  }));
  return { state: compliance.state, violations };
}

function downgradeReport(downgrade: AuditedPackage["downgrade"]): JsonObject {
  if (downgrade.state !== "weaker") return { ...downgrade };
  return { state: downgrade.state, weaknesses: downgrade.weaknesses.map((item) => ({ ...item })) };
}
