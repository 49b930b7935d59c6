import { HOLE } from "../program/value.ts";

/** Programs that run what their arguments say. */
const INTERPRETER =
  /^(?:.*[\\/])?(?:env|(?:ba|z|da|k|fi)?sh|cmd|powershell|pwsh|node|bun|deno|python[\d.]*|perl|ruby|php|osascript|[wc]script|mshta)(?:\.exe)?$/i;

export function isInterpreter(command: string): boolean {
  return INTERPRETER.test(command.trim().split(/\s+/)[0] ?? "");
}

/**
 * Whether what is put into a command line is data: to `git clone …` it is and to `node own.js …`, to
 * `sh -c …` and `node …` it is not. False where the program is not written out.
 */
export function takesData(command: string | undefined): boolean {
  const [, program = HOLE, rest = HOLE] = /^\s*(\S+)(?:\s+(\S.*))?/s.exec(command ?? HOLE) ?? [];
  if (program.includes(HOLE)) return false;
  if (!INTERPRETER.test(program)) return true;
  const [, inQuotes, plain = HOLE] = /^(?:["']([^"']*)["']|(\S+))/.exec(rest) ?? [];
  const first = inQuotes ?? plain;
  return !/^[-/]/.test(first) && (!first.includes(HOLE) || SCRIPT_FILE.test(first));
}

/** A file whose name is written out, in a folder that is not known. */
const SCRIPT_FILE = /^…[\\/](?:[^…]*[\\/])?[\w@.-]+\.\w{1,12}$/;
