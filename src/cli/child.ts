import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { constants as osConstants } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { Failure } from "../model/failure.ts";
import { isExecutable } from "../platform/executable.ts";
import type { Environment } from "./paths.ts";

/** Signals that reach us and are the child's to answer. */
export const PASSED_ON: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  /** Open descriptors of ours that it gets as 3, 4, … */
  readonly descriptors?: readonly number[];
  /** Its standard output goes to our standard error: stdout is for one JSON document. */
  readonly stdoutToStderr: boolean;
}

/**
 * Runs the user's own program on the user's own terminal and resolves to its exit status, or to
 * 128 + n when signal n ended it, as shells have it. Signals that reach us are passed on, and we
 * stay to report what the child made of them.
 */
export async function runChild(options: ChildOptions): Promise<number> {
  const child = spawn(options.program, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: [
      "inherit",
      options.stdoutToStderr ? process.stderr : "inherit",
      "inherit",
      ...(options.descriptors ?? []),
    ],
  });
  let received: NodeJS.Signals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    received ??= signal;
    // From a terminal the child has it already, being in the same process group.
    if (!(signal === "SIGINT" && process.stdin.isTTY)) child.kill(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error) => {
        reject(
          new Failure(
            "usage",
            `${options.program} cannot be started: ${error.message}.`,
            {},
            error,
          ),
        );
      });
      child.once("exit", (code, signal) => {
        // npm turns a signal into an error of its own when a download ends because of it.
        const ended = signal ?? (code === 0 ? undefined : received);
        resolve(ended === undefined ? (code ?? 1) : 128 + osConstants.signals[ended]);
      });
    });
  } finally {
    for (const signal of PASSED_ON) process.off(signal, forward);
  }
}

/**
 * The program as a shell would find it, with the folder of our own shims overlooked, however PATH
 * spells it: a shim that found itself would start itself for ever.
 */
export function findOnPath(
  program: string,
  env: Environment,
  shims: string | undefined,
): string | undefined {
  const overlooked = shims === undefined ? undefined : realFolder(shims);
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && realFolder(folder) !== overlooked)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
