import { API_ROOTS, isGlobal } from "./apis.ts";

/**
 * Words without which code reaches nothing outside itself: each way to a built-in begins with one of
 * them. A file without them is read only when another one leads to it.
 */
const WORDS = new RegExp(
  [
    // Another package or a built-in, or a name that is computed.
    /\brequire\b(?!\s*\(\s*["']\.[^"']*["']\s*\))|\.node["'`]/,
    /\bfrom\s*["'](?!\.)/,
    /\bimport\s*(?:\(\s*(?!["']\.[^"']*["']\s*\))|\.meta|["'](?!\.))/,
    /\bmodule\s*(?:\[|\.\s*(?:constructor|require|_load|parent|children|createRequire|_compile))/,
    // The global object, and what stands in it.
    /\b(?:process|globalThis|global|window|self|eval|Function|fetch|XMLHttpRequest|WebSocket|EventSource)\b/,
    /\b(?:navigator|Worker|SharedWorker|WebAssembly|Deno|Bun|ethereum|solana|importScripts|sendBeacon)\b/,
    /\bclipboardData\b|\baddEventListener\s*\(\s*["'`](?:key|submit)|\bcreateElement\s*\(\s*["'`]script/,
    /\bReflect\.(?:get|apply|construct)\b|\bdocument\s*\.\s*(?:cookie|defaultView|write)\b/,
    /\bset(?:Timeout|Interval)\s*\(\s*(?:["'`]|Buffer\b|(?!function\b|async\b)[\w$]+\s*\()/,
    // Function by way of any other.
    /\.constructor\b(?!\s*(?:[=!]=|=[^=]|\.\s*(?!constructor\b)[\w$]))|["'`]constructor["'`]\s*\]/,
    /[{,]\s*constructor\s*[,:}]/,
    /["'`]\s*\]\s*\(|\]\s*\]\s*\(/,
    // Names that are written in escapes.
    /[\w$]\\u00[4-7]|\\u00[4-7][\da-f]\w*\s*[(.]|\\u\{/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** A file with more of them is followed: looking at each takes its time. */
const HARMLESS_MAX = 1_000;

/** How far around a word is looked. */
const AROUND = 160;

/**
 * Whether code may reach anything outside itself, told from its words alone: true for all that does,
 * and for some that does not.
 *
 * @param isOwn whether a specifier that is no relative path leads to a file of the package itself
 */
export function reachesOut(text: string, isOwn: (specifier: string) => boolean): boolean {
  WORDS.lastIndex = 0;
  let harmless = 0;
  for (let found = WORDS.exec(text); found !== null; found = WORDS.exec(text)) {
    if (harmless >= HARMLESS_MAX || !isHarmless(found, text, isOwn)) return true;
    harmless += 1;
  }
  return false;
}

function isHarmless(
  found: RegExpExecArray,
  text: string,
  isOwn: (specifier: string) => boolean,
): boolean {
  const [word] = found;
  const end = found.index + word.length;
  const before = text.slice(Math.max(0, found.index - AROUND), found.index);
  const after = text.slice(end, end + AROUND);
  const specifier = specifierAt(word, after);
  if (specifier !== undefined) return leadsNowhere(specifier) && !isOwn(specifier);
  if (/^\w+$/.test(word)) return isProse(before, after) || isIdleName(word, before, after);
  if (word === ".constructor") return /\bthis$/.test(before) && /^\s*\(/.test(after);
  return /^["'`]\s*\]\s*\($/.test(word) && PLAIN_KEY.test(before);
}

/** `x["word"](`, which is `x.word(`. */
const PLAIN_KEY = /\[\s*["'`][\w$]+$/;

/** What `require("x")`, `from "x"`, `import "x"` and `import("x")` load, where it is written out. */
function specifierAt(word: string, after: string): string | undefined {
  if (word === "require") return /^\s*\(\s*(["'])([^"'\\\n]*)\1\s*\)/.exec(after)?.[2];
  if (/^(?:from|import)\s*["']$/.test(word)) return /^([^"'\\\n]*)["']/.exec(after)?.[1];
  return /^import\s*\(/.test(word) ? /^(["'])([^"'\\\n]*)\1\s*\)/.exec(after)?.[2] : undefined;
}

/** Node's modules that lead somewhere, though none of their own calls is a capability. */
const LEADING_MODULES: ReadonlySet<string> = new Set([
  "buffer", "cluster", "crypto", "events", "inspector", "module", "os", "process", "repl", "stream", "timers", "url",
  "util", "v8", "vm", "wasi", "worker_threads",
]); // prettier-ignore

/** Another package that is no way to anything: none of its calls is known to do something. */
function leadsNowhere(specifier: string): boolean {
  if (!/^(?:@[\w.-]+\/)?[\w-][\w.-]*(?:\/[\w.@/-]*)?$/.test(specifier)) return false;
  const [root = ""] = /^(?:@[^/]+\/)?[^/.]+/.exec(specifier) ?? [];
  return !LEADING_MODULES.has(root) && !API_ROOTS.has(root) && !isGlobal(root);
}

/** Two words in a row on one line: no code, unless one of them is a keyword. */
function isProse(before: string, after: string): boolean {
  // Words that are cut off at the end of what is looked at are none.
  const [, previous] = /[^\w$\\]([A-Za-z]\w*)[ \t]+$/.exec(before) ?? [];
  if (previous !== undefined && !BEFORE_EXPRESSION.has(previous)) return true;
  const [, next] = /^[ \t]+([A-Za-z]\w*)[^\w$\\]/.exec(after) ?? [];
  return next !== undefined && !AFTER_EXPRESSION.has(next);
}

const BEFORE_EXPRESSION: ReadonlySet<string> = new Set([
  "return", "typeof", "in", "of", "instanceof", "await", "new", "case", "delete", "void", "yield", "throw", "else",
  "do", "extends", "default", "const", "let", "var", "as", "import", "from", "export", "async", "static", "get", "set",
  "function", "class", "is", "keyof", "infer", "satisfies", "accessor", "using", "type", "declare", "readonly",
  "public", "private", "protected", "abstract", "override", "implements", "unique", "asserts", "enum", "namespace",
  "module", "interface", "out",
]); // prettier-ignore

const AFTER_EXPRESSION: ReadonlySet<string> = new Set([
  "in", "of", "instanceof", "as", "satisfies", "from", "is", "extends", "implements", "if", "else", "while",
]); // prettier-ignore

function isIdleName(word: string, before: string, after: string): boolean {
  if (/\btypeof\s+$/.test(before) && !/^\s*(?:[[(`]|\?\.)/.test(after)) {
    return !/^\s*\./.test(after) || isIdleMember(word, after);
  }
  if (/\binstanceof\s+$/.test(before)) return !/^\s*(?:[[(`.?])/.test(after);
  return isIdleMember(word, after);
}

/** `window.name`: the name itself is one of the words where it stands for something. */
function isIdleMember(word: string, after: string): boolean {
  if (word === "process") return IDLE_OF_PROCESS.test(after) || /^\s*\(/.test(after);
  if (word === "Function") return /^\.prototype\.(?:call|apply|bind|toString)\b/.test(after);
  if (!/^(?:globalThis|global|window|self)$/.test(word)) return false;
  const [members] = /^(?:\.[A-Za-z_$][\w$]*)+/.exec(after) ?? [];
  return (
    members !== undefined && !/^\s*(?:\[|[^\w\s=!<>]{0,3}=(?!=))/.test(after.slice(members.length))
  );
}

const IDLE_OF_PROCESS =
  /^\.(?:env\.NODE_ENV|nextTick|stdout|stderr|versions?|hrtime|emitWarning|cwd|memoryUsage|uptime|pid|exitCode)\b(?!\s*\[)/;

const LOADS =
  /(?:\b(?:from|import)\s*|\b(?:import|require|fork|register|URL)\s*\(\s*)(["'`])(\.[^"'`\\\n]*)\1/g;
/** Comments before a specifier, and escapes in it, hide it from {@link LOADS}. */
const HIDES_LOADS =
  /\b(?:from|import|require|fork|register|URL)\b\s*(?:\(\s*)?(?:\/[/*]|["'`][^"'`\n]{0,200}\\)/;

/**
 * Specifiers of files of the package that code can load, those that are written in it, in comments and
 * texts too. Undefined when it takes a parser to know.
 */
export function loadsWrittenIn(text: string): readonly string[] | undefined {
  if (HIDES_LOADS.test(text)) return undefined;
  return [...new Set([...text.matchAll(LOADS)].map(([, , specifier = ""]) => specifier))];
}
