import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { userEnvironment } from "./user-environment.ts";

/** What figures have to be read with. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly system: string;
  /** The Node that Veln runs on. */
  readonly node: string;
  readonly userNode: string;
  readonly npm: string;
  readonly date: string;
}

export function thisMachine(): Machine {
  const env = userEnvironment();
  const versionOf = (program: string): string =>
    execFileSync(program, ["--version"], { env, encoding: "utf8" }).trim();
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    userNode: versionOf("node"),
    npm: versionOf("npm"),
    date: new Date().toISOString().slice(0, 10),
  };
}

export function describe(machine: Machine): string {
  const { cores, cpu, memoryGb, system, node, userNode, npm, date } = machine;
  return `${date}; ${String(cores)} cores of ${cpu}, ${String(memoryGb)} GB, ${system}; Veln on Node ${node}; npm ${npm} on Node ${userNode}.`;
}
