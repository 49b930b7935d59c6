import { fork } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmSetting, trustingAsNpm } from "../user-environment.ts";

export type OriginName = "registry" | "recorded";

/** Where packages come from. */
export interface Origin {
  readonly name: OriginName;
  /** To be given to npm; undefined when npm's own configuration says it. */
  readonly registry: string | undefined;
  /** With a trailing slash. */
  readonly upstream: string;
  /** How many answers had to be recorded so far. */
  recordings(): Promise<number>;
  close(): void;
}

const PROGRAM = fileURLToPath(new URL("recorded-origin.ts", import.meta.url));
/** Kept between runs of the benchmark; may be deleted at any time. */
const RECORDING = join(tmpdir(), "veln-bench-recording");

export async function openOrigin(name: OriginName, env: NodeJS.ProcessEnv): Promise<Origin> {
  const upstream = (npmSetting("registry", env) ?? "").replace(/\/*$/, "/");
  return name === "recorded"
    ? openRecorded(upstream, env)
    : { name, registry: undefined, upstream, recordings: async () => 0, close: () => undefined };
}

async function openRecorded(upstream: string, env: NodeJS.ProcessEnv): Promise<Origin> {
  const folder = join(RECORDING, new URL(upstream).host.replace(":", "-"));
  const child = fork(PROGRAM, [upstream, folder], { env: trustingAsNpm(env) });
  const [url] = (await once(child, "message")) as [string];
  return {
    name: "recorded",
    registry: url,
    upstream: url,
    recordings: async () => Number(await (await fetch(`${url}-/recordings`)).text()),
    close: () => child.disconnect(),
  };
}
