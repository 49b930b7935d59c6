import type { Layout } from "../act/report/layout.ts";
import type { Environment } from "./paths.ts";

/** The terminal and the environment, handed in, so that a command can be run by a test. */
export interface Io {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function processIo(): Io {
  return { env: process.env, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr };
}

/** no-color.org: any non-empty NO_COLOR switches colour off; FORCE_COLOR switches it on. */
function wantsColor(stream: OutputStream, env: Environment, noColor: boolean): boolean {
  if (noColor || (env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export function layoutFor(stream: OutputStream, env: Environment, noColor: boolean): Layout {
  return { color: wantsColor(stream, env, noColor), columns: stream.columns ?? 80 };
}
