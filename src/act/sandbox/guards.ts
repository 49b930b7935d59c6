/**
 * What starts code later, or tells a program that a person trusts what to do: relative to the folder of
 * a project, folders with a slash at their end. A script that may change it needs no way out of the
 * sandbox today. These are guarded whether they are there or not.
 */
const ALWAYS: readonly string[] = [
  // Hooks, and settings that name programs (core.hooksPath, core.fsmonitor, filters, aliases).
  ...[".git/hooks/", ".git/config"],
  // Run by servers that hold secrets.
  ...[".github/", ".gitlab-ci.yml"],
  // Tasks, launch configurations and extensions, run when a folder is opened.
  ...[".vscode/", ".idea/", ".zed/", ".devcontainer/"],
  // Commands, hooks and servers of coding agents, and the texts that they obey.
  ...[".mcp.json", ".claude/", "CLAUDE.md", "AGENTS.md", ".cursor/", ".cursorrules", ".windsurf/"],
  ...[".gemini/", "GEMINI.md", ".codex/", ".kiro/", "opencode.json"],
  // Read by shells on entering the folder.
  ...[".envrc", "mise.toml"],
  // Name registries and programs that package managers load; and what Veln itself goes by.
  ...["veln.toml", ".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", ".pnpmfile.cjs"],
];

/** The same where somebody uses them: what is not there yet, nothing looks for. */
const WHERE_PRESENT: readonly string[] = [
  ...[".git/config.worktree", ".git/info/", ".git/modules/", ".git/worktrees/"],
  ...[".husky/", ".githooks/", ".lefthook/", "lefthook.yml", ".pre-commit-config.yaml"],
  ...[".gitlab/", ".circleci/", ".buildkite/", ".woodpecker/", ".forgejo/"],
  ...["azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile"],
  ...[".fleet/", ".devcontainer.json", ".exrc", ".vimrc", ".nvimrc", ".nvim.lua", ".dir-locals.el"],
  ...[".windsurfrules", ".continue/", ".clinerules", ".roo/", ".amazonq/", ".junie/", ".opencode/"],
  ...[".aider.conf.yml", ".mise.toml"],
  ...[".profile", ".bashrc", ".bash_profile", ".bash_login", ".zshrc", ".zshenv", ".zprofile"],
  ...[".yarn/releases/", ".yarn/plugins/", ".pnpmfile.mjs"],
];

export const LOCKFILES: readonly string[] = [
  ...["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"],
  "bun.lockb",
];

/**
 * What is guarded in a project, in the form of `Room.guarded`.
 *
 * @param unguarded as in the policy's `[sandbox] unguarded`; a folder opens what is guarded below it
 * @param exists whether a path of the project is there
 */
export function guardedNames(
  unguarded: readonly string[],
  exists: (name: string) => boolean,
): readonly string[] {
  const present = WHERE_PRESENT.filter((name) => exists(name));
  return [...ALWAYS, ...present].filter((name) => !unguarded.some((open) => opens(open, name)));
}

function opens(open: string, name: string): boolean {
  return name === open || `${name}/`.startsWith(`${open}/`);
}
