import { randomBytes, randomInt } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { lendHelper } from "../support/machine.ts";
import { startAccomplice, type Accomplice } from "./accomplice.ts";
import { startServers, type Servers } from "./servers.ts";
import type { Programs } from "./programs.ts";

/** Whose rights the programs have. */
export interface Identity {
  readonly name: "root" | "ordinary user";
  readonly uid: number;
  readonly gid: number;
}

/** A machine with somebody's home and project on it, and everything around it that a script might want. */
export interface World {
  readonly root: string;
  readonly identity: Identity;
  readonly home: string;
  readonly otherHome: string;
  readonly project: string;
  readonly otherProject: string;
  /** Neither home nor project. */
  readonly outside: string;
  /** Stands in every file, socket and segment that nobody inside may see. */
  readonly secret: string;
  readonly programs: Programs;
  readonly servers: Servers;
  readonly accomplice: Accomplice;
  [Symbol.asyncDispose](): Promise<void>;
}

const HOME_SECRETS = [
  ".ssh/id_ed25519",
  ".aws/credentials",
  ".npmrc",
  ".netrc",
  ".git-credentials",
  ".config/gcloud/application_default_credentials.json",
  ".azure/msal_token_cache.json",
  ".kube/config",
  ".docker/config.json",
  ".mozilla/firefox/a.default/logins.json",
  ".config/google-chrome/Default/Login Data",
  ".config/solana/id.json",
  ".claude/.credentials.json",
  ".cursor/mcp.json",
  ".codex/auth.json",
  ".password-store/mail.gpg",
  ".local/share/keyrings/login.keyring",
  ".gnupg/private-keys-v1.d/a.key",
  ".bash_history",
  ".config/gh/hosts.yml",
] as const;

/** Files that are there and hold nothing secret, but must stay as they are. */
const HOME_FILES: Readonly<Record<string, string>> = {
  ".bashrc": "# shell\n",
  ".profile": "# shell\n",
  ".zshrc": "# shell\n",
  ".gitconfig": "[user]\n",
  ".config/systemd/user/a.service": "[Unit]\n",
  ".config/autostart/a.desktop": "[Desktop Entry]\n",
  ".cargo/registry/index": "cargo\n",
  ".cache/pip/wheel": "pip\n",
  ".local/bin/tool": "#!/bin/sh\n",
};

const PROJECT_FILES: Readonly<Record<string, string>> = {
  "package.json": '{"name":"project"}\n',
  "package-lock.json": "{}\n",
  "node_modules/.keep": "",
  "own/pre-commit": "# own\n",
  "batch/.keep": "",
  ".git/HEAD": "ref: refs/heads/main\n",
  ".git/config": "[core]\n",
  ".git/hooks/pre-commit": "#!/bin/sh\n",
  ".github/workflows/ci.yml": "on: push\n",
  ".vscode/tasks.json": "{}\n",
};

export async function createWorld(identity: Identity, programs: Programs): Promise<World> {
  const root = mkdtempSync(join(placeForWorlds(), "veln-escapes-"));
  const world = {
    root,
    identity,
    home: join(root, "home/dev"),
    otherHome: join(root, "home/other"),
    project: join(root, "home/dev/project"),
    otherProject: join(root, "home/dev/other-project"),
    outside: join(root, "outside"),
    secret: `planted-${randomBytes(12).toString("hex")}`,
  };
  layOut(world);
  await lendHelper(join(world.home, ".cache/veln"));
  const placed = placePrograms(programs, join(root, "programs"));
  own(root, identity);
  const key = randomInt(1, 2 ** 30);
  const accomplice = await startAccomplice(placed, world, key);
  const servers = await startServers(world);
  return {
    ...world,
    programs: placed,
    accomplice,
    servers,
    async [Symbol.asyncDispose]() {
      await servers.stop();
      await accomplice.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Not a folder of temporary files: a sandbox shows an empty one, which would prove nothing. */
function placeForWorlds(): string {
  if (process.getuid?.() === 0) return "/home";
  const folder = join(homedir(), ".cache");
  mkdirSync(folder, { recursive: true });
  return folder;
}

type Places = Pick<
  World,
  "root" | "home" | "otherHome" | "project" | "otherProject" | "outside" | "secret"
>;

function layOut(world: Places): void {
  const write = (base: string, path: string, text: string): void => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  };
  for (const path of HOME_SECRETS) write(world.home, path, `token = ${world.secret}\n`);
  for (const [path, text] of Object.entries(HOME_FILES)) write(world.home, path, text);
  for (const [path, text] of Object.entries(PROJECT_FILES)) write(world.project, path, text);
  write(world.otherProject, "package-lock.json", "{}\n");
  write(world.otherHome, "notes.txt", `${world.secret}\n`);
  for (const name of ["file", "removed", "truncated", "moded", "owned", "dated", "attributed"]) {
    write(world.outside, name, `${world.secret}\n`);
  }
  write(world.outside, "linked", `${world.secret}\n`);
  write(world.outside, "tool", `#!/bin/sh\necho "escaped: ran a tool of outside"\n`);
  chmodSync(join(world.outside, "tool"), 0o755);
  mkdirSync(join(world.root, "accomplice"));
  symlinkSync(join(world.home, ".ssh/id_ed25519"), join(world.project, "planted-file-link"));
  symlinkSync(world.outside, join(world.project, "planted-folder-link"));
}

/** Copies, so that a room needs to show nothing of the repository. */
function placePrograms(programs: Programs, folder: string): Programs {
  mkdirSync(folder);
  for (const file of readdirSync(programs.folder)) {
    copyFileSync(join(programs.folder, file), join(folder, file));
    chmodSync(join(folder, file), 0o755);
  }
  return { ...programs, folder };
}

/** Everything is the user's, as on a machine of one's own; only another user's home is not. */
function own(root: string, { uid, gid }: Identity): void {
  chmodSync(root, 0o755);
  if (process.getuid?.() !== 0) return;
  for (const path of everythingBelow(root)) lchownSync(path, uid, gid);
  chownSync(join(root, "home/other"), 0, 0);
  chownSync(join(root, "programs", "setuid"), 0, 0);
  chmodSync(join(root, "programs", "setuid"), 0o4755);
}

function everythingBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => join(root, path));
}

const LONG_PAST_MS = 1e12;

/** What a path is now, in one line; two that are equal mean that nothing was done to it. */
export function stateOf(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "absent";
  // A file that was put back is as it was but for its time; only a time long past was set by somebody.
  const common = `${found.mode.toString(8)} ${found.uid} ${found.mtimeMs < LONG_PAST_MS}`;
  if (found.isSymbolicLink()) return `link ${common} ${readlinkSync(path)}`;
  if (found.isFile()) return `file ${common} ${readFileSync(path, "latin1")}`;
  return `${found.isDirectory() ? "folder" : "other"} ${found.mode.toString(8)} ${found.uid} ${found.ino}`;
}
