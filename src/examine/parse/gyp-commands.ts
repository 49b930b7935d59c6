import { normalize } from "node:path/posix";
import type { FileEntry, FileTree } from "../../model/file-tree.ts";

/** A command that gyp runs while it reads `binding.gyp`, or one that the build runs. */
export interface GypCommand {
  readonly text: string;
  readonly line: number;
  /** `expansion`: its output becomes part of the build description. */
  readonly kind: "expansion" | "action";
}

export interface GypCommands {
  readonly commands: readonly GypCommand[];
  /** False when a bound was hit: there may be more. */
  readonly complete: boolean;
}

const GYP_LENGTH_MAX = 512 * 1024;
const COMMANDS_MAX = 100;

/**
 * Commands in a build description (GYP input format: "Command Expansions" `<!(…)` and `<!@(…)`,
 * their late forms `>!` and `^!`, and the `action` lists). The format is a Python literal; only
 * what runs is looked for.
 */
export function gypCommands(text: string): GypCommands {
  const bounded = unescaped(text.slice(0, GYP_LENGTH_MAX));
  const found = [expansions(bounded), actions(bounded)].map((commands) =>
    commands.take(COMMANDS_MAX + 1).toArray(),
  );
  const complete =
    text.length <= GYP_LENGTH_MAX && found.every((list) => list.length <= COMMANDS_MAX);
  return { commands: found.flat(), complete };
}

/** Every letter may be written as an escape; a quote or backslash so written would end the string. */
function unescaped(text: string): string {
  return text.replace(
    /\\u00([2-7][\da-f])|\\x([2-7][\da-f])/gi,
    (_escape, wide?: string, narrow?: string) => {
      const letter = String.fromCharCode(Number.parseInt(wide ?? narrow ?? "20", 16));
      return /["'\\]/.test(letter) ? `\\${letter}` : letter;
    },
  );
}

const INCLUDES_MAX = 20;

/** `binding.gyp`, and the files of the package that it takes in. */
export function gypFiles(files: FileTree): readonly FileEntry[] {
  const entries: FileEntry[] = [];
  const waiting = ["binding.gyp"];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const entry = files.get(path);
    if (entry === undefined || entries.includes(entry) || entries.length >= INCLUDES_MAX) continue;
    entries.push(entry);
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    waiting.push(...includesIn(files.text(entry)).map((name) => normalize(folder + name)));
  }
  return entries;
}

/** Files that a build description takes in, as it names them. */
function includesIn(text: string): readonly string[] {
  const lists = unescaped(text.slice(0, GYP_LENGTH_MAX)).matchAll(
    /(['"])includes\1\s*:\s*\[([^\]]*)\]/g,
  );
  return [...lists]
    .flatMap(([, , list = ""]) =>
      [...list.matchAll(/(['"])([^'"]+)\1/g)].map(([, , path = ""]) => path),
    )
    .slice(0, INCLUDES_MAX);
}

function* expansions(text: string): Generator<GypCommand> {
  const lines = lineCounter(text);
  for (const match of text.matchAll(/[<>^]!@?(?=[([])/g)) {
    const start = match.index + match[0].length;
    const end = closing(text, start);
    const inner = text.slice(start + 1, end);
    const list = text.charAt(start) === "[" || /^\s*\[/.test(inner);
    yield {
      text: list ? joined(inner) : unescape(inner),
      line: lines(match.index),
      kind: "expansion",
    };
  }
}

function* actions(text: string): Generator<GypCommand> {
  const lines = lineCounter(text);
  for (const match of text.matchAll(/(['"])action\1\s*:\s*\[/g)) {
    const start = match.index + match[0].length - 1;
    const words = text.slice(start + 1, closing(text, start));
    yield { text: joined(words), line: lines(match.index), kind: "action" };
  }
}

const EXPANSION_LENGTH_MAX = 8_192;

function closing(text: string, start: number): number {
  const open = text.charAt(start);
  const close = open === "(" ? ")" : "]";
  const stop = Math.min(text.length, start + EXPANSION_LENGTH_MAX);
  let depth = 0;
  for (let at = start; at < stop; at += 1) {
    const character = text.charAt(at);
    if (character === open) depth += 1;
    else if (character === close) depth -= 1;
    if (depth === 0) return at;
  }
  return stop;
}

/** The expansion stands inside a Python string, so its own quotes are escaped. */
function unescape(text: string): string {
  return text.replace(/\\(["'\\])/g, "$1");
}

/** `'node', 'x.js', '<@(_inputs)'` as one command line, each word quoted again. */
function joined(list: string): string {
  const words = [...list.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
  return words
    .map((match) => unescape(match[1] ?? match[2] ?? ""))
    .map((word) => (/^[\w./:=@+-]+$/.test(word) ? word : `"${word.replace(/["$`\\]/g, "\\$&")}"`))
    .join(" ");
}

/** Positions must be asked in rising order. */
function lineCounter(text: string): (position: number) => number {
  let at = 0;
  let line = 1;
  return (position) => {
    for (; at < position; at += 1) if (text.charCodeAt(at) === 10) line += 1;
    return line;
  };
}
