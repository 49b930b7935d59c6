import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KeptAnswers } from "../examine/kept-answers.ts";

/** What a heavy signal's answer comes from, and everything that it is written with. */
const FOLDERS = ["../examine/", "../model/"] as const;

let digest: string | undefined;

/**
 * Kept answers count only for the code that gave them: not a version that somebody has to remember to
 * raise, but a digest of the code is part of each key.
 */
export function keptByThisCode(answers: KeptAnswers): KeptAnswers {
  const keyOf = (key: string): string => {
    digest ??= digestOfReadingCode();
    return `${digest}:${key}`;
  };
  return {
    find: (key) => answers.find(keyOf(key)),
    keep: (key, answer) => {
      answers.keep(keyOf(key), answer);
    },
  };
}

/** SHA-256, hexadecimal, over the code that reads packages, and the version of its parser. */
export function digestOfReadingCode(): string {
  const hash = createHash("sha256");
  for (const folder of FOLDERS) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    for (const path of codeIn(root)) {
      const content = createHash("sha256")
        .update(readFileSync(join(root, path)))
        .digest("hex");
      hash.update(`${folder}${path}\0${content}\n`);
    }
  }
  const parser: unknown = createRequire(import.meta.url)("oxc-parser/package.json");
  return hash.update(JSON.stringify(parser)).digest("hex");
}

/** Beside the code of a clone lie its tests and their fixtures, which decide nothing. */
function codeIn(folder: string, within = ""): readonly string[] {
  const entries = readdirSync(join(folder, within), { withFileTypes: true });
  return entries
    .flatMap((entry) => {
      const path = `${within}${entry.name}`;
      if (entry.isDirectory()) {
        return /^(?:guilty|innocent)$/.test(entry.name) ? [] : codeIn(folder, `${path}/`);
      }
      return /\.[jt]s$/.test(path) && !/\.(?:test|d)\.[jt]s$/.test(path) ? [path] : [];
    })
    .sort();
}
