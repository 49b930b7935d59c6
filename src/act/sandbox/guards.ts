/**
 * What starts code later, or tells a program that a person trusts what to do: relative to the folder of
 * a project. A script that may change it needs no way out of the sandbox today. Guarded whether it is
 * there or not.
 */
const OF_REPOSITORIES: readonly string[] = [
  // Hooks, and settings that name programs (core.hooksPath, core.fsmonitor, filters, aliases).
  ...["hooks", "config", "config.worktree", "info", "modules", "worktrees"].map(
    (name) => `.git/${name}`,
  ),
  ...[".husky", ".githooks", "lefthook.yml", ".lefthook", ".pre-commit-config.yaml"],
];

/** Run by servers that hold secrets. */
const OF_PIPELINES: readonly string[] = [
  ...[".github", ".gitlab-ci.yml", ".gitlab", ".circleci", ".buildkite", ".woodpecker", ".forgejo"],
  ...["azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile"],
];

/** Tasks, launch configurations and extensions, run when a folder is opened. */
const OF_EDITORS: readonly string[] = [
  ...[".vscode", ".idea", ".fleet", ".zed", ".devcontainer", ".devcontainer.json"],
  ...[".exrc", ".vimrc", ".nvimrc", ".nvim.lua", ".dir-locals.el"],
];

/** Commands, hooks and servers of coding agents, and the texts that they obey. */
const OF_AGENTS: readonly string[] = [
  ...[".mcp.json", ".claude", "CLAUDE.md", "AGENTS.md", ".cursor", ".cursorrules", ".windsurf"],
  ...[".windsurfrules", ".gemini", "GEMINI.md", ".codex", ".continue", ".clinerules", ".roo"],
  ...[".kiro", ".amazonq", ".junie", ".opencode", "opencode.json", ".aider.conf.yml"],
];

/** Read by shells, in a folder that is somebody's home or on entering it. */
const OF_SHELLS: readonly string[] = [
  ...[".envrc", ".mise.toml", "mise.toml", ".profile", ".bashrc", ".bash_profile", ".bash_login"],
  ...[".zshrc", ".zshenv", ".zprofile", ".zlogin"],
];

/** Name programs that package managers load, and registries; and what Veln itself goes by. */
const OF_PACKAGE_MANAGERS: readonly string[] = [
  ...["veln.toml", ".npmrc", ".yarnrc", ".yarnrc.yml", ".yarn/releases", ".yarn/plugins"],
  ...["bunfig.toml", ".pnpmfile.cjs", ".pnpmfile.mjs"],
];

export const GUARDED: readonly string[] = [
  ...OF_REPOSITORIES,
  ...OF_PIPELINES,
  ...OF_EDITORS,
  ...OF_AGENTS,
  ...OF_SHELLS,
  ...OF_PACKAGE_MANAGERS,
];

export const LOCKFILES: readonly string[] = [
  ...["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"],
  "bun.lockb",
];

/** @param unguarded as in the policy's `[sandbox] unguarded`; a folder opens what is guarded below it */
export function guardedNames(unguarded: readonly string[]): readonly string[] {
  return GUARDED.filter((name) => !unguarded.some((open) => `${name}/`.startsWith(`${open}/`)));
}
