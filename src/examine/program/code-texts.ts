import type { Node } from "oxc-parser";
import type { Evaluator } from "./evaluate.ts";
import { bare, type CallSite, literalText } from "./module.ts";
import { optionOf, programsOf, wordsOf } from "./targets.ts";
import type { Use } from "./uses.ts";
import { HOLE, TEXT_LENGTH_MAX, textsOf, type Value } from "./value.ts";

/** Text that a call runs as code. Whoever wrote the package chose it. */
export interface CodeText {
  readonly text: string;
  /** Of the function that it is the body of; undefined for a script. */
  readonly parameters: readonly string[] | undefined;
  readonly call: CallSite;
}

/** Possibilities of one call; generated code has many. */
const TEXTS_MAX = 3;
const SCHEDULES = /^set(?:Timeout|Interval|Immediate)$/;
const WORKER = /^(?:worker_threads\.)?Worker$/;
const RUNTIME = /(?:^|[\\/])(?:node|nodejs|bun|deno|electron)(?:\.exe)?$/i;
const INLINE = /^(?:-e|-p|-pe|--eval|--print|eval)$/;

/** The texts that a use runs as code, as far as they are known. */
export function codeTextsOf(use: Use, evaluator: Evaluator): readonly CodeText[] {
  const { call } = use;
  const { texts, parameters } = codeIn(use, evaluator);
  return texts.slice(0, TEXTS_MAX).map((text) => ({ text, parameters, call }));
}

function codeIn(
  use: Use,
  evaluator: Evaluator,
): { readonly texts: readonly string[]; readonly parameters?: readonly string[] | undefined } {
  const { path, args, spec } = use;
  const [first] = args;
  if (path === "Function" || path === "GeneratorFunction" || path === "AsyncFunction") {
    const { texts, parameters } = functionText(args);
    return { texts: [...texts, ...longText(use.call.args.at(-1))], parameters };
  }
  if (spec?.takes === "run" || SCHEDULES.test(path)) {
    return { texts: [...writtenIn(first), ...longText(use.call.args[0])] };
  }
  if (WORKER.test(path) && optionOf(use, "eval") === true) return { texts: writtenIn(first) };
  if (WORKER.test(path) || path === "import") {
    return { texts: writtenIn(first).flatMap(codeOfAddress) };
  }
  return { texts: spec?.takes === "spawn" ? inlineCode(use, evaluator) : [] };
}

/** `new Function("a", "b", body)`. */
function functionText(args: readonly Value[]): ReturnType<typeof codeIn> {
  const parameters = args.slice(0, -1).flatMap((arg) => textsOf(arg).slice(0, 1));
  return { texts: writtenIn(args.at(-1)), parameters };
}

/** Values hold no text that is longer than any name, address or command. */
function longText(node: Node | undefined): readonly string[] {
  const text = node === undefined ? undefined : literalText(bare(node));
  return text !== undefined && text.length > TEXT_LENGTH_MAX ? [text] : [];
}

function writtenIn(value: Value | undefined): readonly string[] {
  return value === undefined ? [] : textsOf(value).filter((text) => /\D/.test(text));
}

const DATA_ADDRESS = /^data:(?:text|application)\/(?:javascript|ecmascript)[^,]{0,60},/i;

/** The code that a `data:` address holds (RFC 2397). */
export function codeOfAddress(address: string): readonly string[] {
  const [head] = DATA_ADDRESS.exec(address) ?? [];
  if (head === undefined) return [];
  const data = address.slice(head.length);
  if (/;base64,$/i.test(head)) return [Buffer.from(data, "base64").toString("utf8")];
  try {
    return [decodeURIComponent(data)];
  } catch {
    return [data];
  }
}

/** `spawn(process.execPath, ["-e", code])`, `exec("node -e …")`. */
function inlineCode({ args }: Use, evaluator: Evaluator): readonly string[] {
  const [program, list] = args;
  const programs = program === undefined ? [] : programsOf(program);
  const words = list === undefined ? [] : wordsOf(list, evaluator);
  const at = words.findIndex((word) => INLINE.test(word));
  const code = at === -1 ? undefined : words[at + 1];
  if (code !== undefined && programs.some((text) => RUNTIME.test(text))) return [code];
  return programs.flatMap(codeInLine);
}

const LINE =
  /(?:^|[\s;&|])(?:node|nodejs|bun|deno)(?:\.exe)?\s+(?:-[\w-]+\s+)*?(?:-e|-p|-pe|--eval|--print|eval)\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/s;

/** The quoted code of a command line, as a POSIX shell hands it over. */
function codeInLine(line: string): readonly string[] {
  const [, double, single] = LINE.exec(line) ?? [];
  const code = double?.replace(/\\(["\\$`])/g, "$1") ?? single;
  return code === undefined || code === HOLE ? [] : [code];
}
