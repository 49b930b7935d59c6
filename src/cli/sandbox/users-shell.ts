import { join } from "node:path";
import { systemConfigFiles } from "../../platform/config-files.ts";
import type { Environment } from "../paths.ts";

const BY_DEFAULT = "/bin/sh";
const SETTING = /^\s*(?:script-shell\s*=|scriptShell\s*:)\s*["']?([^\s"'#;]+)/m;

/** The shell that a person's package manager runs scripts with (`script-shell`), the nearest word first. */
export function usersScriptShell(env: Environment, projectFolders: readonly string[]): string {
  const named = env["npm_config_script_shell"] ?? env["pnpm_config_script_shell"];
  if (named !== undefined && named !== "") return named;
  const files = [
    ...projectFolders.flatMap((folder) => [
      join(folder, ".npmrc"),
      join(folder, "pnpm-workspace.yaml"),
    ]),
    ...(env["HOME"] === undefined ? [] : [join(env["HOME"], ".npmrc")]),
  ];
  for (const path of files) {
    const shell = SETTING.exec(systemConfigFiles.read(path) ?? "")?.[1];
    if (shell !== undefined) return shell;
  }
  return BY_DEFAULT;
}
