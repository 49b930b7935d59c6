import { execFile } from "node:child_process";
import type { Environment } from "../paths.ts";

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const ANSWER_WAIT_MS = 30_000;

/** What a package manager says about itself (`yarn --version`); undefined when it says nothing. */
export async function ask(
  program: string,
  args: readonly string[],
  env: Environment,
  cwd: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...env }, maxBuffer: ANSWER_BYTES_MAX, timeout: ANSWER_WAIT_MS };
    const child = execFile(program, [...args], { ...options, encoding: "utf8" }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    );
    child.stdin?.end();
  });
}
