import type { Stage } from "../../parse/command-line.ts";

/** Do one small, well-known thing, and are often left behind in published manifests. */
const HARMLESS: ReadonlySet<string> = new Set([
  "only-allow", "husky", "patch-package", "npm-force-resolutions", "is-ci", "check-node-version",
  "opencollective", "opencollective-postinstall", "node-gyp", "node-gyp-build", "prebuild-install",
  "node-pre-gyp", "@mapbox/node-pre-gyp", "cmake-js", "prebuildify", "simple-git-hooks", "lefthook",
  "yarn-deduplicate", "allow-scripts", "playwright", "napi-postinstall",
]); // prettier-ignore

const RUNTIMES = /^(?:bun|deno|@oven\/bun\S*|node|python)(?:@|$)/;

export interface FetchedPackage {
  readonly name: string;
  readonly harmless: boolean;
}

/** The package that `npx x`, `pnpm dlx x`, `npm install x` fetches, unless the tree holds it already. */
export function fetchedPackage(
  stage: Stage,
  local: ReadonlySet<string>,
): FetchedPackage | undefined {
  const words = fetchedWords(stage);
  if (words === undefined) return undefined;
  const word = words.find((each) => !local.has(nameOf(each)) && !isOwnPath(each));
  return word === undefined ? undefined : { name: word, harmless: HARMLESS.has(nameOf(word)) };
}

/** Names the runtime that a package manager is told to install. */
export function fetchesRuntime(stage: Stage): string | undefined {
  return fetchedWords(stage)?.find((word) => RUNTIMES.test(word));
}

function fetchedWords(stage: Stage): readonly string[] | undefined {
  const words = stage.args.filter((arg) => !arg.startsWith("-"));
  const [verb, ...rest] = words;
  switch (stage.program) {
    case "npx":
    case "bunx":
    case "pnpx":
      return words.slice(0, 1);
    case "npm":
    case "pnpm":
    case "yarn":
    case "bun":
      if (["dlx", "exec", "x"].includes(verb ?? "")) return rest.slice(0, 1);
      return ["i", "install", "add", "isntall", "global"].includes(verb ?? "")
        ? rest.filter((word) => word !== "add")
        : undefined;
    case "pip":
    case "pip3":
      return verb === "install" ? rest : undefined;
    default:
      return undefined;
  }
}

function nameOf(word: string): string {
  const at = word.indexOf("@", 1);
  return at === -1 ? word : word.slice(0, at);
}

function isOwnPath(word: string): boolean {
  return /^\.{0,2}\//.test(word) || word === ".";
}
