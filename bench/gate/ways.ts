import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { followGate, measure, useOf, type GateUse, type Measured } from "./measure.ts";
import { startVerdaccio } from "./verdaccio.ts";

/** Where one run happens; all folders are its own and empty, except that a warm state is kept. */
export interface Place {
  readonly project: string;
  readonly clientCache: string;
  /** What stands in front of the registry may keep things here for the next run. */
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the registry to install from; undefined leaves npm to its own configuration. */
  readonly registry: string | undefined;
  /** Whichever registry that comes to; with a trailing slash. */
  readonly upstream: string;
}

export interface Run extends Measured {
  readonly clientCpuMs: number;
  /** Of what stands between npm and the registry; undefined where it cannot be told. */
  readonly gate: GateUse | undefined;
  readonly examined?: number;
  readonly remembered?: number;
}

/** One way for a package to reach npm. */
export interface Way {
  readonly name: "direct" | "verdaccio" | "veln";
  /** Whether a second run finds anything that the first one left. */
  readonly keepsState: boolean;
  run(npmArgs: readonly string[], place: Place): Promise<Run>;
}

const VELN = fileURLToPath(new URL("../../veln", import.meta.url));

const direct: Way = {
  name: "direct",
  keepsState: false,
  async run(npmArgs, place) {
    const env = clientEnvironment(place, place.registry);
    const measured = await measure({ argv: ["npm", ...npmArgs], cwd: place.project, env });
    return { ...measured, clientCpuMs: measured.cpuMs, gate: undefined };
  },
};

/** The server is up before npm starts and its start is not counted. */
const verdaccio: Way = {
  name: "verdaccio",
  keepsState: true,
  async run(npmArgs, place) {
    const server = await startVerdaccio(place.state, place.upstream, place.env);
    try {
      const before = useOf(server.pid);
      const env = clientEnvironment(place, server.url);
      const measured = await measure({ argv: ["npm", ...npmArgs], cwd: place.project, env });
      const after = useOf(server.pid);
      const gate = after && { ...after, cpuMs: after.cpuMs - (before?.cpuMs ?? 0) };
      return { ...measured, clientCpuMs: measured.cpuMs, gate };
    } finally {
      await server.stop();
    }
  },
};

/** Veln starts with npm and ends with it, so all of it is counted. */
const veln: Way = {
  name: "veln",
  keepsState: true,
  async run(npmArgs, place) {
    const env = {
      ...clientEnvironment(place, place.registry),
      XDG_DATA_HOME: join(place.state, "data"),
      XDG_CACHE_HOME: join(place.state, "cache"),
      XDG_CONFIG_HOME: join(place.state, "config"),
    };
    const argv = [VELN, "--json", "npm", ...npmArgs];
    const follower = followGate();
    const measured = await measure({ argv, cwd: place.project, env }, (pid) => follower.look(pid));
    const gate = follower.use();
    return {
      ...measured,
      clientCpuMs: measured.cpuMs - (gate?.cpuMs ?? 0),
      gate,
      ...(measured.exit === 0 ? countsOf(measured.stdout) : {}),
    };
  },
};

export const WAYS: readonly Way[] = [direct, verdaccio, veln];

function clientEnvironment(place: Place, registry: string | undefined): NodeJS.ProcessEnv {
  return {
    ...place.env,
    npm_config_cache: place.clientCache,
    ...(registry === undefined ? {} : { npm_config_registry: registry }),
  };
}

function countsOf(stdout: string): { readonly examined: number; readonly remembered: number } {
  const { examined, remembered } = JSON.parse(stdout) as ReturnType<typeof countsOf>;
  return { examined, remembered };
}
