import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { roomEnvironment } from "../../src/act/sandbox/environment.ts";
import type { Isolation, RoomReport } from "../../src/act/sandbox/room.ts";
import { installRoom } from "../../src/cli/sandbox/install-room.ts";
import { DEFAULT_POLICY } from "../../src/judge/defaults.ts";
import { measure, type Measured } from "./measure.ts";

/** Where one command runs. */
export interface Place {
  readonly project: string;
  readonly npmCache: string;
  /** Empty, of one run alone. */
  readonly runFolder: string;
  /** On which somebody listens, as the gate would. */
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
}

export interface Run extends Measured {
  readonly report: RoomReport | undefined;
}

export interface Way {
  readonly name: string;
  readonly layers: readonly string[];
  run(command: readonly string[], place: Place): Promise<Run>;
}

export const BARE: Way = {
  name: "bare",
  layers: [],
  async run([program = "", ...args], { env, project }) {
    const started = { program, args, environment: env, descriptors: [] };
    return { ...(await measure(started, project)), report: undefined };
  },
};

/** The room is the one of a real install; laying it out counts, as it does for a person. */
export function isolated(isolation: Isolation): Way {
  return {
    name: isolation.name,
    layers: isolation.layers,
    async run([program = "", ...args], place) {
      const laidOutAtMs = performance.now();
      const room = installRoom({
        cwd: place.project,
        projectFolder: place.project,
        userEnvironment: place.env,
        environment: roomEnvironment(place.env, []),
        policy: DEFAULT_POLICY.sandbox,
        runFolder: place.runFolder,
        needs: { writable: [place.npmCache] },
        ports: [place.port],
        shown: {},
      });
      const enclosure = await isolation.enclose(room, { program, args });
      const layOutMs = performance.now() - laidOutAtMs;
      const measured = await measure(enclosure, place.project);
      const closedAtMs = performance.now();
      const report = await enclosure.close();
      const wallMs = layOutMs + measured.wallMs + performance.now() - closedAtMs;
      return { ...measured, wallMs, report };
    },
  };
}

const PEERS = fileURLToPath(new URL("../peers/", import.meta.url));
const SRT = join(PEERS, "node_modules", "@anthropic-ai", "sandbox-runtime", "dist", "cli.js");

/** The first call on a checkout brings it from the registry; on Linux it needs bwrap, socat and rg. */
export function installSandboxRuntime(env: NodeJS.ProcessEnv): void {
  if (existsSync(SRT)) return;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", args, { cwd: PEERS, env, stdio: "inherit" });
}

/** Its command on Veln's Node, with no domain allowed and the same folders writable. */
export const SANDBOX_RUNTIME: Way = {
  name: "sandbox-runtime",
  layers: [],
  async run(command, { env, project, npmCache, runFolder }) {
    mkdirSync(runFolder, { recursive: true });
    const settings = join(runFolder, "srt.json");
    writeFileSync(
      settings,
      JSON.stringify({
        network: { allowedDomains: [], deniedDomains: [] },
        filesystem: { denyRead: [], allowWrite: [project, npmCache, runFolder], denyWrite: [] },
      }),
    );
    const args = [SRT, "--settings", settings, ...command];
    const started = { program: process.execPath, args, environment: env, descriptors: [] };
    return { ...(await measure(started, project)), report: undefined };
  },
};
