import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../../model/canonical.ts";
import { isJsonObject } from "../../model/canonical.ts";
import { Failure } from "../../model/failure.ts";
import { guardsTheRest, noProxyFor, withoutGit } from "./backstop.ts";
import type { Client, ClientContext, ClientSettings, FlagRules } from "./client.ts";
import { certainWords, subcommandOf } from "./client.ts";
import { foldersUpward, nearest } from "./project.ts";
import { handsOnAfter, hasWord, runsOwnBy } from "./words.ts";
import { settleBerryCache } from "./yarn-berry-cache.ts";
import { askForLines, mustAgree } from "./yarn-config.ts";

const UNGATED = new Set(["config", "help", "version", "cache", "--version", "-v"]);
const ACCOUNT = new Set(["login", "logout", "whoami", "publish", "tag"]);

const RUNNERS = new Set(["run", "exec", "node", "dlx"]);

const INSTALLS = new Set([
  ...["add", "install", "remove", "up", "dedupe", "import", "link", "unlink", "unplug", "rebuild"],
  ...["patch-commit", "set", "plugin", "workspace", "workspaces"],
]);

const OWN = new Set(["run", "exec", "node", "pack", "version", "npm"]);

const FETCHING = new Set([
  ...INSTALLS.values().filter((word) => !word.startsWith("workspace")),
  ...["dlx", "create", "init", "constraints", "stage", "explain", "info", "patch", "search"],
]);

/** These change what yarn is and loads. */
const OF_YARN_ITSELF = new Set(["set", "plugin"]);

const runsOwn = runsOwnBy({ own: OWN, fetching: FETCHING, isShort: true });

const FLAGS: FlagRules = new Map();

/**
 * yarn 2 to 4. Tarball addresses name the gate, where a registry's own would be: yarn leaves those
 * out of its lockfile. Settings of a single scope cannot be made by environment, and an address in a
 * lockfile is fetched as it stands; both are refused beforehand.
 */
export const yarnBerry: Client = {
  program: "yarn",
  family: "yarn",
  sendsToken: true,
  flags: FLAGS,
  isGated: (args) => {
    const word = subcommandOf(args) ?? "";
    const about = args[args.indexOf(word) + 1] ?? "";
    return !UNGATED.has(word) && !(word === "npm" && ACCOUNT.has(about));
  },
  runsOwn: berryRunsOwn,
  handsOn: handsOnAfter(RUNNERS),
  settings: berrySettings,
};

/** `yarn workspace NAME …` and `yarn workspaces foreach … run` stand before a command of yarn's. */
function berryRunsOwn(args: readonly string[], cwd: string): boolean {
  if (args[0] === "workspace") {
    const [word = ""] = args.slice(2);
    return word !== "" && !word.startsWith("-") && !FETCHING.has(word) && word !== "workspaces";
  }
  if (args[0] !== "workspaces") return runsOwn(args, cwd);
  return (
    args.some((arg) => arg === "run" || arg === "exec") && !args.some((arg) => FETCHING.has(arg))
  );
}

async function berrySettings(context: ClientContext): Promise<ClientSettings> {
  const { args, cwd, runFolder, policy } = context;
  const installs = certainWords(args).length === 0 || hasWord(args, INSTALLS, RUNNERS);
  const config = await berryConfig(context);
  mustAgree("yarn", new Map([[undefined, config.registry]]), context.registry);
  const folders = foldersUpward(args, cwd);
  const stop = installs ? await foreignAddress(folders) : undefined;
  const cache = config.isGlobalCache ? undefined : join(runFolder, "yarn-cache");
  return {
    args,
    env: {
      ...environment(context),
      ...(installs ? withoutGit(policy) : {}),
      ...(cache === undefined ? {} : { YARN_CACHE_FOLDER: cache }),
    },
    ...(stop === undefined ? {} : { stop }),
    needs: OF_YARN_ITSELF.has(args[0] ?? "")
      ? { unguarded: [".yarnrc.yml", ".yarn/releases", ".yarn/plugins"] }
      : {},
    afterwards: () =>
      settleBerryCache({
        from: cache ?? join(runFolder, "yarn-berry", "cache"),
        to: config.cacheFolder,
        always: !config.isGlobalCache,
        folders,
      }),
  };
}

function environment({
  gateUrl,
  token,
  runFolder,
  policy,
  env,
}: ClientContext): ClientSettings["env"] {
  const noProxy = noProxyFor(gateUrl, env, policy);
  return {
    YARN_NPM_REGISTRY_SERVER: gateUrl.replace(/\/$/, ""),
    YARN_UNSAFE_HTTP_WHITELIST: new URL(gateUrl).hostname,
    YARN_NPM_AUTH_TOKEN: token,
    YARN_NPM_AUTH_IDENT: undefined,
    YARN_NPM_ALWAYS_AUTH: "true",
    YARN_GLOBAL_FOLDER: join(runFolder, "yarn-berry"),
    YARN_HTTP_RETRY: "0",
    YARN_HTTP_TIMEOUT: "600000",
    YARN_ENABLE_TELEMETRY: "0",
    // For http alone, and http goes to the gate only: yarn refuses it to hosts not named above.
    YARN_HTTP_PROXY: undefined,
    ...(guardsTheRest(policy) ? { YARN_HTTPS_PROXY: gateUrl } : {}),
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  };
}

interface BerryConfig {
  readonly registry: string;
  readonly cacheFolder: string;
  readonly isGlobalCache: boolean;
}

/** What yarn has read from all its files and plugins, in its own words. */
async function berryConfig(context: ClientContext): Promise<BerryConfig> {
  const lines = await askForLines(context, ["config", "--json"]);
  const settings = new Map<Json | undefined, Json | undefined>(
    lines.map((line) => [line["key"], line["effective"]]),
  );
  const registry = settings.get("npmRegistryServer");
  const cacheFolder = settings.get("cacheFolder");
  if (typeof registry !== "string" || typeof cacheFolder !== "string") {
    throw new Failure("bad-config", '"yarn config --json" names no registry or cache folder.');
  }
  await refuseScopes(context, lines);
  return { registry, cacheFolder, isGlobalCache: settings.get("enableGlobalCache") === true };
}

/** `npmScopes` in the long list is empty whatever it holds, but says where it was set. */
async function refuseScopes(
  context: ClientContext,
  lines: Awaited<ReturnType<typeof askForLines>>,
): Promise<void> {
  const source = lines.find((line) => line["key"] === "npmScopes")?.["source"];
  if (source === "<default>") return;
  const [scopes = {}] = await askForLines(context, ["config", "get", "npmScopes", "--json"]);
  const own = Object.entries(scopes).find(
    ([, settings]) => isJsonObject(settings) && typeof settings["npmRegistryServer"] === "string",
  );
  if (own === undefined) return;
  throw new Failure(
    "bad-config",
    `yarn takes @${own[0]} from a registry of its own (npmScopes in .yarnrc.yml), and no setting leads that to the gate. Use one npmRegistryServer that serves the scope too, and name it as registry= in .npmrc.`,
  );
}

const ARCHIVE_URL = /::__archiveUrl=([^\s"&]+)/;

async function foreignAddress(folders: readonly string[]): Promise<string | undefined> {
  const lock = nearest("yarn.lock", folders);
  const text = lock === undefined ? "" : await readFile(lock, "utf8");
  const [, url] = ARCHIVE_URL.exec(text) ?? [];
  if (url === undefined) return undefined;
  return `yarn.lock has packages fetched from an address of their own (__archiveUrl=${url}), past any registry setting. Remove ${url === "" ? "it" : "these entries"} from yarn.lock and let "veln yarn install" resolve them again.`;
}
