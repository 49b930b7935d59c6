import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Measured {
  readonly exit: number;
  readonly wallMs: number;
  /** User and system time of the command and everything it started. */
  readonly cpuMs: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessUse {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
}

/** Time includes the examiners', memory does not. */
export interface GateUse extends ProcessUse {
  /** Of the processes in which Veln reads packages, as many as lived at once; absent without any. */
  readonly examinerPeakRssMb?: number;
}

/** The shell's own account of its children is the only one that every POSIX system has. */
const SCRIPT = '"$@" & echo $! >&3; wait $!; code=$?; times >&3; exit $code';

const WATCH_MS = 100;

/** Runs a command to its end; `watch` is called with its process id now and then while it runs. */
export async function measure(
  command: Command,
  watch: (pid: number) => void = () => undefined,
): Promise<Measured> {
  const startedAtMs = performance.now();
  const child = spawn("sh", ["-c", SCRIPT, "sh", ...command.argv], {
    cwd: command.cwd,
    env: command.env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const account = child.stdio[3] as Readable;
  account.once("data", (line: Buffer) => {
    const pid = Number.parseInt(line.toString(), 10);
    const timer = setInterval(() => watch(pid), WATCH_MS);
    child.once("exit", () => clearInterval(timer));
  });
  const [exit, wallMs, notes, stdout, stderr] = await Promise.all([
    exitOf(child),
    exitOf(child).then(() => performance.now() - startedAtMs),
    text(account),
    text(child.stdout as Readable),
    text(child.stderr as Readable),
  ]);
  return { exit, wallMs, cpuMs: childrenCpuMs(notes), stdout, stderr };
}

async function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** `times` prints user and system time of the shell, then of its children: `0m1.23s 0m0.45s`. */
function childrenCpuMs(notes: string): number {
  const figures = [...notes.matchAll(/(\d+)m([\d.]+)s/g)].slice(-2);
  const seconds = figures.map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest));
  return seconds.reduce((sum, one) => sum + one, 0) * 1000;
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock (proc(5), USER_HZ). */
const MS_PER_TICK = 10;

/** Follows Veln's process and those it examines in, of which a later one may replace an earlier. */
export function followGate(): { look(pid: number): void; use(): GateUse | undefined } {
  let gate: ProcessUse | undefined;
  const examinerCpuMs = new Map<number, number>();
  let examinerPeakRssMb = 0;
  return {
    look(pid) {
      gate = useOf(pid) ?? gate;
      let sumMb = 0;
      for (const examiner of examinersOf(pid)) {
        const use = useOf(examiner);
        if (use === undefined) continue;
        examinerCpuMs.set(examiner, use.cpuMs);
        sumMb += use.peakRssMb;
      }
      examinerPeakRssMb = Math.max(examinerPeakRssMb, sumMb);
    },
    use() {
      if (gate === undefined) return undefined;
      const cpuMs = [...examinerCpuMs.values()].reduce((sumMs, ms) => sumMs + ms, gate.cpuMs);
      return { ...gate, cpuMs, ...(examinerPeakRssMb === 0 ? {} : { examinerPeakRssMb }) };
    },
  };
}

function examinersOf(pid: number): readonly number[] {
  const children = readText(`/proc/${String(pid)}/task/${String(pid)}/children`);
  return children
    .split(" ")
    .filter((word) => word !== "")
    .map(Number)
    .filter((child) => readText(`/proc/${String(child)}/cmdline`).includes("worker-host"));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** What a process alone has used so far; undefined where there is no /proc or no such process. */
export function useOf(pid: number): ProcessUse | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The second field, the name in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${String(pid)}/status`, "utf8"),
    )?.[1];
    if (peak === undefined) return undefined;
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: ticks * MS_PER_TICK, peakRssMb: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}
