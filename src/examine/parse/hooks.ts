import type { FileTree } from "../../model/file-tree.ts";
import type { Evidence } from "../../model/finding.ts";
import type { Manifest } from "../../model/manifest.ts";
import { allPipelines, type CommandLine, parseCommandLine, type Stage } from "./command-line.ts";

/** A command that npm runs when the package is installed from a registry. */
export interface Hook {
  readonly name: (typeof INSTALL_HOOKS)[number];
  readonly command: string;
  /** Not written in the manifest: npm runs node-gyp because a `binding.gyp` is there. */
  readonly implicit: boolean;
}

/** In the order npm runs them. `prepare` runs only where the source comes from git or a folder. */
const INSTALL_HOOKS = ["preinstall", "install", "postinstall"] as const;

export const IMPLICIT_INSTALL = "node-gyp rebuild";

export function installHooks(manifest: Manifest, hasBindingGyp: boolean): readonly Hook[] {
  const hooks: Hook[] = INSTALL_HOOKS.flatMap((name) => {
    const command = manifest.scripts.get(name);
    // npm skips an empty command.
    return command === undefined || command.trim() === ""
      ? []
      : [{ name, command, implicit: false }];
  });
  const builds = hooks.some((hook) => hook.name !== "postinstall");
  if (hasBindingGyp && !builds && manifest.gypfile !== false) {
    hooks.push({ name: "install", command: IMPLICIT_INSTALL, implicit: true });
  }
  return hooks;
}

/** Where a person sees the hook. */
export function evidenceOf(hook: Hook, files: FileTree): Evidence {
  if (hook.implicit) return { file: "binding.gyp", line: 1 };
  const entry = files.get("package.json");
  const place = { file: "package.json", excerpt: `"${hook.name}": "${hook.command}"` };
  const line = entry === undefined ? undefined : lineOfScript(files.text(entry), hook.name);
  return line === undefined ? place : { ...place, line };
}

function lineOfScript(text: string, name: string): number | undefined {
  const scripts = text.search(/"scripts"\s*:/);
  const at = text.indexOf(`"${name}"`, Math.max(0, scripts));
  return at === -1 ? undefined : text.slice(0, at).split("\n").length;
}

const SCRIPTS_FOLLOWED_MAX = 20;

/** The command line of a hook and of every `npm run` script it leads to. */
export function linesOf(hook: Hook, manifest: Manifest): readonly CommandLine[] {
  const lines: CommandLine[] = [];
  const seen = new Set<string>();
  const waiting = [hook.command];
  for (let command = waiting.pop(); command !== undefined; command = waiting.pop()) {
    if (seen.has(command) || seen.size >= SCRIPTS_FOLLOWED_MAX) continue;
    seen.add(command);
    const line = parseCommandLine(command);
    lines.push(line);
    const names = stagesOf(line).map(scriptRunBy);
    waiting.push(...names.flatMap((name) => scriptsNamed(name, manifest)));
  }
  return lines;
}

export function stagesOf(line: CommandLine): readonly Stage[] {
  return allPipelines(line).flatMap((pipeline) => pipeline.stages);
}

const RUNNERS: ReadonlySet<string> = new Set([
  "npm",
  "pnpm",
  "yarn",
  "bun",
  "npm-run-all",
  "run-s",
]);

function scriptRunBy(stage: Stage): string | undefined {
  if (!RUNNERS.has(stage.program)) return undefined;
  const words = stage.args.filter((arg) => !arg.startsWith("-"));
  const [first, second] = words;
  return first === "run" || first === "run-script" ? second : first;
}

function scriptsNamed(name: string | undefined, manifest: Manifest): readonly string[] {
  if (name === undefined) return [];
  return [`pre${name}`, name, `post${name}`].flatMap((each) => manifest.scripts.get(each) ?? []);
}

const SCRIPT_RUNNERS: ReadonlySet<string> = new Set([
  "node", "bun", "deno", "tsx", "ts-node", "sh", "bash", "zsh", "dash", "ksh", "python", "python3",
  "python2", "perl", "ruby", "php", "powershell", "pwsh", "source", ".", "cscript", "wscript",
]); // prettier-ignore

/** The package's own file that a stage runs, relative to the root; undefined when it runs none. */
export function targetOf(stage: Stage): string | undefined {
  if (stage.program === "") return undefined;
  if (/^[^-][^\s]*[\\/]/.test(stage.command)) return relativePath(stage.command);
  if (!SCRIPT_RUNNERS.has(stage.program)) return undefined;
  if (stage.args.some((arg) => INLINE_FLAG.test(arg))) return undefined;
  const file = stage.args.find((arg) => !arg.startsWith("-") && arg !== "run");
  return file === undefined ? undefined : relativePath(file);
}

/** Files that a line of code names: `python -c "import os; os.system('node x.js')"`. */
export function filesInCode({ program, args }: Stage): readonly string[] {
  if (!SCRIPT_RUNNERS.has(program) || !args.some((arg) => INLINE_FLAG.test(arg))) return [];
  const words = args.flatMap((arg) => arg.match(FILE_NAME) ?? []);
  return words.map(relativePath).filter((path) => path !== undefined);
}

const FILE_NAME = /[\w@.][\w@./-]*\.(?:[cm]?[jt]s|sh|py|ps1|bat)\b/g;
const INLINE_FLAG = /^(?:-e|-p|-pe|-c|--eval|--print|-command|-enc\w*)$/i;

function relativePath(word: string): string | undefined {
  if (/[$%*`]|^~|^\/|^[a-z]:|^https?:/i.test(word)) return undefined;
  const parts: string[] = [];
  for (const part of word.replaceAll("\\", "/").split("/")) {
    if (part === "..") return undefined;
    if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.length === 0 ? undefined : parts.join("/");
}

/** As Node finds the file that it is told to run: as named, with an extension, or a folder's index. */
export function resolveTarget(target: string, files: FileTree): string | undefined {
  const candidates = ["", ".js", ".json", ".node", "/index.js", ".cjs", ".mjs", ".ts"];
  return candidates.map((ending) => target + ending).find((path) => files.has(path));
}
