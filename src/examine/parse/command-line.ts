import { shellWords, type Token, type Word } from "./shell-words.ts";

/** A command line of a package script, read but not run. Written by the package's author. */
export interface CommandLine {
  readonly pipelines: readonly Pipeline[];
  /** False when a bound was hit or a quote is never closed: there may be more than was read. */
  readonly complete: boolean;
}

export interface Pipeline {
  readonly stages: readonly Stage[];
  /** Goes on after the line has ended: `&`, `nohup`, `setsid`, `start /b`. */
  readonly background: boolean;
  /** A failure of this part is swallowed: `|| true`, `|| exit 0`. */
  readonly excused: boolean;
}

export interface Stage {
  /** Lower case, without folder and `.exe`; "" for a group. */
  readonly program: string;
  /** The program as it is written: a path, when it is one. */
  readonly command: string;
  readonly args: readonly string[];
  /** Files that its output is written to. */
  readonly writesTo: readonly string[];
  /** Command substitutions, process substitutions and groups among its words. */
  readonly substitutions: readonly CommandLine[];
  /** What it was given as text to run: the argument of `sh -c`, `cmd /c`, `powershell -Command`. */
  readonly script: CommandLine | undefined;
  /** The program's name is pieced together or hidden by quotes, escapes or variables. */
  readonly disguised: boolean;
  /** Started through `nohup`, `setsid` or the like. */
  readonly detached: boolean;
}

export const COMMAND_LENGTH_MAX = 8_192;
const NESTING_MAX = 6;

const BACKGROUND = new Set(["nohup", "setsid", "disown", "daemonize"]);
/** Programs that run the program named after their own arguments. */
const WRAPPERS = new Set([
  "sudo", "doas", "env", "cross-env", "cross-env-shell", "nohup", "setsid", "time", "timeout", "exec",
  "command", "builtin", "nice", "ionice", "stdbuf", "xargs", "busybox", "then", "do", "else", "if",
  "while", "until", "!", "call", "start", "@",
]); // prettier-ignore
export const SHELLS: ReadonlySet<string> = new Set([
  "sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "cmd", "powershell", "pwsh",
]); // prettier-ignore

export function parseCommandLine(text: string, nesting = 0): CommandLine {
  if (nesting > NESTING_MAX) return { pipelines: [], complete: false };
  const { tokens, closed } = shellWords(text.slice(0, COMMAND_LENGTH_MAX));
  const pipelines = pipelinesOf(tokens, nesting);
  const complete = closed && text.length <= COMMAND_LENGTH_MAX && pipelines.every(isComplete);
  return { pipelines, complete };
}

function isComplete(pipeline: Pipeline): boolean {
  return pipeline.stages.every(
    (stage) =>
      stage.substitutions.every((line) => line.complete) && (stage.script?.complete ?? true),
  );
}

/** Every pipeline of a line, those inside substitutions and `sh -c` scripts included. */
export function allPipelines(line: CommandLine): readonly Pipeline[] {
  return line.pipelines.flatMap((pipeline) => [
    pipeline,
    ...pipeline.stages.flatMap((stage) =>
      [...stage.substitutions, ...(stage.script === undefined ? [] : [stage.script])].flatMap(
        allPipelines,
      ),
    ),
  ]);
}

function pipelinesOf(tokens: readonly Token[], nesting: number): readonly Pipeline[] {
  const pipelines: Pipeline[] = [];
  let stages: Token[][] = [[]];
  const flush = (operator: string): void => {
    const read = stages.filter((stage) => stage.length > 0).map((stage) => stageOf(stage, nesting));
    stages = [[]];
    const last = pipelines.at(-1);
    if (read.length === 0) return;
    if (last !== undefined && previous === "||" && swallows(read[0])) {
      pipelines[pipelines.length - 1] = { ...last, excused: true };
    }
    const background = operator === "&" || read.some((stage) => stage.detached);
    pipelines.push({ stages: read, background, excused: false });
    previous = operator;
  };
  let previous = "";
  for (const token of tokens) {
    const operator = token.kind === "operator" ? token.text : "";
    if (operator === "|") stages.push([]);
    else if (["&&", "||", ";", "&"].includes(operator)) flush(operator);
    else stages.at(-1)?.push(token);
  }
  flush("");
  return pipelines;
}

function swallows(stage: Stage | undefined): boolean {
  return (
    stage !== undefined &&
    (["true", ":", "echo"].includes(stage.program) ||
      (stage.program === "exit" && stage.args[0] === "0"))
  );
}

function stageOf(tokens: readonly Token[], nesting: number): Stage {
  const { words, targets } = splitRedirects(tokens);
  const { command, wrappers } = unwrap(words);
  const [name, ...rest] = command;
  const program = name === undefined ? "" : programName(name);
  const args = rest.map((word) => word.text);
  const nested = [...words, ...targets].flatMap((word) => word.nested);
  const script = SHELLS.has(program) ? scriptOf(program, args) : undefined;
  return {
    program,
    command: name?.text ?? "",
    args,
    writesTo: targets.map((word) => word.text),
    substitutions: nested.map((text) => parseCommandLine(text, nesting + 1)),
    script: script === undefined ? undefined : parseCommandLine(script, nesting + 1),
    disguised: name !== undefined && (name.broken || /^[$%][\w{]/.test(name.text)),
    detached: wrappers.some((wrapper) => BACKGROUND.has(wrapper)),
  };
}

function splitRedirects(tokens: readonly Token[]): {
  readonly words: readonly Word[];
  readonly targets: readonly Word[];
} {
  const words: Word[] = [];
  const targets: Word[] = [];
  let redirect = "";
  for (const token of tokens) {
    if (token.kind === "operator") redirect = token.text;
    else {
      (redirect === ">" ? targets : words).push(token);
      redirect = "";
    }
  }
  return { words, targets };
}

/** Steps over assignments, `sudo`, `env -i`, `timeout 5` and the like to what is really run. */
function unwrap(words: readonly Word[]): {
  readonly command: readonly Word[];
  readonly wrappers: readonly string[];
} {
  const wrappers: string[] = [];
  let at = 0;
  for (; at < words.length; at += 1) {
    const text = words[at]?.text ?? "";
    const name = programName({ text });
    if (WRAPPERS.has(name)) wrappers.push(name);
    else if (/^[A-Za-z_]\w*=/.test(text)) continue;
    else if (wrappers.length === 0 || !/^(?:-|\/[a-z]$|\d+[smh]?$)/i.test(text)) break;
  }
  return { command: words.slice(at), wrappers };
}

function programName(word: { readonly text: string; readonly nested?: readonly string[] }): string {
  if (word.nested !== undefined && word.nested.length > 0 && /^[({]/.test(word.text)) return "";
  // `curl$IFS-o` is curl.
  const [plain = word.text] = /^[^$\s]+(?=\$)/.exec(word.text) ?? [];
  const base = plain.replace(/^@/, "").split(/[\\/]/).at(-1) ?? "";
  return base.toLowerCase().replace(/\.(?:exe|cmd|bat|com)$/, "");
}

/** The text that a shell is told to run, if it is told so on its command line. */
function scriptOf(program: string, args: readonly string[]): string | undefined {
  if (program === "cmd") return afterFlag(args, /^\/[ckr]$/i);
  if (program === "powershell" || program === "pwsh") {
    return afterFlag(args, /^[-/]c(?:o(?:m(?:m(?:a(?:n(?:d)?)?)?)?)?)?$/i);
  }
  // `-lc` and `-ec` carry the c among other letters.
  return afterFlag(args, /^-[a-z]*c$/)?.slice(0, COMMAND_LENGTH_MAX);
}

function afterFlag(args: readonly string[], flag: RegExp): string | undefined {
  const at = args.findIndex((arg) => flag.test(arg));
  if (at === -1) return undefined;
  const rest = args.slice(at + 1);
  // A POSIX shell takes one argument; cmd and PowerShell take the rest of the line.
  return /^-[a-z]*c$/.test(args[at] ?? "") ? rest[0] : rest.join(" ");
}
