import type { Stage } from "../../parse/command-line.ts";

const INTERPRETER = /^(?:node|nodejs|bun|deno|python[23]?|perl|ruby|php|tsx)$/;
const INLINE_FLAG = /^(?:-e|-p|-c|-r|-pe|--eval|--print|eval)$/;

/** The program text in the arguments of an interpreter: `node -e "…"`. */
export function inlineCode(stage: Stage): string | undefined {
  if (!INTERPRETER.test(stage.program)) return undefined;
  const at = stage.args.findIndex((arg) => INLINE_FLAG.test(arg));
  const flag = stage.args[at];
  // Node's -r names a module, PHP's -r is code; perl and ruby alone know -e besides Node.
  if (flag === undefined || (flag === "-r" && stage.program !== "php")) return undefined;
  if (flag === "eval" && stage.program !== "deno") return undefined;
  return stage.args[at + 1];
}

export type InlineGrade = "plain" | "long" | "reaching";

const PLAIN_LENGTH_MAX = 400;

/** What a line of code names when it does more than load a file or print a path. */
const REACHING =
  /child_process|\bexec|\bspawn|\bhttps?\b|\bnet\b|\bdgram\b|\bdns\b|\btls\b|\bfetch\b|\burllib|\brequests\b|\bsocket\b|\beval\b|\bFunction\b|\batob\b|fromCharCode|Buffer\.from|base64|\bvm\b|\bimport\s*\(|writeFile|createWriteStream|appendFile|os\.system|subprocess|\bprocess\.(?:binding|dlopen|mainModule)|\bhomedir\b|\\x[0-9a-f]{2}|\\u[0-9a-f{]/i;
/** A module's or a member's name that is put together instead of written. */
const COMPUTED = /require\s*\((?!\s*['"`][^'"`$]*['"`]\s*\))|\[[^\]]{0,200}\+|\]\s*\(/;

/**
 * "plain" is what honest packages write here: `try{require('./postinstall')}catch(e){}`,
 * `require('node-addon-api').include`, `process.exit(0)`.
 */
export function gradeInline(code: string): InlineGrade {
  if (REACHING.test(code) || COMPUTED.test(code)) return "reaching";
  return code.length > PLAIN_LENGTH_MAX ? "long" : "plain";
}
