import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { trustingAsNpm } from "../user-environment.ts";

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const PEERS = fileURLToPath(new URL("../peers/", import.meta.url));
const PROGRAM = join(PEERS, "node_modules", "verdaccio", "bin", "verdaccio");
const START_TIMEOUT_MS = 60_000;

/** The first call on a checkout brings Verdaccio from the registry. */
export function installVerdaccio(env: NodeJS.ProcessEnv): void {
  if (existsSync(PROGRAM)) return;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", args, { cwd: PEERS, env, stdio: "inherit" });
}

/** Verdaccio as it comes, with its storage in `folder`, for anybody to read and with one upstream. */
export async function startVerdaccio(
  folder: string,
  upstream: string,
  env: NodeJS.ProcessEnv,
): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.yaml");
  writeFileSync(config, JSON.stringify(configuration(folder, upstream)));
  const address = `127.0.0.1:${String(await freePort())}`;
  const child = spawn(process.execPath, [PROGRAM, "--config", config, "--listen", address], {
    cwd: folder,
    // It warns of root and of what Node deprecates, at every start.
    env: { ...trustingAsNpm(env), NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (child.pid === undefined) throw new Error("Verdaccio cannot be started.");
  const url = `http://${address}/`;
  await answering(`${url}-/ping`);
  return {
    url,
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}

/** YAML takes JSON as it is. */
function configuration(folder: string, upstream: string): object {
  const open = { access: "$all", publish: "$authenticated", proxy: "upstream" };
  return {
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
    uplinks: { upstream: { url: upstream } },
    packages: { "@*/*": open, "**": open },
    web: { enable: false },
    log: { type: "stdout", format: "json", level: "error" },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answering(url: string): Promise<void> {
  const giveUpAtMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < giveUpAtMs) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(50);
  }
  throw new Error("Verdaccio does not answer.");
}
