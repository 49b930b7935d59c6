import type { FileEntry, FileTree } from "../../../model/file-tree.ts";

/** A file of a size or shape that payloads have, at a place where packages have no such files. */
export interface Candidate {
  readonly entry: FileEntry;
  readonly shape: "large" | "single-line";
}

const LARGE_BYTES = 100 * 1024;
const SINGLE_LINE_BYTES = 20 * 1024;
const LINE_BYTES = 10_000;
/** How far a file is searched for its first long line. */
const SEARCHED_BYTES = 1024 * 1024;

/** Code, and files whose name does not say what they are. */
const CODE_OR_OPAQUE =
  /(?:\.(?:[cm]?js|jsx|ts|sh|bash|ps1|bat|cmd|vbs|py|rb|pl|php|dat|data|bin|enc|pak|blob|tmp|log|bak)|(?:^|\/)\.?[^./]+)$/i;
/** Bundles and texts that have such sizes and shapes by their nature. */
const USUAL_NAME =
  /(?:[.-](?:min|umd|iife|bundle[ds]?|global|prod|production|development|browser|esm|cjs|es\d*|slim|all|full|packed|standalone|legacy|modern|web|node)\.[cm]?js|\.d\.[cm]?ts|(?:^|\/)(?:LICEN[CS]E|NOTICE|THIRD|CHANGELOG|CHANGES|HISTORY|README|AUTHORS|CONTRIBUTORS|Makefile)[^/]*)$/i;
/** Folders where built code, data and tests are at home. */
const USUAL_FOLDER =
  /(?:^|\/)(?:dist\w*|builds?|out|output|lib\w*|umd|esm?\d*|cjs|amd|iife|modern|legacy|bundles?|release|compiled|generated|gen|runtime|vendor|vendored|third[_-]?party|node_modules|tests?|__tests__|specs?|fixtures?|benchmarks?|bench|perf|examples?|demos?|samples?|docs?|website|site|public|static|assets|www|locales?|i18n|lang|languages?|cldr|data|tables|dictionar\w*|dict|models?|schemas?|grammars?|syntax\w*|themes?|icons?|fonts?|images?|wasm|prebuilds?|cdn|min|minified|browser|dev|prod\w*|templates?|\.yarn|chunks?|_chunks|shared|client|server|ui|app)\//i;

/** Cheap: looks at names and sizes first, and at bytes only where those are out of the ordinary. */
export function candidatesIn(files: FileTree): readonly Candidate[] {
  return files.entries.flatMap((entry): Candidate[] => {
    const { path, size } = entry;
    if (size < SINGLE_LINE_BYTES || !CODE_OR_OPAQUE.test(path)) return [];
    if (USUAL_NAME.test(path) || USUAL_FOLDER.test(path)) return [];
    if (hasLongLine(files.bytes(entry))) return [{ entry, shape: "single-line" }];
    const atRoot = !path.includes("/");
    return size >= LARGE_BYTES && atRoot ? [{ entry, shape: "large" }] : [];
  });
}

function hasLongLine(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, SEARCHED_BYTES);
  for (let start = 0; start < end;) {
    const at = bytes.indexOf(10, start);
    const next = at === -1 ? bytes.length : at;
    if (next - start > LINE_BYTES) return true;
    start = next + 1;
  }
  return false;
}
