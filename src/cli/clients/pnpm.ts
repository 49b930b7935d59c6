import { dirname, isAbsolute, join } from "node:path";
import type { Client, ClientContext, ClientNeeds, ClientSettings, FlagRules } from "./client.ts";
import { subcommandOf } from "./client.ts";
import { guardsTheRest, noProxyFor, withoutGit } from "./backstop.ts";
import { ask } from "./ask.ts";
import { globalNeeds, isGlobal } from "./global.ts";
import { lendStore } from "./modules-store.ts";
import { mendFiles } from "./mend.ts";
import { openKeptStore } from "./kept-store.ts";
import { foldersUpward, nearest } from "./project.ts";
import { handsOnAfter, handsOnAtOnce, hasWord, runsOwnBy, TAKEN } from "./words.ts";

/** These talk about the person's own account, or only about pnpm's own settings and store. */
const UNGATED = new Set([
  ...["login", "adduser", "logout", "whoami", "token", "owner", "publish"],
  ...["config", "c", "get", "set", "help", "store", "cache"],
]);

/** These fetch packages for the project itself; all others run what is the user's own. */
const INSTALLS = new Set([
  ...["add", "install", "i", "ci", "install-test", "it", "update", "up", "upgrade", "remove", "rm"],
  ...["un", "uninstall", "import", "dedupe", "fetch", "deploy", "link", "patch-commit"],
]);

const RUNNERS = new Set(["run", "run-script", "exec", "dlx", "create", "node"]);

const OWN = new Set([
  ...["run", "run-script", "exec", "node", "test", "t", "tst", "start", "stop", "restart", "pack"],
  ...["dist-tag", "deprecate", "access", "star", "team", "unpublish", "version"],
]);

const FETCHING = new Set([
  ...INSTALLS,
  ...[
    "dlx",
    "create",
    "rebuild",
    "rb",
    "approve-builds",
    "prune",
    "audit",
    "patch",
    "env",
    "self-update",
  ],
  ...["uni", "ln", "setup", "install-clean", "clean-install", "ic", "server"],
]);

const runsOwn = runsOwnBy({ own: OWN, fetching: FETCHING, isShort: true });

const FLAGS: FlagRules = new Map([
  ...TAKEN,
  ["store-dir", "take" as const],
  ["cache-dir", "take" as const],
]);

/**
 * pnpm 10 and 12. Tarball addresses name the gate; pnpm leaves an address out of its lockfile when
 * it is the one that the registry of the moment would have, so the lockfile comes out as ever.
 * pnpm 10 reads `npm_config_…`, pnpm 12 `pnpm_config_…`, and `packageManager` may start the other
 * one: every setting is made twice. A scope's registry can only be set by an argument.
 */
export const pnpm: Client = pnpmLike("pnpm", (args) => !UNGATED.has(subcommandOf(args) ?? ""));
export const pnpx: Client = {
  ...pnpmLike("pnpx", () => true),
  handsOn: handsOnAtOnce,
  runsOwn: () => false,
};

function pnpmLike(program: string, isGated: Client["isGated"]): Client {
  return {
    program,
    family: "pnpm",
    // pnpm 10 has no way to be given one for this address by environment.
    sendsToken: false,
    flags: FLAGS,
    isGated,
    runsOwn,
    handsOn: handsOnAfter(RUNNERS),
    settings: pnpmSettings,
  };
}

async function pnpmSettings(context: ClientContext): Promise<ClientSettings> {
  const { gateUrl, runFolder, env, policy } = context;
  const store = await openKeptStore(context);
  const global = await globalFolder(context);
  const folders = [
    ...foldersUpward(context.args, context.cwd),
    ...(global === undefined ? [] : [dirname(global)]),
  ];
  const takeBack = await lendStore(folders, store, () => usersStore(context));
  const noProxy = noProxyFor(gateUrl, env, policy);
  const scopes = context.scopes.map((scope) => `--config.${scope}:registry=${gateUrl}`);
  return {
    args: [...scopes, ...context.args],
    needs: await needsOf(context, store, global),
    env: {
      ...inBothForms({
        registry: gateUrl,
        store_dir: store,
        cache_dir: join(runFolder, "pnpm"),
        fetch_retries: "0",
        fetch_timeout: "600000",
        update_notifier: "false",
        ...(hasPnpmfile(folders) ? {} : { ignore_pnpmfile: "true" }),
        ...(guardsTheRest(policy)
          ? { https_proxy: gateUrl, http_proxy: gateUrl, noproxy: noProxy }
          : {}),
      }),
      NO_PROXY: noProxy,
      no_proxy: noProxy,
      ...(hasWord(context.args, INSTALLS, RUNNERS) ? withoutGit(context.policy) : {}),
      npm_config_proxy: undefined,
      pnpm_config_proxy: undefined,
    },
    afterwards: async () => {
      await takeBack();
      await mendFiles(filesThatNameTheRegistry(folders), context);
    },
  };
}

/** Where there is none, none may appear: a sandbox lets an empty file stand there, which pnpm would note. */
function hasPnpmfile(folders: readonly string[]): boolean {
  return [".pnpmfile.cjs", ".pnpmfile.mjs"].some((name) => nearest(name, folders) !== undefined);
}

function inBothForms(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => [
      [`npm_config_${key}`, value],
      [`pnpm_config_${key}`, value],
    ]),
  );
}

async function globalFolder(context: ClientContext): Promise<string | undefined> {
  return isGlobal(context.args) ? askPnpm(context, ["root", "-g"]) : undefined;
}

async function needsOf(
  context: ClientContext,
  store: string,
  global: string | undefined,
): Promise<ClientNeeds> {
  if (!context.isEnclosed || global === undefined) return { writable: [store] };
  const programs = await askPnpm(context, ["bin", "-g"]);
  const needs = globalNeeds(global, programs ?? dirname(global), context.args);
  return { ...needs, writable: [store, dirname(global), ...(needs.writable ?? [])] };
}

async function usersStore(context: ClientContext): Promise<string | undefined> {
  return askPnpm(context, ["store", "path"]);
}

async function askPnpm(
  { program, env, cwd }: ClientContext,
  args: readonly string[],
): Promise<string | undefined> {
  // pnpx is pnpm with a subcommand in front, and lies beside it.
  const pnpmProgram = join(dirname(program), "pnpm");
  const answer = (await ask(pnpmProgram, args, env, cwd))?.split("\n").at(-1);
  return answer !== undefined && isAbsolute(answer) ? answer : undefined;
}

/** pnpm 10 notes its registries; `lockfile-include-tarball-url` puts addresses into the lockfiles. */
function filesThatNameTheRegistry(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => [
    join(folder, "pnpm-lock.yaml"),
    join(folder, "node_modules", ".modules.yaml"),
    join(folder, "node_modules", ".pnpm", "lock.yaml"),
  ]);
}
