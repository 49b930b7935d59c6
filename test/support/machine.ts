import { spawn, type ChildProcess } from "node:child_process";
import { hash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { findOrBuildHelper } from "../../src/act/sandbox/linux/helper.ts";
import { clientFolder, type TestClient } from "./clients.ts";
import type { FixtureRegistry } from "./registry/registry.ts";

const VELN = fileURLToPath(new URL("../../bin/veln.cjs", import.meta.url));
/** Compiled code, which every machine of these tests would otherwise make anew. */
const COMPILED = fileURLToPath(
  new URL("../../node_modules/.cache/veln-test-compiled/", import.meta.url),
);
const HELPERS = fileURLToPath(
  new URL("../../node_modules/.cache/veln-test-helpers/", import.meta.url),
);
/** Far more than any run takes; what hangs is ended, and the test says so. */
const RUN_TIMEOUT_MS = 90_000;

/** Somebody's machine: a home of its own, a project, a package manager on the PATH. */
export interface Machine {
  readonly home: string;
  readonly project: string;
  /** Runs the client as if Veln were not there. */
  direct(...args: readonly string[]): Promise<Run>;
  /** Runs `veln …`. */
  veln(...args: readonly string[]): Promise<Run>;
  /** Starts any command; for tests that interfere while it runs. */
  start(command: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Run> };
  /** `veln gate` with these options, listening. */
  gate(...args: readonly string[]): Promise<RunningGate>;
  /** Writes below the project; objects become JSON. */
  write(path: string, content: string | object): void;
  read(path: string): string;
  has(path: string): boolean;
  /** Every file and link below a folder of the project → mode and digest, or target. */
  tree(path: string): Readonly<Record<string, string>>;
  /** Files anywhere on this machine that hold these bytes in their content or name; sorted. */
  traces(needle: string | Uint8Array): string[];
  /** Below the project. */
  delete(path: string): void;
}

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningGate {
  /** With a trailing slash. */
  readonly url: string;
  stop(): Promise<Run>;
}

export interface MachineOptions {
  readonly client?: TestClient;
  /** More lines for ~/.npmrc, beside the registry. */
  readonly npmrc?: readonly string[];
  /** Project's veln.toml. */
  readonly policy?: string;
  readonly manifest?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Where home and project lie, for tests with a disk of their own. */
  readonly parent?: string;
}

/** Gone when the test that asked for it has ended. */
export async function createMachine(
  registry: FixtureRegistry,
  options: MachineOptions = {},
): Promise<Machine> {
  const root = mkdtempSync(join(options.parent ?? tmpdir(), "veln-e2e-"));
  const client = options.client ?? "npm";
  const commands = await clientFolder(client);
  const [home, project, temporary] = ["home", "project", "tmp"].map((name) => join(root, name));
  if (home === undefined || project === undefined || temporary === undefined) throw new TypeError();
  for (const folder of [home, project, temporary]) mkdirSync(folder);
  const env = {
    PATH: [commands, dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    HOME: home,
    TMPDIR: temporary,
    LANG: "C.UTF-8",
    NODE_COMPILE_CACHE: COMPILED,
    ...options.env,
  };
  const program = join(
    commands,
    client.startsWith("pnpm") ? "pnpm" : client === "berry" ? "yarn" : client,
  );
  const start: Machine["start"] = ([file = "", ...args]) => run(file, args, project, env);
  const machine: Machine = {
    home,
    project,
    start,
    direct: (...args) => start([program, ...args]).ended,
    veln: (...args) => start([process.execPath, VELN, ...args]).ended,
    gate: (...args) => startedGate(start([process.execPath, VELN, "gate", ...args])),
    write: (path, content) => writeBelow(project, path, content),
    read: (path) => readFileSync(join(project, path), "utf8"),
    has: (path) => existsSync(join(project, path)),
    tree: (path) => treeBelow(join(project, path)),
    traces: (needle) => tracesBelow(root, Buffer.from(needle)),
    delete: (path) => rmSync(join(project, path), { recursive: true, force: true }),
  };
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  await lendHelper(
    join(options.env?.["XDG_CACHE_HOME"] ?? join(home, ".cache"), "veln", "sandbox"),
  );
  writeBelow(home, ".npmrc", [`registry=${registry.url}`, ...(options.npmrc ?? [])].join("\n"));
  machine.write("package.json", { name: "project", version: "1.0.0", ...options.manifest });
  if (options.policy !== undefined) machine.write("veln.toml", options.policy);
  return machine;
}

/** The sandbox's helper is built once for all machines of the tests, and not anew for each home. */
export async function lendHelper(folder: string): Promise<void> {
  if (process.platform !== "linux") return;
  const helper = await findOrBuildHelper(HELPERS);
  if (helper.kind === "missing") return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  copyFileSync(helper.path, join(folder, basename(helper.path)));
}

/** The command line of `veln …`, for {@link Machine.start}. */
export function velnCommand(...args: readonly string[]): readonly string[] {
  return [process.execPath, VELN, ...args];
}

function writeBelow(folder: string, path: string, content: string | object): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    typeof content === "string" ? content : JSON.stringify(content, undefined, 2),
  );
}

function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): ReturnType<Machine["start"]> {
  const child = spawn(file, [...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_TIMEOUT_MS,
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const ended = new Promise<Run>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  return { child, ended };
}

async function startedGate({ child, ended }: ReturnType<Machine["start"]>): Promise<RunningGate> {
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      child.stdout?.once("data", (text: string) => resolve(text.trim()));
    }),
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  return {
    url,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function treeBelow(folder: string): Readonly<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    const { mode } = lstatSync(path);
    if (lstatSync(path).isSymbolicLink()) tree[name] = `-> ${readlinkSync(path)}`;
    else if (lstatSync(path).isFile()) {
      tree[name] = `${(mode & 0o777).toString(8)} ${hash("sha256", readFileSync(path), "hex")}`;
    }
  }
  return tree;
}

function tracesBelow(root: string, needle: Buffer): string[] {
  const found: string[] = [];
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(root, name);
    const isFile = lstatSync(path).isFile();
    if (name.includes(needle.toString("latin1"))) found.push(name);
    else if (isFile && readFileSync(path).includes(needle)) found.push(name);
  }
  return found;
}
