import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export interface Started {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Inherited as 3, 4, … */
  readonly descriptors: readonly number[];
}

export interface Measured {
  readonly exit: number;
  readonly wallMs: number;
  /** User and system time of the program and of everything it started and waited for. */
  readonly cpuMs: number;
  readonly output: string;
}

/** Runs a program to its end, with the shell's account of it behind the descriptors it inherits. */
export async function measure(started: Started, cwd: string): Promise<Measured> {
  const account = 3 + started.descriptors.length;
  const script = `"$@" ${String(account)}>&-; code=$?; times >&${String(account)}; exit $code`;
  const startedAtMs = performance.now();
  const child = spawn("sh", ["-c", script, "sh", started.program, ...started.args], {
    cwd,
    env: { ...started.environment, PATH: started.environment["PATH"] ?? process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe", ...started.descriptors, "pipe"],
  });
  const exited = new Promise<readonly [number, number]>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve([code ?? 1, performance.now() - startedAtMs]));
  });
  const [[exit, wallMs], notes, stdout, stderr] = await Promise.all([
    exited,
    text(child.stdio[account] as Readable),
    text(child.stdout as Readable),
    text(child.stderr as Readable),
  ]);
  return { exit, wallMs, cpuMs: childrenCpuMs(notes), output: `${stdout}${stderr}` };
}

/** `times` prints user and system time of the shell, then of its children: `0m1.23s 0m0.45s`. */
function childrenCpuMs(notes: string): number {
  const figures = [...notes.matchAll(/(\d+)m([\d.]+)s/g)].slice(-2);
  const seconds = figures.map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest));
  return seconds.reduce((sum, one) => sum + one, 0) * 1000;
}
