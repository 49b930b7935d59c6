import { isJsonObject, parseJson, type Json, type JsonObject } from "../../model/canonical.ts";
import { Failure } from "../../model/failure.ts";
import { printable } from "../../model/printable.ts";
import { ask } from "./ask.ts";
import type { ClientContext } from "./client.ts";

/** yarn's own name for the public registry. */
export const YARN_REGISTRY = "https://registry.yarnpkg.com";

/** Scope (or undefined for everything else) → the registry a package manager would ask itself. */
export type NamedRegistries = ReadonlyMap<string | undefined, string>;

export interface YarnClassicConfig {
  /** As yarn's own settings have it, whatever .npmrc says. */
  readonly yarnRegistry: string;
  readonly registries: NamedRegistries;
}

/** What yarn 1 has read from .yarnrc and .npmrc files, in its own words. */
export async function yarnClassicConfig(context: ClientContext): Promise<YarnClassicConfig> {
  const lines = await askForLines(context, ["config", "list", "--json"]);
  const [own = {}, npm = {}] = lines
    .filter((line) => line["type"] === "inspect")
    .map((line) => (isJsonObject(line["data"]) ? line["data"] : {}));
  const yarnRegistry = text(own["registry"]) ?? YARN_REGISTRY;
  const registry = text(npm["registry"]) ?? yarnRegistry;
  const scopes = Object.entries({ ...own, ...npm }).flatMap(([key, value]) => {
    const [, scope] = /^(@[^:]+):registry$/.exec(key) ?? [];
    return scope === undefined || typeof value !== "string" ? [] : [[scope, value] as const];
  });
  return { yarnRegistry, registries: new Map([[undefined, registry], ...scopes]) };
}

/**
 * Veln learns from npm's configuration where packages come from. Where a package manager was told
 * otherwise in a file of its own, the gate would ask the wrong registry.
 *
 * @throws Failure "bad-config"
 */
export function mustAgree(
  program: string,
  registries: NamedRegistries,
  truth: ClientContext["registry"],
): void {
  for (const [scope, url] of registries) {
    const asked = truth.baseUrl(scope === undefined ? undefined : `${scope}/any`);
    const isPublic = scope === undefined && withSlash(url) === withSlash(YARN_REGISTRY);
    if (withSlash(url) === asked || isPublic) continue;
    const key = scope === undefined ? "registry" : `${scope}:registry`;
    throw new Failure(
      "bad-config",
      `${program} is set to ${printable(url, 200)}${scope === undefined ? "" : ` for ${printable(scope, 100)}`}, but the gate would ask ${asked}: it reads npm's configuration. Say ${key}=${printable(url, 200)} in .npmrc too.`,
      { url },
    );
  }
}

/** Answers that are one JSON object a line; a line that is none is passed over. */
export async function askForLines(
  { program, env, cwd }: Pick<ClientContext, "program" | "env" | "cwd">,
  args: readonly string[],
): Promise<readonly JsonObject[]> {
  const answer = await ask(program, args, env, cwd);
  if (answer === undefined) {
    throw new Failure("bad-config", `"yarn ${args.join(" ")}" fails; yarn itself says why.`);
  }
  return answer.split("\n").flatMap((line) => {
    const json = parseOrNull(line);
    return isJsonObject(json) ? [json] : [];
  });
}

function parseOrNull(line: string): Json {
  try {
    return parseJson(line);
  } catch {
    return null;
  }
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
