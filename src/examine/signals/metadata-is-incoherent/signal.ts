import { foundOrClear, type SignalResult } from "../../../model/examination.ts";
import { type Finding, finding, type Severity } from "../../../model/finding.ts";
import type { Manifest } from "../../../model/manifest.ts";
import { isExactVersion, isPackageName, type PackageRef } from "../../../model/package-ref.ts";
import { isSpdxExpression } from "./license.ts";
import type { Signal } from "../../signal.ts";

const ID = "metadata-is-incoherent";

export const metadataIsIncoherent: Signal<"artifact" | "manifest"> = {
  id: ID,
  version: 1,
  title: "Says contradictory or unusable things about itself",
  rationale:
    "Packages that are cared for have a name, a version, a licence and a description that make " +
    "sense. Throw-away packages often do not. By itself this is a hint and no more.",
  needs: ["artifact", "manifest"],
  examine({ artifact, manifest }): SignalResult {
    return foundOrClear([
      ...nameFindings(manifest, artifact.ref),
      ...versionFindings(manifest, artifact.ref),
      ...licenseFindings(manifest),
      ...descriptionFindings(manifest),
      ...repositoryFindings(manifest),
    ]);
  },
};

function say(claim: string, severity: Severity, message: string, excerpt?: string): Finding {
  const evidence = excerpt === undefined ? {} : { excerpt };
  return finding(ID, claim, severity, "high", message, { file: "package.json", ...evidence });
}

function nameFindings({ name }: Manifest, ref: PackageRef): readonly Finding[] {
  if (name === undefined) return [say("no-name", "low", "package.json gives no name.")];
  const trimmed = name.trim();
  if (!isPackageName(trimmed)) {
    return [say("bad-name", "low", "The name in package.json is not a package name.", name)];
  }
  // Registries once lowered the case of names themselves.
  if (trimmed.toLowerCase() === ref.name.toLowerCase()) return [];
  const message = `It is published as ${ref.name} and calls itself ${name}.`;
  return [say("other-name", "low", message, name)];
}

function versionFindings({ version }: Manifest, ref: PackageRef): readonly Finding[] {
  if (version === undefined) return [say("no-version", "low", "package.json gives no version.")];
  const plain = version.trim().replace(/^[=v]+/, "");
  if (!isExactVersion(plain)) {
    return [say("bad-version", "low", "The version is not a semantic version.", version)];
  }
  // Build metadata does not take part in precedence, and registries drop it (semver 2.0.0, item 10).
  if (withoutBuild(plain) === withoutBuild(ref.version)) return [];
  const message = `It is published as version ${ref.version} and calls itself ${version}.`;
  return [say("other-version", "low", message, version)];
}

function withoutBuild(version: string): string {
  return version.split("+", 1)[0] ?? "";
}

function licenseFindings({ license }: Manifest): readonly Finding[] {
  if (license === undefined || license.trim() === "") {
    return [say("no-license", "low", "package.json names no licence.")];
  }
  // The two forms that npm documents for what SPDX cannot say.
  if (/^(?:SEE LICEN[SC]E IN |UNLICENSED$)/i.test(license.trim())) return [];
  if (isSpdxExpression(license.trim())) return [];
  return [say("bad-license", "info", "The licence is not an SPDX expression.", license)];
}

/** Sentences that only a machine which judges packages could be meant to read. */
const TO_SCANNERS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:previous|prior|earlier|above)\s+(?:instructions?|prompts?|rules?)\b/i,
  /\b(?:this|the)\s+package\s+(?:is|has been)\s+(?:verified|certified|confirmed|marked)\s+(?:as\s+)?(?:safe|clean|benign|harmless)\b/i,
  /\b(?:security\s+)?(?:scanners?|analy[sz]ers?|auditors?|reviewers?|language models?|LLMs?|AIs?)\s+(?:should|must|may|can)\s+(?:skip|ignore|approve|trust|allow)\b/i,
  /<\/?(?:system|assistant|instructions?)>/i,
];

const DESCRIPTION_READ_MAX = 10_000;

function descriptionFindings({ description }: Manifest): readonly Finding[] {
  if (description === undefined || description.trim() === "") {
    return [say("no-description", "info", "package.json has no description.")];
  }
  const text = description.slice(0, DESCRIPTION_READ_MAX);
  const found = TO_SCANNERS.map((pattern) => pattern.exec(text)).find((match) => match !== null);
  if (found === undefined) return [];
  const message = "The description speaks to the programs and models that judge packages.";
  return [say("speaks-to-scanners", "medium", message, text.slice(found.index))];
}

function repositoryFindings({ repository }: Manifest): readonly Finding[] {
  if (repository === undefined || repository.trim() === "") return [];
  const text = repository.trim();
  // An address, `host:owner/name`, `owner/name`, or ssh's `user@host:path`; what it leads to is not
  // asked here.
  if (
    text.length <= 2048 &&
    /^(?:[a-z][a-z0-9+.-]*:\S+|[^\s/]+\/\S+|[^\s@]+@[^\s:]+:\S+)$/i.test(text)
  ) {
    return [];
  }
  return [say("bad-repository", "info", "The repository is not an address.", repository)];
}
