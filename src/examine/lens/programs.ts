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
  const [program = HOLE, first = HOLE] = (command ?? HOLE).trim().split(/\s+/);
  if (program.includes(HOLE)) return false;
  return !INTERPRETER.test(program) || !(first.includes(HOLE) || /^[-/]/.test(first));
}
