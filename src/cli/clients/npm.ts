import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { withoutCredentials } from "../sandbox/without-credentials.ts";
import { ask } from "./ask.ts";
import type {
  Client,
  ClientContext,
  ClientNeeds,
  ClientSettings,
  FlagRule,
  FlagRules,
} from "./client.ts";
import { subcommandOf } from "./client.ts";
import { globalNeeds, isGlobal } from "./global.ts";
import { isInstalledProgram, runsOwnBy } from "./words.ts";

/** These talk about the person's own account under the registry's true address, and bring no package. */
const UNGATED = new Set([
  "login",
  "adduser",
  "add-user",
  "logout",
  "token",
  "config",
  "c",
  "set",
  "get",
  "help",
]);

/** The project's own scripts and what is published of it; the user's account and packages. */
const OWN = new Set([
  ...["run", "run-script", "rum", "urn", "test", "t", "tst", "start", "stop", "restart", "explore"],
  ...["publish", "unpublish", "version", "dist-tag", "dist-tags", "deprecate", "undeprecate"],
  ...["access", "owner", "author", "org", "ogr", "team", "star", "stars", "unstar", "profile"],
  ...["whoami", "hook", "trust", "stage"],
]);

const FETCHING = new Set([
  ...["install", "i", "in", "add", "ci", "ic", "clean-install", "install-test", "it", "cit", "sit"],
  ...["install-ci-test", "update", "up", "upgrade", "rebuild", "rb", "exec", "x", "init", "create"],
  ...[
    "innit",
    "dedupe",
    "ddp",
    "link",
    "ln",
    "audit",
    "uninstall",
    "remove",
    "rm",
    "r",
    "un",
    "prune",
  ],
]);

const EXEC = new Set(["exec", "x"]);

const runsOwn = runsOwnBy({ own: OWN, fetching: FETCHING, isShort: false });

const BY_POLICY = (flag: string, key: string): { readonly refuse: string } => ({
  refuse: `--${flag} would lead npm past the gate. Say it in veln.toml instead: ${key}.`,
});

const WHOLE: readonly (readonly [string, FlagRule])[] = [
  ["registry", "take"],
  ["reg", "take"],
  ["@scope:registry", "take"],
  ["replace-registry-host", "take"],
  ["https-proxy", "take"],
  ["proxy", "take"],
  ["noproxy", "take"],
  ["cache", "take"],
  // Where the registries and tokens of this command stand.
  ["prefix", { note: "prefix" }],
  ["-C", { note: "prefix" }],
  ["userconfig", { note: "userconfig" }],
  ["globalconfig", { note: "globalconfig" }],
  ["allow-git", BY_POLICY("allow-git", "[dependencies] git")],
  ["allow-remote", BY_POLICY("allow-remote", "[dependencies] remote")],
];

/** Whole names of npm's own that begin one of those above. */
const OWN_NAMES = new Set(["all", "ca", "global", "no", "reg"]);

/** No single letter begins just one of npm's names. */
const SHORTEST = 2;

/** npm 11 takes a name that is cut short for the only one that begins so. */
const CUT_SHORT: readonly (readonly [string, FlagRule])[] = WHOLE.flatMap(([name]) =>
  Array.from({ length: name.length - SHORTEST }, (_, index) => {
    const refuse = `Write --${name} in full: cut short it would lead npm past the gate.`;
    return [name.slice(0, index + SHORTEST), { refuse }] as const;
  }),
).filter(([name]) => !OWN_NAMES.has(name) && !name.startsWith("@"));

const FLAGS: FlagRules = new Map([...CUT_SHORT, ...WHOLE]);

/**
 * npm 11 and 12. With `replace-registry-host=always` npm asks its registry for every tarball that a
 * registry serves, whatever host a lockfile or packument names, and still writes the original
 * address into its lockfile: so the lockfile comes out as it would without Veln.
 * A cache of its own, because a tarball that npm has cached is never asked for again.
 */
export const npm: Client = npmLike("npm");
export const npx: Client = {
  ...npmLike("npx"),
  isGated: () => true,
  runsOwn: isInstalledProgram,
};

function npmLike(program: string): Client {
  return {
    program,
    family: "npm",
    sendsToken: true,
    flags: FLAGS,
    isGated: (args) => !UNGATED.has(subcommandOf(args) ?? ""),
    runsOwn: (args, cwd) =>
      EXEC.has(args[0] ?? "") ? isInstalledProgram(args.slice(1), cwd) : runsOwn(args, cwd),
    settings: npmSettings,
  };
}

async function npmSettings(context: ClientContext): Promise<ClientSettings> {
  const { gateUrl, policy, token } = context;
  const nerfDart = gateUrl.replace(/^http:/, "");
  const scopes = context.scopes.map((scope) => [`npm_config_${scope}:registry`, gateUrl] as const);
  // Otherwise beside the cache, and gone when npm tells people to look at it.
  const logs = context.env["npm_config_logs_dir"] ?? join(context.keptFolder, logsName(context));
  return {
    args: context.args,
    needs: await needsOf(context, logs),
    env: {
      npm_config_registry: gateUrl,
      ...Object.fromEntries(scopes),
      [`npm_config_${nerfDart}:_authToken`]: token,
      npm_config_userconfig: await userConfigWithGate(context),
      npm_config_replace_registry_host: "always",
      npm_config_cache: join(context.runFolder, "npm"),
      npm_config_logs_dir: logs,
      npm_config_allow_git: policy.dependencies.git === "allow" ? "all" : "none",
      npm_config_allow_remote: policy.dependencies.remote === "allow" ? "all" : "none",
      // The gate retries upstream; a HOLD that npm retries would only make a person wait.
      npm_config_fetch_retries: "0",
      // The gate answers when it has a verdict, which may take longer than a download.
      npm_config_fetch_timeout: "600000",
      npm_config_update_notifier: "false",
      // A proxy is for the way from the gate to the registry, not for the way to the gate.
      npm_config_noproxy: "127.0.0.1,localhost",
      npm_config_proxy: undefined,
    },
  };
}

/** A folder that sandboxed scripts write to is no place for an npm outside to find links in. */
function logsName({ isEnclosed }: ClientContext): string {
  return isEnclosed ? "sandboxed-logs" : "logs";
}

async function needsOf(context: ClientContext, logs: string): Promise<ClientNeeds> {
  const { args, isEnclosed, program, env, cwd } = context;
  const isLink = ["link", "ln"].includes(subcommandOf(args) ?? "");
  if (!isEnclosed || !(isGlobal(args) || isLink)) return { writable: [logs] };
  // npx is npm with a subcommand in front, and lies beside it.
  const npmProgram = join(dirname(program), "npm");
  const prefix = await ask(npmProgram, ["prefix", "--global", ...prefixIn(args)], env, cwd);
  if (prefix === undefined || !isAbsolute(prefix)) return { writable: [logs] };
  const global = globalNeeds(join(prefix, "lib", "node_modules"), join(prefix, "bin"), args);
  const writable = [logs, ...(global.writable ?? []), join(prefix, "share", "man")];
  return { ...global, writable, isElsewhere: !isLink };
}

function prefixIn(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => arg === "--prefix" || arg.startsWith("--prefix="));
  return at === -1 ? [] : args.slice(at, args[at] === "--prefix" ? at + 2 : at + 1);
}

/**
 * The user's own file with our lines at its end, and in a sandbox without the user's credentials. A shell hands on no variable whose name holds "/"
 * or ":", so an npm that a script of npm's starts would know neither the session's token nor where
 * scopes lead.
 */
async function userConfigWithGate(context: ClientContext): Promise<string> {
  const { env, gateUrl, token, scopes, runFolder } = context;
  const named = env["npm_config_userconfig"] ?? env["NPM_CONFIG_USERCONFIG"];
  const path = named ?? join(env["HOME"] ?? homedir(), ".npmrc");
  const text = await readFile(path, "utf8").catch(() => "");
  const own = context.isEnclosed ? withoutCredentials(text, "npmrc") : text;
  const lines = [
    `${gateUrl.replace(/^http:/, "")}:_authToken=${token}`,
    ...scopes.map((scope) => `${scope}:registry=${gateUrl}`),
  ];
  const file = join(runFolder, "npmrc");
  await writeFile(file, `${own}\n${lines.join("\n")}\n`, { mode: 0o600 });
  return file;
}
