import { join } from "node:path";
import type { World } from "../world.ts";
import {
  ANSWERED,
  either,
  FILES,
  inHome,
  inProject,
  kind,
  outside,
  type Escape,
} from "./escape.ts";

type Place = (world: World) => string;

/** One attempt on one path, which it changes; appending is the commonest, and needs no Node. */
function change(
  id: string,
  what: string,
  attempt: string,
  path: Place,
  rest: Partial<Escape> = {},
): Escape {
  return {
    id,
    what,
    program: attempt === "append" ? "paths" : "files.mjs",
    args: (world) => [attempt, path(world)],
    changes: path,
    deniedBy: FILES,
    report: kind("file-write"),
    ...rest,
  };
}

const STARTS_LATER: readonly Escape[] = [
  change("write-bashrc", "code for the next shell", "append", inHome(".bashrc")),
  change("write-profile", "code for the next login", "append", inHome(".profile")),
  change("write-zshrc", "code for another shell", "append", inHome(".zshrc")),
  change("write-git-configuration", "git settings of the user", "append", inHome(".gitconfig")),
  change("write-npm-configuration", "npm settings of the user", "append", inHome(".npmrc")),
  change(
    "write-user-service",
    "a service of the user",
    "append",
    inHome(".config/systemd/user/a.service"),
  ),
  change(
    "write-autostart",
    "a program of the next session",
    "append",
    inHome(".config/autostart/a.desktop"),
  ),
  change("write-tool", "a tool on the PATH of the user", "append", inHome(".local/bin/tool")),
  change(
    "write-authorized-keys",
    "a key that may log in",
    "create",
    inHome(".ssh/authorized_keys"),
    {
      report: { none: "an empty home folder is shown, and may be written; nothing of it stays" },
    },
  ),
];

const SYSTEM_PLACES = [
  ["settings", "settings of the machine", "/etc/veln-escape"],
  ["system", "a program of the machine", "/usr/local/bin/veln-escape"],
] as const;

const SYSTEM: readonly Escape[] = SYSTEM_PLACES.map(([name, what, path]) => ({
  id: `write-${name}`,
  what,
  program: "paths",
  args: () => ["make-for-a-moment", path],
  deniedBy: FILES,
  report: kind("file-write"),
  bare: "root",
}));

const OTHERS: readonly Escape[] = [
  change("write-other-lockfile", "the lockfile of another project", "append", ({ otherProject }) =>
    join(otherProject, "package-lock.json"),
  ),
  change(
    "write-other-cache",
    "what another tool takes from its cache",
    "append",
    inHome(".cache/pip/wheel"),
  ),
  change(
    "write-other-registry",
    "sources of another tool",
    "append",
    inHome(".cargo/registry/index"),
  ),
  change("write-outside", "a file beside home and project", "append", outside("file")),
  change("create-outside", "a new file there", "create", outside("created")),
  change("remove-outside", "a file less", "remove", outside("removed")),
  change("truncate-outside", "a file without content", "truncate", outside("truncated")),
  change("change-mode-outside", "who may read a file", "change-mode", outside("moded"), {
    deniedBy: ANSWERED,
  }),
  change("change-owner-outside", "whose a file is", "change-owner", outside("owned"), {
    bare: "root",
  }),
  change("change-times-outside", "when a file was changed", "change-times", outside("dated"), {
    deniedBy: ANSWERED,
  }),
  {
    id: "set-attribute-outside",
    what: "an attribute of a file",
    program: "paths",
    args: (world) => ["set-attribute", outside("attributed")(world)],
    deniedBy: ANSWERED,
    report: either("file-write", "system-call"),
  },
  {
    id: "fifo-outside",
    what: "a pipe elsewhere",
    program: "paths",
    args: (world) => ["make-fifo", outside("fifo")(world)],
    changes: outside("fifo"),
    deniedBy: FILES,
    report: kind("file-write"),
  },
  {
    id: "socket-outside",
    what: "a socket elsewhere",
    program: "paths",
    args: (world) => ["bind-socket", outside("socket")(world)],
    changes: outside("socket"),
    deniedBy: ["system-calls", ...FILES],
    report: either("unix-socket", "system-call"),
  },
];

const DETOURS: readonly Escape[] = [
  change(
    "write-planted-link",
    "a file elsewhere, through a link that lay in the project",
    "create-there",
    outside("through-planted"),
    {
      args: (world) => [
        "create-there",
        join(world.project, "planted-folder-link", "through-planted"),
      ],
    },
  ),
  change(
    "write-made-link",
    "a file elsewhere, through a link made for it",
    "create",
    outside("through-made"),
    {
      args: (world) => [
        "create-through-link",
        world.outside,
        join(world.project, "folder-link"),
        "through-made",
      ],
    },
  ),
  change(
    "write-hard-link",
    "a file elsewhere, by a second name in the project",
    "create",
    outside("linked"),
    {
      report: kind("file-read"),
      args: (world) => [
        "write-through-hard-link",
        outside("linked")(world),
        join(world.project, "linked"),
      ],
    },
  ),
  change(
    "write-other-root",
    "a file, below the root of another process",
    "create",
    outside("below-root"),
    {
      report: { none: "no such process is seen" },
      args: (world) => [
        "create-below-processes",
        String(world.accomplice.pid),
        "root",
        outside("below-root")(world),
      ],
    },
  ),
  change(
    "write-other-folder",
    "a file, below the working folder of another process",
    "create",
    inHome("below-folder"),
    {
      args: ({ accomplice }) => [
        "create-below-processes",
        String(accomplice.pid),
        "cwd",
        "/below-folder",
      ],
      deniedBy: ["processes", ...FILES],
      report: { none: "no such process is seen" },
    },
  ),
  change("rename-out", "a file that was moved there", "rename-out", outside("renamed")),
  change("link-out", "a second name there", "link-out", outside("linked-out")),
  {
    id: "link-nameless",
    what: "a file there that had no name before",
    program: "paths",
    args: (world) => ["link-nameless", world.project, outside("nameless")(world)],
    changes: outside("nameless"),
    deniedBy: FILES,
    report: kind("file-write"),
  },
];

const MACHINE: readonly Escape[] = [
  ["core-pattern", "which program gets crashes", "/proc/sys/kernel/core_pattern"],
  ["modprobe", "which program loads modules", "/proc/sys/kernel/modprobe"],
  ["uevent-helper", "which program hears of devices", "/sys/kernel/uevent_helper"],
  ["sysrq", "keys that only the console has", "/proc/sysrq-trigger"],
  ["runner", "the program that runs scripts", ""],
].map(([name = "", what = "", path = ""]): Escape => ({
  id: `write-${name}`,
  what,
  program: "paths",
  args: ({ programs }) => [
    "open-for-writing",
    path === "" ? join(programs.folder, "batch.mjs") : path,
  ],
  deniedBy: FILES,
  report: kind("file-write"),
  bare: "root",
  mayLack: true,
}));

const SET_USER_ID = [
  "open",
  "creat",
  "mknod",
  "nameless",
  "chmod",
  "chmod-at",
  "chmod-of-descriptor",
];

const LASTING: readonly Escape[] = [
  ...SET_USER_ID.map((way): Escape => ({
    id: `set-user-id-${way}`,
    what: "a program that gives others the rights of the user",
    program: "paths",
    args: ({ project }) => [
      "make-set-user-id",
      way,
      join(project, "node_modules", `set-user-id-${way}`),
    ],
    deniedBy: ["system-calls"],
    report: way.startsWith("chmod")
      ? kind("system-call")
      : { none: "archives hold such files; they are refused in silence" },
  })),
  {
    id: "make-device",
    what: "a node for a disk",
    program: "paths",
    args: ({ project }) => ["make-device", join(project, "disk"), "254", "0"],
    deniedBy: ["every"],
    report: kind("system-call"),
    bare: "root",
    mayLack: true,
  },
];

/** A name that starts code later, in a project whose other files may be written. */
const guarded = (
  id: string,
  what: string,
  attempt: string,
  path: string,
  rest: Partial<Escape> = {},
) => change(id, what, attempt, inProject(path), { deniedBy: ANSWERED, ...rest });

const GUARDED: readonly Escape[] = [
  guarded("guard-hook", "a changed git hook", "append", ".git/hooks/pre-commit"),
  guarded("guard-hook-new", "a new git hook", "create", ".git/hooks/post-merge"),
  guarded("guard-git-configuration", "commands in git's settings", "append", ".git/config"),
  guarded(
    "guard-git-configuration-replaced",
    "other settings of git",
    "rename-over",
    ".git/config",
  ),
  guarded("guard-workflow", "a changed workflow", "append", ".github/workflows/ci.yml"),
  guarded("guard-workflow-new", "a new workflow", "create", ".github/workflows/new.yml"),
  guarded("guard-editor", "a task of the editor", "append", ".vscode/tasks.json"),
  guarded("guard-editor-new", "settings of the editor", "create", ".vscode/settings.json"),
  guarded(
    "guard-other-editor",
    "settings of an editor without any",
    "create",
    ".idea/workspace.xml",
  ),
  guarded("guard-agent", "hooks of an agent without any", "create", ".claude/settings.json"),
  guarded("guard-other-agent", "servers of an agent without any", "create", ".cursor/mcp.json"),
  guarded("guard-mcp", "servers of every agent", "create", ".mcp.json"),
  guarded("guard-mcp-moved", "the same, moved there", "rename-over", ".mcp.json"),
  guarded(
    "guard-agent-link",
    "a link in place of an agent's folder",
    "replace-by-link",
    ".claude",
    {
      setting: "last",
      args: (world) => [
        "replace-by-link",
        inProject(".claude")(world),
        inProject("node_modules")(world),
      ],
    },
  ),
  guarded(
    "guard-hook-second-name",
    "a hook, by a second name",
    "write-through-hard-link",
    ".git/hooks/pre-commit",
    {
      args: (world) => [
        "write-through-hard-link",
        inProject(".git/hooks/pre-commit")(world),
        inProject("second-name")(world),
      ],
    },
  ),
  guarded(
    "guard-hook-race",
    "a hook, by a path that changes while it is looked at",
    "append",
    ".git/hooks/pre-commit",
    {
      program: "paths",
      setting: "alone",
      args: ({ project }) => [
        "race-for-path",
        join(project, "own/pre-commit-abcdef"),
        join(project, ".git/hooks/pre-commit"),
      ],
      report: { none: "a race that is won is answered as harmless; the hook is put back" },
    },
  ),
  guarded(
    "guard-workflow-parent",
    "workflows, by a new folder above them",
    "replace-parent",
    ".github/workflows/ci.yml",
    {
      setting: "last",
      args: (world) => [
        "replace-parent",
        inProject(".github")(world),
        inProject(".github/workflows/ci.yml")(world),
      ],
    },
  ),
  guarded(
    "guard-hook-parent",
    "hooks, by a new .git around them",
    "replace-parent",
    ".git/hooks/pre-commit",
    {
      setting: "last",
      args: (world) => [
        "replace-parent",
        inProject(".git")(world),
        inProject(".git/hooks/pre-commit")(world),
      ],
    },
  ),
  guarded(
    "guard-hook-exchange",
    "hooks, exchanged for a folder of one's own",
    "append",
    ".git/hooks",
    {
      setting: "last",
      program: "paths",
      args: (world) => ["exchange", inProject(".git/hooks")(world), inProject("own")(world)],
    },
  ),
];

export const WRITES: readonly Escape[] = [
  ...STARTS_LATER,
  ...SYSTEM,
  ...OTHERS,
  ...DETOURS,
  ...MACHINE,
  ...LASTING,
  ...GUARDED,
];
