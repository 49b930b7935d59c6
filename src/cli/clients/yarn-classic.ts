import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isYarnLockV1 } from "../../acquire/lockfile/yarn-classic.ts";
import { ask } from "./ask.ts";
import { backstop, guardsTheRest, withoutGit } from "./backstop.ts";
import type { Client, ClientContext, ClientNeeds, ClientSettings, FlagRules } from "./client.ts";
import { globalNeeds } from "./global.ts";
import { certainWords, subcommandOf } from "./client.ts";
import { mendFile, publishedAddress, type Addresses } from "./mend.ts";
import { foldersUpward, nearest } from "./project.ts";
import { mustAgree, YARN_REGISTRY, yarnClassicConfig } from "./yarn-config.ts";
import { handsOnAfter, hasWord, runsOwnBy, TAKEN } from "./words.ts";
import { fillMirror } from "./yarn-mirror.ts";

const UNGATED = new Set([
  ...["login", "logout", "owner", "team", "token", "publish", "access", "tag"],
  ...["config", "help", "cache", "version", "versions", "policies"],
]);

const RUNNERS = new Set(["run", "exec", "node", "test", "start", "stop", "restart"]);

const INSTALLS = new Set([
  ...["add", "install", "remove", "upgrade", "upgrade-interactive", "global", "create", "import"],
  ...["dedupe", "link", "generate-lock-entry", "workspace"],
]);

const OWN = new Set([
  ...["run", "exec", "node", "test", "start", "stop", "restart", "pack"],
  ...["owner", "team", "tag", "access"],
]);

const FETCHING = new Set([
  ...INSTALLS,
  ...["audit", "autoclean", "check", "outdated", "unlink", "unplug", "workspaces", "init"],
]);

const FLAGS: FlagRules = new Map([...TAKEN, ["cache-folder", "take" as const]]);

const PUBLIC_HOST = /^https?:\/\/registry\.npmjs\.org(?=\/|$)/;

/**
 * yarn 1. Tarball addresses name the gate, and yarn writes them into its lockfile: they are put
 * right when it has ended. What the lockfile names already is fetched from where it says, past any
 * registry setting: see `yarn-mirror.ts`.
 */
export const yarnClassic: Client = {
  program: "yarn",
  family: "yarn",
  // Not by environment for packages without a scope.
  sendsToken: false,
  flags: FLAGS,
  isGated: (args) => !UNGATED.has(subcommandOf(args) ?? ""),
  runsOwn: runsOwnBy({ own: OWN, fetching: FETCHING, isShort: true }),
  handsOn: handsOnAfter(RUNNERS),
  settings: classicSettings,
};

async function classicSettings(context: ClientContext): Promise<ClientSettings> {
  const { args, runFolder } = context;
  const installs = certainWords(args).length === 0 || hasWord(args, INSTALLS, RUNNERS);
  const mirror = join(runFolder, "yarn-mirror");
  const isGlobal = subcommandOf(args) === "global";
  const folders = isGlobal ? await globalFolders(context) : foldersUpward(args, context.cwd);
  const lock = installs ? nearest("yarn.lock", folders) : undefined;
  const lockText = lock === undefined ? "" : await readFile(lock, "utf8");
  const stop = isYarnLockV1(lockText) ? await fillMirror(lockText, mirror, context) : undefined;
  const addresses = await trueAddresses(context);
  return {
    args,
    env: {
      ...environment(context),
      ...(installs ? withoutGit(context.policy) : {}),
      ...(isYarnLockV1(lockText) ? { YARN_YARN_OFFLINE_MIRROR: mirror } : {}),
    },
    ...(stop === undefined ? {} : { stop }),
    ...(isGlobal && context.isEnclosed ? { needs: await globalNeedsOf(folders, context) } : {}),
    afterwards: async () => {
      for (const path of filesThatNameTarballs(folders)) await mendFile(path, addresses);
    },
  };
}

function environment(context: ClientContext): ClientSettings["env"] {
  const { gateUrl, policy, env, runFolder } = context;
  const scopes = context.scopes.map((scope) => [`npm_config_${scope}:registry`, gateUrl] as const);
  const { https_proxy: _, HTTPS_PROXY: __, ...plainHttp } = backstop(gateUrl, env, policy);
  return {
    YARN_REGISTRY: gateUrl,
    npm_config_registry: gateUrl,
    ...Object.fromEntries(scopes),
    YARN_CACHE_FOLDER: join(runFolder, "yarn"),
    YARN_NETWORK_TIMEOUT: "600000",
    YARN_DISABLE_SELF_UPDATE_CHECK: "true",
    ...plainHttp,
    ...(guardsTheRest(policy)
      ? { YARN_HTTPS_PROXY: gateUrl, npm_config_https_proxy: gateUrl }
      : {}),
    YARN_PROXY: undefined,
    npm_config_proxy: undefined,
  };
}

async function globalFolders(context: ClientContext): Promise<readonly string[]> {
  const { program, env, cwd } = context;
  const global = await ask(program, ["global", "dir"], env, cwd);
  return global === undefined ? [] : [global.split("\n").at(-1) ?? global];
}

async function globalNeedsOf(
  [folder]: readonly string[],
  { program, args, env, cwd }: ClientContext,
): Promise<ClientNeeds> {
  const answer = await ask(program, ["global", "bin"], env, cwd);
  const programs = answer?.split("\n").at(-1);
  if (folder === undefined || programs === undefined) return { isElsewhere: true };
  const needs = globalNeeds(join(folder, "node_modules"), programs, args);
  return { ...needs, writable: [folder, programs] };
}

function filesThatNameTarballs(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => [
    join(folder, "yarn.lock"),
    join(folder, "node_modules", ".yarn-integrity"),
  ]);
}

/**
 * As long as nobody chose a registry in yarn's own configuration, yarn writes its own name for the
 * public one (`NpmResolver.cleanRegistry`).
 */
async function trueAddresses(context: ClientContext): Promise<Addresses> {
  const { gateUrl, registry } = context;
  const config = await yarnClassicConfig(context);
  mustAgree("yarn", config.registries, registry);
  const isDefault = config.yarnRegistry === YARN_REGISTRY;
  const published = publishedAddress(registry);
  return {
    gateUrl,
    registryUrl: registry.baseUrl(),
    tarballUrl: async (ref) => {
      const url = await published(ref);
      return isDefault ? url?.replace(PUBLIC_HOST, YARN_REGISTRY) : url;
    },
  };
}
