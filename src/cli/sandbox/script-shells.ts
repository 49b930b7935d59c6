import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scriptShell } from "../../act/sandbox/script-shell.ts";
import { findOnPath } from "../child.ts";
import type { Environment } from "../paths.ts";

/** What runs scripts, laid out in the folder of a run. */
export interface ScriptShells {
  /** For `script-shell`. */
  readonly setting: string;
  /** Folders to be put in front of PATH. */
  readonly path: readonly string[];
}

export interface ScriptShellsPlan {
  readonly runFolder: string;
  /** What a person's package manager would run scripts with. */
  readonly usersShell: string;
  readonly userEnvironment: Environment;
  /** Whether the package manager looks for `bash` on PATH instead. */
  readonly looksUpShell: boolean;
  readonly out: { readonly port: number; readonly token: string };
}

export function layScriptShells(plan: ScriptShellsPlan): ScriptShells {
  const { runFolder, usersShell, userEnvironment, out } = plan;
  const way = { proxyPort: out.port, token: out.token };
  const setting = join(runFolder, "script-shell");
  writeFileSync(setting, scriptShell({ shell: usersShell, ...way }), { mode: 0o700 });
  if (!plan.looksUpShell) return { setting, path: [] };
  const folder = join(runFolder, "shells");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const shell = findOnPath("bash", userEnvironment, undefined) ?? usersShell;
  const text = scriptShell({ shell, ...way, onPath: folder });
  writeFileSync(join(folder, "bash"), text, { mode: 0o700 });
  return { setting, path: [folder] };
}
