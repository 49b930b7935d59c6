import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { parse as parseIni } from "ini";
import { isJsonObject, parseJson, type Json } from "../model/canonical.ts";
import type { ConfigFiles } from "../platform/config-files.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a person's npm configuration can come from. */
export interface ConfigOrigin {
  readonly cwd: string;
  /** The environment the package manager will see, PATH included. */
  readonly env: Environment;
  readonly home: string;
  /** Flags of the wrapped command line without their dashes: `registry` → `https://…`. */
  readonly flags: ReadonlyMap<string, string>;
  readonly files: ConfigFiles;
  readonly platform: NodeJS.Platform;
}

export type ConfigValue = string | boolean | null | readonly string[];

/** One place that configuration comes from. */
export interface Level {
  /** A file's path, "the environment" or "the command line". */
  readonly source: string;
  readonly values: ReadonlyMap<string, ConfigValue>;
}

export interface Setting {
  readonly value: ConfigValue;
  readonly source: string;
}

export function find(levels: readonly Level[], key: string): Setting | undefined {
  const level = levels.find(({ values }) => values.has(key));
  const value = level?.values.get(key);
  return level === undefined || value === undefined ? undefined : { value, source: level.source };
}

/**
 * All levels, strongest first: command line, environment, project, user, global, npm's own. Each
 * weaker file's place can be set by the stronger levels, so they are read in this order.
 */
export function readLevels(origin: ConfigOrigin): readonly Level[] {
  const npm = findNpm(origin);
  const builtin = readFile(origin, npm.builtinConfig);
  const flags: Level = { source: "the command line", values: new Map(origin.flags) };
  const levels = [flags, environmentLevel(origin.env)];

  const userPath = pathSetting(origin, [...levels, builtin], "userconfig");
  const userConfig = userPath ?? join(origin.home, ".npmrc");
  const projectConfig = join(projectRoot(origin), ".npmrc");
  if (!isGlobal(levels) && projectConfig !== userConfig) {
    levels.push(readFile(origin, projectConfig));
  }
  levels.push(
    readFile(origin, pathSetting(origin, [...levels, builtin], "userconfig") ?? userConfig),
  );

  const prefix = pathSetting(origin, [...levels, builtin], "prefix") ?? npm.prefix;
  const globalPath =
    pathSetting(origin, [...levels, builtin], "globalconfig") ??
    (prefix === undefined ? undefined : join(prefix, "etc", "npmrc"));
  return [...levels, readFile(origin, globalPath), builtin];
}

function isGlobal(levels: readonly Level[]): boolean {
  return (
    String(find(levels, "global")?.value) === "true" || find(levels, "location")?.value === "global"
  );
}

function pathSetting(
  origin: ConfigOrigin,
  levels: readonly Level[],
  key: string,
): string | undefined {
  const value = find(levels, key)?.value;
  return typeof value === "string" && value !== "" ? resolvePath(origin, value) : undefined;
}

export function resolvePath(origin: Pick<ConfigOrigin, "cwd" | "home">, path: string): string {
  return /^~[/\\]/.test(path) ? resolve(origin.home, path.slice(2)) : resolve(origin.cwd, path);
}

function readFile(origin: ConfigOrigin, path: string | undefined): Level {
  const text = path === undefined ? undefined : origin.files.read(path);
  if (path === undefined || text === undefined) return { source: path ?? "", values: new Map() };
  const values = new Map<string, ConfigValue>();
  for (const [key, value] of Object.entries(parseIni(text))) {
    const expanded = expandValue(value, origin.env);
    if (expanded !== undefined) values.set(expandVariables(key, origin.env), expanded);
  }
  return { source: path, values };
}

function expandValue(value: unknown, env: Environment): ConfigValue | undefined {
  if (typeof value === "string") return expandVariables(value.trim(), env);
  if (typeof value === "boolean" || value === null) return value;
  if (!Array.isArray(value)) return undefined;
  return value
    .filter((item) => typeof item === "string")
    .map((item) => expandVariables(item.trim(), env));
}

/**
 * `${NAME}` becomes the variable, or stays as it is when there is none; `${NAME?}` becomes empty
 * then. A backslash before it keeps it literal, and two backslashes stand for one.
 */
export function expandVariables(text: string, env: Environment): string {
  return text.replace(
    /(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}/g,
    (whole, slashes: string, name: string, optional: string | undefined) => {
      if (slashes.length % 2 === 1) return whole.slice((slashes.length + 1) / 2);
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      return slashes.slice(slashes.length / 2) + (value ?? (optional ? "" : `\${${name}}`));
    },
  );
}

function environmentLevel(env: Environment): Level {
  const values = new Map<string, ConfigValue>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === "" || !/^npm_config_/i.test(name)) continue;
    const raw = name.slice("npm_config_".length);
    // A key that names an address keeps its case and its underscores.
    const key = raw.startsWith("//") ? raw : raw.replace(/(?!^)_/g, "-").toLowerCase();
    values.set(key, expandVariables(value.trim(), env));
  }
  return { source: "the environment", values };
}

interface NpmPlace {
  /** The folder under which `etc/npmrc` is the global configuration. */
  readonly prefix: string | undefined;
  readonly builtinConfig: string | undefined;
}

function findNpm(origin: ConfigOrigin): NpmPlace {
  const { env, platform } = origin;
  const windows = platform === "win32";
  const node = findOnPath(origin, windows ? "node.exe" : "node");
  const npm = windows ? undefined : findOnPath(origin, "npm");
  const beside = node && (windows ? dirname(node) : dirname(dirname(node)));
  const prefix =
    env["PREFIX"] || (beside && !windows && env["DESTDIR"] ? join(env["DESTDIR"], beside) : beside);
  // The command is a link to …/npm/bin/npm-cli.js; packagers keep their own npmrc beside bin.
  const npmFolder = windows
    ? beside && join(beside, "node_modules", "npm")
    : npm?.endsWith("npm-cli.js") && dirname(dirname(npm));
  return {
    prefix: prefix || undefined,
    builtinConfig: npmFolder ? join(npmFolder, "npmrc") : undefined,
  };
}

function findOnPath({ env, files, platform }: ConfigOrigin, command: string): string | undefined {
  const windows = platform === "win32";
  const path = Object.entries(env).find(
    ([name]) => (windows ? name.toUpperCase() : name) === "PATH",
  );
  return (path?.[1] ?? "")
    .split(windows ? ";" : ":")
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, command))
    .filter((candidate) => files.kindOf(candidate) === "file")
    .map((candidate) => files.realPath(candidate))
    .find((found) => found !== undefined);
}

/**
 * The folder whose `.npmrc` counts: `--prefix`, or the nearest one upward with a package.json or a
 * node_modules, or the workspace root above that which claims it, or the current folder.
 */
export function projectRoot(origin: ConfigOrigin): string {
  const prefix = origin.flags.get("prefix");
  if (prefix !== undefined && prefix !== "") return resolvePath(origin, prefix);
  const folders = upward(resolve(origin.cwd));
  const nearest = folders.find((folder) => isProject(origin.files, folder));
  if (nearest === undefined) return resolve(origin.cwd);
  if (origin.flags.get("workspaces") === "false") return nearest;
  const above = upward(dirname(nearest)).filter((folder) => folder !== nearest);
  return above.find((folder) => claims(origin.files, folder, nearest)) ?? nearest;
}

function isProject(files: ConfigFiles, folder: string): boolean {
  return (
    files.kindOf(join(folder, "package.json")) === "file" ||
    files.kindOf(join(folder, "node_modules")) === "folder"
  );
}

function claims(files: ConfigFiles, root: string, member: string): boolean {
  const text = files.read(join(root, "package.json"));
  if (text === undefined) return false;
  const path = relative(root, member).split(sep).join("/");
  return workspacePatterns(text).reduce((claimed, pattern) => {
    const negated = pattern.startsWith("!");
    const glob = posix.normalize(pattern.replace(/^!/, "")).replace(/\/$/, "");
    return posix.matchesGlob(path, glob) ? !negated : claimed;
  }, false);
}

const WORKSPACE_PATTERNS_MAX = 1000;
const WORKSPACE_PATTERN_LENGTH_MAX = 200;
/** Braces and stars multiply the work of a match, and a cloned project is a stranger's text. */
const WORKSPACE_PATTERN_WILDCARDS_MAX = 6;

function workspacePatterns(manifest: string): readonly string[] {
  let parsed: Json;
  try {
    parsed = parseJson(manifest);
  } catch {
    return [];
  }
  if (!isJsonObject(parsed)) return [];
  const { workspaces } = parsed;
  const patterns = isJsonObject(workspaces) ? workspaces["packages"] : workspaces;
  if (!Array.isArray(patterns)) return [];
  return patterns
    .slice(0, WORKSPACE_PATTERNS_MAX)
    .filter((pattern): pattern is string => typeof pattern === "string")
    .filter(
      (pattern) =>
        pattern.length <= WORKSPACE_PATTERN_LENGTH_MAX &&
        pattern.replace(/[^*?{([]/g, "").length <= WORKSPACE_PATTERN_WILDCARDS_MAX,
    );
}

function upward(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upward(parent)];
}
