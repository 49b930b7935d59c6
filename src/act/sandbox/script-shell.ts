import { proxyUrl } from "./proxy/credential.ts";

export interface ScriptShell {
  /** What runs the script's text in the end; gets the arguments as the package manager gives them. */
  readonly shell: string;
  readonly proxyPort: number;
  readonly token: string;
  /** The folder in front of PATH by which the package manager finds it; not for the script itself. */
  readonly onPath?: string;
}

/** Reached without the proxy: the gate. */
const NO_PROXY = "127.0.0.1,localhost";

/** Where downloaders look for a proxy; none of them looks at all of these. */
const ADDRESS_VARIABLES = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"],
  // node-gyp, node-pre-gyp and prebuild-install ask npm's configuration first.
  ...["npm_config_proxy", "npm_config_https_proxy"],
  // global-agent, which Electron's downloader and others use.
  ...["GLOBAL_AGENT_HTTP_PROXY", "GLOBAL_AGENT_HTTPS_PROXY"],
];

const EXCEPTION_VARIABLES = ["NO_PROXY", "no_proxy", "npm_config_noproxy", "GLOBAL_AGENT_NO_PROXY"];

/** Downloaders that have to be told to look: Node's own `fetch` and `https`, and @electron/get. */
const SWITCHES = ["NODE_USE_ENV_PROXY", "ELECTRON_GET_USE_PROXY"];

/** Python would keep compiled modules beside node-gyp's own, where nothing may be changed. */
const WRITES_NOTHING = "PYTHONDONTWRITEBYTECODE";

/** By which the downloaders of honest packages find the proxy of a room. */
export function proxyVariables(url: string): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...ADDRESS_VARIABLES.map((name) => [name, url] as const),
    ...EXCEPTION_VARIABLES.map((name) => [name, NO_PROXY] as const),
    ...SWITCHES.map((name) => [name, "1"] as const),
  ]);
}

/**
 * A program for the setting `script-shell` of npm and pnpm, and in place of the `bash` that bun looks up
 * on PATH, in POSIX sh. Package managers put a
 * script's package into npm_package_name and npm_package_version; it becomes the name under which the
 * script's downloaders sign on to the proxy. So the package manager itself is told of no proxy, and
 * what it would fetch past the gate stays refused.
 */
export function scriptShell({ shell, proxyPort, token, onPath }: ScriptShell): string {
  const unnamed = new URL(proxyUrl(proxyPort, token));
  const values = Object.entries(proxyVariables("$veln_url")).map(
    ([name, value]) => `export ${name}="${value}"`,
  );
  values.push(`export ${WRITES_NOTHING}=1`);
  return `#!/bin/sh
veln_name="\${npm_package_name-}"
veln_version="\${npm_package_version-}"
veln_who="${unnamed.username}"
case "$veln_name" in
  @*/*) veln_encoded="%40\${veln_name#@}"; veln_encoded="\${veln_encoded%%/*}%2F\${veln_encoded#*/}" ;;
  *) veln_encoded="$veln_name" ;;
esac
case "$veln_name$veln_version" in
  *[!A-Za-z0-9._~@/+-]*) ;;
  *) case "$veln_name:$veln_version" in :* | *:) ;; *) veln_who="$veln_encoded%40$veln_version" ;; esac ;;
esac
veln_url="http://$veln_who:${unnamed.password}@${unnamed.host}"
${values.join("\n")}
veln_folder=${quoted(onPath ?? "")}
case "$PATH" in "$veln_folder":*) [ -n "$veln_folder" ] && PATH="\${PATH#"$veln_folder":}" ;; esac
unset veln_folder veln_name veln_version veln_who veln_encoded veln_url
exec ${quoted(shell)} "$@"
`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
