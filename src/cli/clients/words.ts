import { isJsonObject, parseJson, type JsonObject } from "../../model/canonical.ts";
import { systemConfigFiles } from "../../platform/config-files.ts";
import { certainWords, subcommandOf, type FlagRules } from "./client.ts";
import { foldersUpward, nearest } from "./project.ts";

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

/** How a client's command lines are told apart that run what is the user's own. */
export interface OwnRules {
  /** Subcommands that run the project's scripts, or speak of the user's account. */
  readonly own: ReadonlySet<string>;
  /** Subcommands that fetch packages. */
  readonly fetching: ReadonlySet<string>;
  /** Whether a word that is no subcommand is a script or an installed program: `pnpm build`. */
  readonly isShort: boolean;
}

/**
 * Behind a flag, a word that may be its value counts for fetching and not for the user's own: in doubt a
 * command is taken for one that fetches.
 */
export function runsOwnBy({ own, fetching, isShort }: OwnRules) {
  return (args: readonly string[], cwd: string): boolean => {
    const end = args.indexOf("--");
    const ours = end === -1 ? args : args.slice(0, end);
    const isFirst = ours[0]?.startsWith("-") === false;
    const word = isFirst ? ours[0] : certainWords(ours)[0];
    if (word === undefined) return false;
    if ((isFirst ? [word] : ours).some((arg) => fetching.has(arg))) return false;
    return own.has(word) || (isShort && isOfProject(word, foldersUpward(ours, cwd)));
  };
}

/** `npx tsc` where the project has it: `npx` and its kin run that and fetch nothing. */
export function isInstalledProgram(args: readonly string[], cwd: string): boolean {
  const [word = ""] = certainWords(args);
  const before = args.slice(0, args.indexOf(word));
  if (word === "" || before.some((arg) => /^(?:-p|-c|--package|--call)/.test(arg))) return false;
  return hasProgram(word, foldersUpward([], cwd));
}

function isOfProject(word: string, folders: readonly string[]): boolean {
  const manifest = nearest("package.json", folders);
  const scripts = manifest === undefined ? undefined : readScripts(manifest);
  return (scripts !== undefined && Object.hasOwn(scripts, word)) || hasProgram(word, folders);
}

function hasProgram(word: string, folders: readonly string[]): boolean {
  return /^[\w.-]+$/.test(word) && nearest(`node_modules/.bin/${word}`, folders) !== undefined;
}

function readScripts(path: string): JsonObject | undefined {
  try {
    const json = parseJson(systemConfigFiles.read(path) ?? "");
    const scripts = isJsonObject(json) ? json["scripts"] : undefined;
    return isJsonObject(scripts) ? scripts : undefined;
  } catch {
    return undefined;
  }
}
