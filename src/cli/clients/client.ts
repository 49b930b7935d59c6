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
  /** Mends what the client wrote, once it has ended. */
  readonly afterwards?: () => Promise<void>;
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

/** `--flag value`, `--flag=value`, and `--@scope:flag` under the rule for `@scope:flag`. */
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
    const { name, value } = readFlag(arg);
    const rule = rules.get(name.replace(/^@[^:]+:/, "@scope:"));
    if (rule === undefined) {
      kept.push(arg);
      if (!arg.startsWith("-")) words.push(arg);
    } else if (rule === "take") {
      taken.set(name, value ?? args[index + 1] ?? "");
      if (value === undefined) index += 1;
    } else if ("note" in rule) {
      taken.set(rule.note, value ?? args[index + 1] ?? "");
      kept.push(...(value === undefined ? args.slice(index, index + 2) : [arg]));
      if (value === undefined) index += 1;
    } else {
      throw new Failure("usage", rule.refuse);
    }
  }
  return { args: kept, taken };
}

function readFlag(arg: string): { readonly name: string; readonly value: string | undefined } {
  if (/^-[A-Za-z]$/.test(arg)) return { name: arg, value: undefined };
  const match = /^--(?:config\.)?([^=]+)(?:=(.*))?$/s.exec(arg);
  return { name: match?.[1] ?? "", value: match?.[2] };
}

/** The first word that is no flag: `install`, `ci`, `run` … */
export function subcommandOf(args: readonly string[]): string | undefined {
  return args.find((arg) => !arg.startsWith("-"));
}
