import type { Registry } from "../../acquire/registry.ts";
import type { Admission } from "../../act/gate/gate.ts";
import { Failure } from "../../model/failure.ts";
import type { PackageRef } from "../../model/package-ref.ts";
import type { Policy } from "../../model/policy.ts";
import type { Environment } from "../paths.ts";

/**
 * How one package manager is pointed at the gate by environment and arguments alone, never by
 * touching a file of the user's. One file a client; each says on which of the client's habits it
 * relies, because those habits are what keeps a tarball from slipping past.
 */
export interface Client {
  /** The program looked up on the user's PATH. */
  readonly program: string;
  /** The package manager it belongs to: `npx` is npm's. They share settings and what is kept. */
  readonly family: string;
  /** Whether requests carry the session's token, so that the gate can refuse everybody else. */
  readonly sendsToken: boolean;
  readonly flags: FlagRules;
  /** Whether this command line may bring packages; otherwise it runs as if Veln were not there. */
  readonly isGated: (args: readonly string[]) => boolean;
  /**
   * Whether it surely runs nothing but what is the user's own (a script of the project, a program that
   * is installed already) or talks about their account. All else runs sandboxed.
   */
  readonly runsOwn: (args: readonly string[], cwd: string) => boolean;
  /**
   * Whether, after these words of the command line, all that follows belongs to a program which the
   * client runs (`pnpm exec tsc …`); see {@link splitFlags}.
   */
  readonly handsOn?: (words: readonly string[]) => boolean;
  /** For a name that stands for more than one program: which one answers to it here. */
  readonly variant?: (program: string, env: Environment, cwd: string) => Promise<Client>;
  readonly settings: (context: ClientContext) => ClientSettings | Promise<ClientSettings>;
}

export interface ClientContext {
  /** The client's own path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly policy: Policy;
  /** With a trailing slash. */
  readonly gateUrl: string;
  readonly token: string;
  /** Scopes that have a registry of their own ("@corp"), which have to be led to the gate too. */
  readonly scopes: readonly string[];
  /** An empty folder of this run, removed afterwards: what the client caches came through the gate. */
  readonly runFolder: string;
  /** Whether it runs sandboxed, and must not see credentials. */
  readonly isEnclosed: boolean;
  /** A folder that stays, for what a client insists on finding again. */
  readonly keptFolder: string;
  /** Where packages come from in truth; asks what the gate asks, so its answers are in memory. */
  readonly registry: Pick<Registry, "baseUrl" | "packument">;
  /** Changes when a verdict of before may not hold any more. */
  readonly verdictKey: string;
  /** Judges a version and hands out its bytes, for a client that would not ask the gate for it. */
  readonly admit: (ref: PackageRef) => Promise<Admission>;
}

export interface ClientSettings {
  /** Laid over the user's environment; undefined takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly args: readonly string[];
  /** Why the client must not even start. */
  readonly stop?: string;
  readonly needs?: ClientNeeds;
  /** Mends what the client wrote, once it has ended. */
  readonly afterwards?: () => Promise<void>;
}

/** What a sandboxed client has to reach beside the project and the folder of the run. */
export interface ClientNeeds {
  readonly readable?: readonly string[];
  /** Made where they are not there. */
  readonly writable?: readonly string[];
  /** Within {@link writable}: paths that stay as they are. */
  readonly guarded?: readonly string[];
  /** Of the project, for a command whose purpose is to change them; as in the policy. */
  readonly unguarded?: readonly string[];
  /** It works on a folder of its own and not on the project: `npm install --global`. */
  readonly isElsewhere?: boolean;
  /** It starts scripts by the `bash` it finds first on PATH, and has no setting for that. */
  readonly looksUpShell?: boolean;
}

/**
 * Flags that would lead a client past the gate. "take": the value is Veln's to use (it says which
 * registry is asked) and the client does not see it. "note": it is
 * the client's, and its value counts for Veln as well, under that name. A sentence: the command is
 * refused with it.
 */
export type FlagRules = ReadonlyMap<string, FlagRule>;
export type FlagRule = "take" | { readonly note: string } | { readonly refuse: string };

export interface SplitFlags {
  readonly args: readonly string[];
  readonly taken: ReadonlyMap<string, string>;
}

/**
 * `--flag value`, `--flag=value`, and `--@scope:flag` under the rule for `@scope:flag`. One dash or
 * three in front of a long name mean the same to npm, and so does `--no-flag` with "false" for value.
 */
export function splitFlags(
  args: readonly string[],
  rules: FlagRules,
  handsOn: Client["handsOn"] = () => false,
): SplitFlags {
  const kept: string[] = [];
  const words: string[] = [];
  const taken = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--" || handsOn(words)) {
      kept.push(...args.slice(index));
      break;
    }
    const { name, rule, ...flag } = ruledFlag(arg, rules);
    if (rule === undefined) {
      if (!arg.startsWith("-")) words.push(mayTakeValue(kept.at(-1)) ? UNCERTAIN : arg);
      kept.push(arg);
      continue;
    }
    if (typeof rule === "object" && "refuse" in rule) throw new Failure("usage", rule.refuse);
    const value = flag.value ?? args[index + 1] ?? "";
    taken.set(rule === "take" ? name : rule.note, value);
    const wordCount = flag.value === undefined ? 2 : 1;
    if (rule !== "take") kept.push(...args.slice(index, index + wordCount));
    index += wordCount - 1;
  }
  return { args: kept, taken };
}

interface RuledFlag {
  readonly name: string;
  /** Undefined when the next argument is the value. */
  readonly value: string | undefined;
  readonly rule: FlagRule | undefined;
}

function ruledFlag(arg: string, rules: FlagRules): RuledFlag {
  const [, name = "", value] = readFlag(arg);
  const rule = rules.get(name.replace(/^@[^:]+:/, "@scope:"));
  if (rule !== undefined) return { name, value, rule };
  const switchedOff = /^(?:no-)+(.+)$/i.exec(name)?.[1];
  const own = switchedOff === undefined ? undefined : rules.get(switchedOff);
  if (switchedOff !== undefined && own !== undefined) {
    return { name: switchedOff, value: value ?? "false", rule: own };
  }
  // `-cFILE`: a value right behind the letter.
  const letter = rules.get(/^-[A-Za-z]/.exec(arg)?.[0] ?? "");
  const refused = typeof letter === "object" && "refuse" in letter ? letter : undefined;
  return { name, value, rule: refused };
}

function readFlag(arg: string): readonly (string | undefined)[] {
  return (
    /^(-[A-Za-z])(?:=(.*))?$/s.exec(arg) ??
    /^-+(?:config\.)?([^=]+)(?:=(.*))?$/s.exec(arg) ?? ["", ""]
  );
}

/** In place of a word that may be the value of the flag in front of it. */
const UNCERTAIN = "";

/** Flags that take no value with any client. Which others do, only the client knows. */
const SWITCHES = new Set([
  ...["--json", "--silent", "-s", "--verbose", "--global", "-g", "--recursive", "--bun"],
  ...["--offline", "--prefer-offline", "--frozen-lockfile"],
]);

function mayTakeValue(arg: string | undefined): boolean {
  if (arg === undefined || !arg.startsWith("-") || arg === "--") return false;
  return !arg.includes("=") && !SWITCHES.has(arg) && !arg.startsWith("--no-");
}

/** The words that cannot be the value of a flag: `add x` in `--cwd test add x`. */
export function certainWords(args: readonly string[]): readonly string[] {
  return args.filter((arg, index) => !arg.startsWith("-") && !mayTakeValue(args[index - 1]));
}

/**
 * The first word that is no flag: `install`, `ci`, `run` … Undefined too where it may be the value of
 * a flag: in `--workspace config install` nothing is said about `config`.
 */
export function subcommandOf(args: readonly string[]): string | undefined {
  const first = args.find((arg) => !arg.startsWith("-"));
  return first !== undefined && certainWords(args)[0] === first ? first : undefined;
}
