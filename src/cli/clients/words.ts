import { subcommandOf, type FlagRules } from "./client.ts";

/** Flags that say which registry, which proxy and which cache: Veln's to decide. */
export const TAKEN: FlagRules = new Map<string, "take">([
  ["registry", "take"],
  ["@scope:registry", "take"],
  ["https-proxy", "take"],
  ["http-proxy", "take"],
  ["proxy", "take"],
  ["noproxy", "take"],
  ["no-proxy", "take"],
]);

/** Whether a command line carries one of these words before it hands on to a program of the user's. */
export function hasWord(
  args: readonly string[],
  words: ReadonlySet<string>,
  runners: ReadonlySet<string>,
): boolean {
  const plain = args.filter((arg) => !arg.startsWith("-"));
  return !runners.has(subcommandOf(args) ?? "") && plain.some((word) => words.has(word));
}

/** After a subcommand that runs something, and the name of what it runs. */
export function handsOnAfter(runners: ReadonlySet<string>): (words: readonly string[]) => boolean {
  return ([first, second]) => second !== undefined && runners.has(first ?? "");
}

/** After the name of what it runs. */
export function handsOnAtOnce(words: readonly string[]): boolean {
  return words.some((word) => word !== "");
}
