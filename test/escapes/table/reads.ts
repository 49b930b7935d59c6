import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../world.ts";
import {
  FILES,
  inHome,
  inProject,
  kind,
  LEFT_OPEN,
  NOT_OFFERED,
  outside,
  type Escape,
} from "./escape.ts";

/** A file that is read in the plainest way. */
function read(id: string, what: string, path: (world: World) => string): Escape {
  return {
    id,
    what,
    program: "paths",
    args: (world) => ["read-file", path(world), world.secret],
    deniedBy: FILES,
    report: kind("file-read"),
  };
}

const CREDENTIALS: readonly Escape[] = [
  read("read-ssh-key", "a private SSH key", inHome(".ssh/id_ed25519")),
  read("read-aws-credentials", "AWS credentials", inHome(".aws/credentials")),
  {
    ...read("read-ssh-key-node", "the same, from JavaScript", inHome(".ssh/id_ed25519")),
    program: "files.mjs",
    args: (world) => ["read", inHome(".ssh/id_ed25519")(world), world.secret],
  },
  read("read-npm-token", "the registry token of the user", inHome(".npmrc")),
  read("read-netrc", "passwords of hosts", inHome(".netrc")),
  read("read-git-credentials", "passwords that git has stored", inHome(".git-credentials")),
  read(
    "read-gcloud-credentials",
    "Google Cloud credentials",
    inHome(".config/gcloud/application_default_credentials.json"),
  ),
  read("read-azure-tokens", "Azure tokens", inHome(".azure/msal_token_cache.json")),
  read("read-kube-config", "the configuration of a cluster", inHome(".kube/config")),
  read("read-docker-config", "registry logins of containers", inHome(".docker/config.json")),
  read("read-github-token", "the token of the GitHub CLI", inHome(".config/gh/hosts.yml")),
  read(
    "read-firefox-logins",
    "logins of a browser",
    inHome(".mozilla/firefox/a.default/logins.json"),
  ),
  read(
    "read-chrome-logins",
    "logins of another browser",
    inHome(".config/google-chrome/Default/Login Data"),
  ),
  read("read-wallet", "the key of a wallet", inHome(".config/solana/id.json")),
  read("read-agent-credentials", "credentials of an agent", inHome(".claude/.credentials.json")),
  read("read-agent-login", "the login of another agent", inHome(".codex/auth.json")),
  read("read-mcp-configuration", "MCP servers and their tokens", inHome(".cursor/mcp.json")),
  read("read-password-store", "a password store", inHome(".password-store/mail.gpg")),
  read("read-keyring", "the keyring of the desktop", inHome(".local/share/keyrings/login.keyring")),
  read("read-gpg-key", "a private GPG key", inHome(".gnupg/private-keys-v1.d/a.key")),
  read("read-shell-history", "what was typed before", inHome(".bash_history")),
  read("read-other-home", "a file in another user's home", ({ otherHome }) =>
    join(otherHome, "notes.txt"),
  ),
  read("read-outside", "a file beside home and project", outside("file")),
];

const SYSTEM: readonly Escape[] = [
  {
    id: "read-shadow",
    what: "the passwords of the machine",
    program: "paths",
    args: () => ["open-for-reading", "/etc/shadow"],
    deniedBy: FILES,
    report: kind("file-read"),
    bare: "root",
  },
  {
    id: "read-disk",
    what: "the disk itself, below all permissions",
    program: "paths",
    args: rootDisk,
    deniedBy: FILES,
    report: kind("file-read"),
    bare: "root",
    mayLack: true,
  },
  {
    id: "read-kernel-log",
    what: "messages of the kernel",
    program: "paths",
    args: () => ["open-for-reading", "/dev/kmsg"],
    deniedBy: FILES,
    report: kind("file-read"),
    bare: "root",
  },
  {
    id: "list-home",
    what: "the names in the home folder",
    program: "files.mjs",
    args: ({ home }) => ["list", home, ".ssh"],
    deniedBy: FILES,
    report: { none: "an empty home folder is shown, and may be listed" },
  },
  {
    id: "see-that-it-exists",
    what: "that a file of the user exists",
    program: "files.mjs",
    args: (world) => ["see-that-it-exists", inHome(".ssh/id_ed25519")(world)],
    deniedBy: ["mounts"],
    openUnder: { landlock: "Landlock has no say in whether a file is there" },
    report: { none: "looking is not watched: it would cost every install more than it tells" },
  },
  {
    id: "watch-outside",
    what: "when files elsewhere are used",
    program: "paths",
    args: ({ outside }) => ["watch", outside],
    deniedBy: ["mounts", "system-calls"],
    report: kind("system-call", "mounts"),
  },
];

function rootDisk(): readonly string[] | undefined {
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const disk = mounts.find(([source = "", place]) => place === "/" && source.startsWith("/dev/"));
  return disk?.[0] === undefined ? undefined : ["open-for-reading", disk[0]];
}

const DETOURS: readonly Escape[] = [
  {
    id: "read-relative",
    what: "a secret, by a path that climbs out of the project",
    program: "files.mjs",
    args: (world) => ["read-relative", inHome(".ssh/id_ed25519")(world), world.secret],
    deniedBy: FILES,
    report: kind("file-read"),
  },
  {
    id: "read-planted-link",
    what: "a secret, through a link that lay in the project before",
    program: "files.mjs",
    args: (world) => ["read", inProject("planted-file-link")(world), world.secret],
    deniedBy: FILES,
    report: kind("file-read"),
  },
  {
    id: "read-made-link",
    what: "a secret, through a link made for it",
    program: "files.mjs",
    args: (world) => [
      "read-through-link",
      inHome(".ssh/id_ed25519")(world),
      inProject("made-link")(world),
      world.secret,
    ],
    deniedBy: FILES,
    report: kind("file-read"),
  },
  {
    id: "read-hard-link",
    what: "a secret, by a second name in the project",
    program: "files.mjs",
    args: (world) => [
      "read-through-hard-link",
      inHome(".ssh/id_ed25519")(world),
      inProject("hard-link")(world),
      world.secret,
    ],
    deniedBy: FILES,
    report: kind("file-read"),
  },
  {
    id: "read-own-root",
    what: "a secret, below /proc/self/root",
    program: "files.mjs",
    args: (world) => ["read-own-root", inHome(".ssh/id_ed25519")(world), world.secret],
    deniedBy: FILES,
    report: kind("file-read"),
  },
  {
    id: "read-other-root",
    what: "a secret, below the root of another process",
    program: "files.mjs",
    args: (world) => [
      "read-below-processes",
      String(world.accomplice.pid),
      "root",
      inHome(".netrc")(world),
      world.secret,
    ],
    deniedBy: FILES,
    report: { none: "no such process is seen" },
  },
  {
    id: "read-other-folder",
    what: "a secret, below the working folder of another process",
    program: "files.mjs",
    args: (world) => [
      "read-below-processes",
      String(world.accomplice.pid),
      "cwd",
      "/.netrc",
      world.secret,
    ],
    deniedBy: ["processes", ...FILES],
    report: { none: "no such process is seen" },
  },
  {
    id: "read-other-descriptors",
    what: "a file that another process has open",
    program: "files.mjs",
    args: ({ accomplice, secret }) => ["read-descriptors", String(accomplice.pid), secret],
    deniedBy: ["processes", ...FILES],
    report: { none: "no such process is seen" },
  },
  {
    id: "reopen-path-handle",
    what: "a secret, from a handle that only names it",
    program: "paths",
    args: (world) => ["reopen-path-handle", inHome(".ssh/id_ed25519")(world), world.secret],
    deniedBy: FILES,
    report: { none: "a handle that only names is not watched, nor what is one's own in /proc" },
  },
  {
    id: "read-by-openat2",
    what: "a secret, by the newer call",
    program: "paths",
    args: ({ project, secret }) => ["openat2", project, "../.ssh/id_ed25519", secret],
    deniedBy: FILES,
    report: NOT_OFFERED,
  },
  {
    id: "open-by-handle",
    what: "a secret, by its number in the file system",
    program: "paths",
    args: (world) => [
      "open-by-handle",
      world.project,
      handleOf(world, inHome(".ssh/id_ed25519")(world)),
      world.secret,
    ],
    deniedBy: ["system-calls"],
    report: kind("system-call"),
    bare: "root",
  },
  {
    id: "read-from-memory",
    what: "a secret, by a program that lies on no disk",
    program: "processes",
    args: ({ programs, project, secret }) => [
      "run-from-memory",
      join(programs.folder, "paths"),
      "openat2",
      project,
      "../.ssh/id_ed25519",
      secret,
    ],
    deniedBy: ["system-calls"],
    report: kind("system-call"),
  },
  {
    id: "inherited-folder",
    what: "a file below a folder that the starting process left open",
    program: "paths",
    args: ({ secret }) => ["inherited-folder", String(LEFT_OPEN), "file", secret],
    deniedBy: ["every"],
    report: { none: "the descriptor is closed" },
    setting: "alone",
  },
  {
    id: "any-descriptor",
    what: "anything that the starting process left open",
    program: "paths",
    args: () => ["any-descriptor"],
    deniedBy: ["every"],
    report: { none: "the descriptor is closed" },
    setting: "alone",
  },
];

function handleOf(world: World, path: string): string {
  return execFileSync(join(world.programs.folder, "paths"), ["show-handle", path], {
    encoding: "utf8",
  });
}

const ENVIRONMENT: readonly Escape[] = [
  {
    id: "own-environment",
    what: "a secret in the environment of the starting process",
    program: "files.mjs",
    args: ({ secret }) => ["own-environment", secret],
    deniedBy: ["every"],
    report: { none: "what is not there is not asked for" },
  },
  {
    id: "other-environment",
    what: "the environment of other processes",
    program: "files.mjs",
    args: ({ accomplice, secret }) => ["read-environments", String(accomplice.pid), secret],
    deniedBy: ["processes", ...FILES],
    report: { none: "no such process is seen" },
  },
  {
    id: "other-command-line",
    what: "the command line of other processes",
    program: "files.mjs",
    args: ({ accomplice, secret }) => [
      "read-command-lines",
      String(accomplice.pid),
      secret.slice(0, 10),
      secret.slice(10),
    ],
    deniedBy: ["processes", ...FILES],
    report: { none: "no such process is seen" },
  },
];

export const READS: readonly Escape[] = [...CREDENTIALS, ...SYSTEM, ...DETOURS, ...ENVIRONMENT];
