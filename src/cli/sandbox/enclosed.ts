import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { roomEnvironment } from "../../act/sandbox/environment.ts";
import { hostRules } from "../../act/sandbox/hosts.ts";
import { proxyUrl } from "../../act/sandbox/proxy/credential.ts";
import { startProxy, type SandboxProxy } from "../../act/sandbox/proxy/proxy.ts";
import type { Isolation, Room, RoomReport } from "../../act/sandbox/room.ts";
import { proxyVariables } from "../../act/sandbox/script-shell.ts";
import type { SandboxOutcome } from "../../act/report/sandbox.ts";
import { Failure } from "../../model/failure.ts";
import type { SandboxPolicy } from "../../model/policy.ts";
import { printable } from "../../model/printable.ts";
import type { ProxyRules } from "../../platform/proxy.ts";
import { runChild } from "../child.ts";
import { ask } from "../clients/ask.ts";
import type { ClientSettings } from "../clients/client.ts";
import { foldersUpward, projectFolder } from "../clients/project.ts";
import { layEnvironment } from "../environment.ts";
import type { Environment } from "../paths.ts";
import type { Choice } from "./choose.ts";
import { homeOf, installRoom } from "./install-room.ts";
import { lendDownloads, type LentDownloads } from "./lent-downloads.ts";
import { isCorepack } from "./program-trees.ts";
import { shownConfig, type ShownConfig } from "./shown-config.ts";
import { layScriptShells } from "./script-shells.ts";
import { usersScriptShell } from "./users-shell.ts";

/** A package manager's command line that is to run sandboxed. */
export interface EnclosedWork {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly userEnvironment: Environment;
  /** Where Veln's own scripts lie that stand in for package managers. */
  readonly shims: string;
  readonly settings: Pick<ClientSettings, "env" | "needs">;
  readonly policy: SandboxPolicy;
  readonly gateUrl: string;
  /** A folder of this run alone. */
  readonly runFolder: string;
  /** Names of the packages that the gate has let in so far. */
  readonly installed: ReadonlySet<string>;
  /** The person's own proxy, for downloads that the policy allows. */
  readonly upstream: ProxyRules;
  readonly stdoutToStderr: boolean;
}

export interface Ran {
  readonly code: number;
  /** Undefined for what is the user's own and runs as such. */
  readonly sandbox: SandboxOutcome | undefined;
}

/** Runs it in a room of this isolation, with the gate and the filtering proxy in reach. */
export async function runEnclosed(
  choice: Choice & { readonly isolation: Isolation },
  work: EnclosedWork,
): Promise<Ran> {
  // Corepack fetches the package manager that a project names; inside, nothing of that could stay.
  if (isCorepack(work.program)) {
    await ask(work.program, ["--version"], work.userEnvironment, work.cwd);
  }
  const token = randomBytes(18).toString("hex");
  const proxy = await startProxy({
    hosts: hostRules(work.policy.hosts),
    installed: work.installed,
    token,
    upstream: work.upstream,
  });
  try {
    const downloads = lendDownloads(
      homeOf(work.userEnvironment, work.runFolder),
      work.userEnvironment,
      work.runFolder,
    );
    const out = { port: proxy.port, token };
    const room = prepareRoom(choice.isolation, work, downloads, out);
    const { code, report } = await runInRoom(choice.isolation, room, work);
    const kept = downloads.keep(work.installed);
    return { code, sandbox: { ...(await outcomeOf(choice, room, work, report, proxy)), kept } };
  } finally {
    await proxy.close();
  }
}

async function runInRoom(
  isolation: Isolation,
  room: Room,
  { program, args, cwd, stdoutToStderr }: EnclosedWork,
): Promise<{ readonly code: number; readonly report: RoomReport }> {
  const enclosure = await isolation.enclose(room, { program, args });
  let report: RoomReport | undefined;
  try {
    const { environment: env, descriptors } = enclosure;
    const started = { program: enclosure.program, args: enclosure.args, env, descriptors };
    const code = await runChild({ ...started, cwd, stdoutToStderr });
    report = await enclosure.close();
    if (report.notStarted !== undefined) throw notStarted(report.notStarted);
    return { code, report };
  } finally {
    if (report === undefined) await enclosure.close();
  }
}

function notStarted(why: string): Failure {
  return new Failure(
    "sandbox-unavailable",
    `The sandbox could not be built, so nothing was run: ${printable(why, 500)}. veln doctor says what this machine can do.`,
  );
}

/** Where the filtering proxy listens, and what tells it that a request is of this run. */
interface WayOut {
  readonly port: number;
  readonly token: string;
}

function prepareRoom(
  isolation: Isolation,
  work: EnclosedWork,
  downloads: LentDownloads,
  out: WayOut,
): Room {
  const { cwd, args, policy, runFolder, settings, userEnvironment } = work;
  const needs = settings.needs ?? {};
  for (const folder of needs.writable ?? []) mkdirSync(folder, { recursive: true });
  const home = homeOf(userEnvironment, runFolder);
  const folder = projectFolder(args, cwd);
  const config = shownConfig({
    home,
    env: userEnvironment,
    projectFolders: foldersUpward(args, cwd),
    runFolder,
  });
  const hides = isolation.layers.includes("mounts");
  if (!hides) refuseExposed(config);
  return installRoom({
    cwd,
    projectFolder: folder,
    userEnvironment,
    environment: environmentOf(
      work,
      { ...downloads.environment, ...placeholdersFor(hides ? [] : config.exposed) },
      out,
    ),
    policy,
    runFolder,
    needs: { ...needs, readable: [...(needs.readable ?? []), ...downloads.readable] },
    ports: [Number(new URL(work.gateUrl).port), out.port],
    shown: hides ? config.shown : withinHome(config.shown, home),
  });
}

/** @throws Failure "bad-config" for a credential in the project that scripts could read */
function refuseExposed({ exposed }: ShownConfig): void {
  const file = exposed.find(({ isLiteral }) => isLiteral);
  if (file === undefined) return;
  throw new Failure(
    "bad-config",
    `${file.path} holds a credential, and the sandbox of this machine cannot hide a file of the project from install scripts. Put it into your own ~/.npmrc, or into a variable that the file names.`,
    { path: file.path },
  );
}

function withinHome(
  shown: Readonly<Record<string, string>>,
  home: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(shown).filter(([place]) => place.startsWith(`${home}/`)),
  );
}

/** What a package manager refuses to start without, in a file that only names the variable. */
const HELD = "held-by-the-gate";

function placeholdersFor(exposed: ShownConfig["exposed"]): Readonly<Record<string, string>> {
  const names = exposed.flatMap(({ variables }) => variables);
  return Object.fromEntries(names.map((name) => [name, HELD]));
}

function environmentOf(
  work: EnclosedWork,
  added: Readonly<Record<string, string>>,
  out: WayOut,
): Readonly<Record<string, string>> {
  const { settings, policy, userEnvironment, runFolder, shims } = work;
  const temporary = join(runFolder, "tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const shells = layScriptShells({
    runFolder,
    usersShell: usersScriptShell(userEnvironment, foldersUpward(work.args, work.cwd)),
    userEnvironment,
    looksUpShell: settings.needs?.looksUpShell === true,
    out,
  });
  const path = (userEnvironment["PATH"] ?? "").split(delimiter).filter((item) => item !== shims);
  const given = roomEnvironment(userEnvironment, policy.environment);
  const ours = {
    ...added,
    ...variablesOfClients(proxyUrl(out.port, out.token)),
    npm_config_script_shell: shells.setting,
    pnpm_config_script_shell: shells.setting,
    ...settings.env,
    ...Object.fromEntries(["TMPDIR", "TMP", "TEMP"].map((name) => [name, temporary])),
    ...Object.fromEntries(
      Object.keys(given)
        .filter(isOfOutside)
        .map((name) => [name, undefined]),
    ),
    PATH: [...shells.path, ...path].join(delimiter),
  };
  const laid = Object.entries(layEnvironment(given, ours));
  return Object.fromEntries(
    laid.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Folders that a room does not have; and whose script Veln was started by, which this is not. */
function isOfOutside(name: string): boolean {
  return /^(?:XDG_\w+_HOME|NODE_COMPILE_CACHE|npm_(?:package|lifecycle)_\w+)$/.test(name);
}

/** A package manager's own settings lead to the gate; those that have a script shell get more there. */
function variablesOfClients(url: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(proxyVariables(url)).filter(([name]) => !name.startsWith("npm_config_")),
  );
}

async function outcomeOf(
  { mode, isolation, lacks }: Choice & { readonly isolation: Isolation },
  room: Room,
  { args, cwd }: EnclosedWork,
  report: RoomReport,
  proxy: SandboxProxy,
): Promise<Omit<SandboxOutcome, "kept">> {
  const { denials, downloads, failures, dropped } = await proxy.close();
  const folder = projectFolder(args, cwd);
  return {
    mode,
    isolation: isolation.name,
    layers: isolation.layers,
    lacks,
    denials: [...report.denials, ...denials],
    denialsDropped: report.denialsDropped + dropped,
    downloads,
    failures,
    place: {
      home: room.home,
      project: room.writable.find((tree) => `${folder}/`.startsWith(`${tree}/`)) ?? folder,
      guarded: room.guarded,
    },
  };
}

/** For a command that runs with the person's own rights, as the policy lets it. */
export function ranFreely(choice: Choice, cwd: string): SandboxOutcome {
  return {
    mode: choice.mode,
    isolation: undefined,
    layers: [],
    lacks: choice.lacks,
    denials: [],
    denialsDropped: 0,
    downloads: [],
    kept: [],
    failures: [],
    place: { home: "", project: cwd, guarded: [] },
  };
}
