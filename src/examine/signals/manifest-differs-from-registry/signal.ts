import { foundOrClear, type SignalResult, unknown } from "../../../model/examination.ts";
import { type Confidence, type Finding, finding, type Severity } from "../../../model/finding.ts";
import type { Manifest } from "../../../model/manifest.ts";
import type { Signal } from "../../signal.ts";
import {
  commandsOf,
  holdsScripts,
  normalDependencies,
  normalName,
  normalScripts,
  normalSpec,
  normalVersion,
  sentOutside,
} from "./normal.ts";

const ID = "manifest-differs-from-registry";

export const manifestDiffersFromRegistry: Signal<"manifest" | "release"> = {
  id: ID,
  version: 1,
  title: "The package.json in the tarball is not the one the registry shows",
  rationale:
    "Package managers resolve from the registry's copy and run what the tarball holds; people " +
    "and scanners often read only one of the two. Where they differ, something is hidden.",
  needs: ["manifest", "release"],
  examine({ manifest, release }): SignalResult {
    const copy = release.manifest;
    const findings = [
      ...identityFindings(manifest, copy),
      ...scriptFindings(manifest, copy),
      ...dependencyFindings(manifest, copy),
      ...commandFindings(manifest, copy),
    ];
    // Abbreviated documents and some mirrors leave scripts out; then there is nothing to compare.
    const blind = !holdsScripts(copy) && installScriptsOf(manifest).length > 0;
    if (findings.length === 0 && blind) {
      return unknown("the registry's copy of the manifest leaves scripts out");
    }
    return foundOrClear(findings);
  },
};

function say(
  claim: string,
  severity: Severity,
  confidence: Confidence,
  message: string,
  excerpt?: string,
): Finding {
  const evidence = excerpt === undefined ? {} : { excerpt };
  return finding(ID, claim, severity, confidence, message, { file: "package.json", ...evidence });
}

function identityFindings(manifest: Manifest, copy: Manifest): readonly Finding[] {
  const findings: Finding[] = [];
  if (normalName(manifest.name) !== normalName(copy.name)) {
    const message = `The tarball calls itself ${String(manifest.name)}; the registry says ${String(copy.name)}.`;
    findings.push(say("name", "high", "high", message));
  }
  if (normalVersion(manifest.version) !== normalVersion(copy.version)) {
    const message = `The tarball says version ${String(manifest.version)}; the registry says ${String(copy.version)}.`;
    findings.push(say("version", "high", "high", message));
  }
  return findings;
}

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"] as const;

function installScriptsOf(manifest: Manifest): readonly string[] {
  return INSTALL_SCRIPTS.filter((name) => normalScripts(manifest).has(name));
}

function scriptFindings(manifest: Manifest, copy: Manifest): readonly Finding[] {
  if (!holdsScripts(copy)) return [];
  const [inside, shown] = [normalScripts(manifest), normalScripts(copy)];
  const findings: Finding[] = [];
  const others: string[] = [];
  for (const [name, command] of inside) {
    const other = shown.get(name);
    if (other === command) continue;
    if (!INSTALL_SCRIPTS.some((each) => each === name)) {
      others.push(name);
    } else if (other === undefined) {
      const message = `The tarball has a ${name} script that the registry does not show.`;
      findings.push(say("hidden-script", "high", "high", message, command));
    } else {
      const message = `The ${name} script in the tarball is not the one the registry shows (${other}).`;
      findings.push(say("other-script", "high", "high", message, command));
    }
  }
  for (const name of INSTALL_SCRIPTS) {
    const command = shown.get(name);
    // npm itself adds this command to its copy when there is a binding.gyp.
    if (command === undefined || inside.has(name) || command === "node-gyp rebuild") continue;
    const message = `The registry shows a ${name} script that the tarball does not have.`;
    findings.push(say("missing-script", "low", "high", message, command));
  }
  if (others.length > 0) {
    const message = `Scripts that do not run at install differ from the registry's: ${others.slice(0, 8).join(", ")}.`;
    findings.push(say("other-scripts", "info", "high", message));
  }
  return findings;
}

function dependencyFindings(manifest: Manifest, copy: Manifest): readonly Finding[] {
  const [inside, shown] = [normalDependencies(manifest), normalDependencies(copy)];
  const findings: Finding[] = [];
  for (const [name, spec] of inside) {
    const other = shown.get(name);
    if (other !== undefined && normalSpec(other) === normalSpec(spec)) continue;
    const excerpt = `"${name}": "${spec}"`;
    if (other === undefined) {
      // What lies in the tarball's own node_modules is not resolved by name.
      if (manifest.bundled.has(name)) continue;
      const message = `The tarball depends on ${name}, which the registry does not show.`;
      findings.push(say("hidden-dependency", "high", "high", message, excerpt));
    } else {
      const outside = sentOutside(spec) && !sentOutside(other);
      const message = `The tarball wants ${name} as ${spec}; the registry shows ${other}.`;
      const severity = outside ? "high" : "low";
      findings.push(say("other-dependency", severity, "high", message, excerpt));
    }
  }
  for (const [name, spec] of shown) {
    if (inside.has(name) || copy.bundled.has(name)) continue;
    const message = `The registry shows a dependency on ${name}, which is installed though the tarball does not ask for it.`;
    findings.push(say("added-dependency", "medium", "medium", message, `"${name}": "${spec}"`));
  }
  return findings;
}

function commandFindings(manifest: Manifest, copy: Manifest): readonly Finding[] {
  const [inside, shown] = [commandsOf(manifest), commandsOf(copy)];
  return [...inside].flatMap(([name, target]) => {
    const other = shown.get(name);
    if (other === target) return [];
    const excerpt = `"${name}": "${target}"`;
    const message =
      other === undefined
        ? `The tarball installs a command ${name} that the registry does not show.`
        : `The command ${name} runs ${target}; the registry shows ${other}.`;
    const claim = other === undefined ? "hidden-command" : "other-command";
    return [say(claim, "high", "high", message, excerpt)];
  });
}
