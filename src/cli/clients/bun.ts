import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../model/failure.ts";
import { systemConfigFiles } from "../../platform/config-files.ts";
import { backstop, noProxyWith, withoutGit } from "./backstop.ts";
import { registriesInBunfig } from "./bunfig.ts";
import type { Environment } from "../paths.ts";
import type { Client, ClientContext, ClientNeeds, ClientSettings, FlagRules } from "./client.ts";
import { certainWords, subcommandOf } from "./client.ts";
import { globalNeeds, isGlobal } from "./global.ts";
import { foldersUpward } from "./project.ts";
import {
  handsOnAfter,
  handsOnAtOnce,
  hasWord,
  isInstalledProgram,
  runsOwnBy,
  TAKEN,
} from "./words.ts";
import { mustAgree } from "./yarn-config.ts";

const UNGATED = new Set(["publish", "whoami", "help", "completions", "upgrade", "build"]);

const RUNNERS = new Set(["run", "test", "exec", "x", "create", "c", "repl", "--bun"]);

const INSTALLS = new Set([
  ...["install", "i", "ci", "add", "a", "remove", "rm", "update", "outdated", "patch", "link"],
]);
/** These fetch a package and then run it. */
const FETCHES = new Set(["x", "create", "c"]);

const OWN = new Set(["run", "test", "repl", "exec"]);

const FETCHING = new Set([
  ...INSTALLS,
  ...FETCHES,
  ...["unlink", "audit", "pm", "init", "why", "info", "publish"],
]);

const OTHER_CONFIG = {
  refuse: "--config names a bunfig.toml that could lead bun past the gate. Leave it out.",
};

const runsOwn = runsOwnBy({ own: OWN, fetching: FETCHING, isShort: true });

const FLAGS: FlagRules = new Map([
  ...TAKEN,
  ["cache-dir", "take" as const],
  ["config", OTHER_CONFIG],
  ["-c", OTHER_CONFIG],
]);

/**
 * bun. Without an address in the packument bun puts the standard one together itself and leaves its
 * lockfile as ever. Settings of a single scope beat the environment, so they are refused; an address
 * in a lockfile leads to the gate as a proxy.
 */
export const bun: Client = bunLike("bun");
export const bunx: Client = {
  ...bunLike("bunx"),
  isGated: () => true,
  runsOwn: isInstalledProgram,
  handsOn: handsOnAtOnce,
};

/** `bun x` and `bun file.ts`, too. */
function bunRunsOwn(args: readonly string[], cwd: string): boolean {
  const [first = ""] = args;
  if (first === "x") return isInstalledProgram(args.slice(1), cwd);
  return runsOwn(args, cwd) || (!FETCHING.has(first) && /^[^-].*\.[cm]?[jt]sx?$/.test(first));
}

function bunLike(program: string): Client {
  return {
    program,
    family: "bun",
    sendsToken: true,
    flags: FLAGS,
    isGated: (args) => !UNGATED.has(subcommandOf(args) ?? ""),
    runsOwn: bunRunsOwn,
    handsOn: handsOnAfter(RUNNERS),
    settings: bunSettings,
  };
}

function bunSettings(context: ClientContext): ClientSettings {
  const { args, gateUrl, token, runFolder, policy, env } = context;
  const isBunx = context.program.endsWith("bunx");
  const installs = !isBunx && hasWord(args, INSTALLS, RUNNERS);
  if (installs || isBunx || FETCHES.has(certainWords(args)[0] ?? "")) refuseOwnRegistries(context);
  const noProxy = noProxyWith(env);
  return {
    args,
    needs: {
      ...(context.isEnclosed && isGlobal(args) ? bunGlobalNeeds(env, args) : {}),
      looksUpShell: true,
    },
    env: {
      BUN_CONFIG_REGISTRY: gateUrl,
      BUN_CONFIG_TOKEN: token,
      BUN_INSTALL_CACHE_DIR: join(runFolder, "bun"),
      BUN_CONFIG_HTTP_RETRY_COUNT: "0",
      NO_PROXY: noProxy,
      no_proxy: noProxy,
      ...(installs ? { ...backstop(gateUrl, env, policy), ...withoutGit(policy) } : {}),
    },
  };
}

function bunGlobalNeeds(env: Environment, args: readonly string[]): ClientNeeds {
  const folder = env["BUN_INSTALL"] ?? join(env["HOME"] ?? homedir(), ".bun");
  const global = join(folder, "install", "global");
  const needs = globalNeeds(join(global, "node_modules"), join(folder, "bin"), args);
  return { ...needs, writable: [global, join(folder, "bin")] };
}

/** @throws Failure "bad-config" when bun would ask a registry of its own choice */
function refuseOwnRegistries({ args, cwd, env, scopes, registry }: ClientContext): void {
  const [scope] = scopes;
  if (scope !== undefined) {
    throw new Failure(
      "bad-config",
      `${scope} has a registry of its own (.npmrc), and no setting leads bun to the gate for it. Use one registry= that serves the scope too, or npm, which can be led there.`,
    );
  }
  const home = env["XDG_CONFIG_HOME"] ?? env["HOME"] ?? homedir();
  const files = [
    ...foldersUpward(args, cwd).map((folder) => join(folder, "bunfig.toml")),
    join(home, ".bunfig.toml"),
  ];
  for (const path of files) {
    const text = systemConfigFiles.read(path);
    if (text !== undefined) mustAgree("bun", registriesInBunfig(path, text), registry);
  }
}
