import { filesOn, type Disk, type Files } from "./files.ts";

/** For tests: the real disk, on which one step goes wrong. */
export interface Fault {
  readonly step: keyof Disk;
  /**
   * "failed": an error and nothing done. "happened": done, and an error all the same. "crashed":
   * nothing done, and no later step of this process either.
   */
  readonly how: "failed" | "happened" | "crashed";
  /** Which call of the step, counted from 1. */
  readonly at?: number;
  readonly code?: "ENOSPC" | "EIO";
}

export function faultyFiles(disk: Disk, fault: Fault): Files {
  const state = { calls: 0, crashed: false };
  const broken = (step: keyof Disk): Error =>
    Object.assign(new Error(`injected: ${step}`), { code: fault.code ?? "EIO" });
  const guard =
    <Args extends readonly unknown[], Result>(
      step: keyof Disk,
      run: (...args: Args) => Promise<Result>,
    ) =>
    async (...args: Args): Promise<Result> => {
      if (state.crashed) throw broken(step);
      if (step !== fault.step || ++state.calls !== (fault.at ?? 1)) return run(...args);
      if (fault.how === "happened") await run(...args).catch(() => undefined);
      state.crashed = fault.how === "crashed";
      throw broken(step);
    };
  return filesOn({
    readFile: guard("readFile", disk.readFile),
    writeNew: guard("writeNew", disk.writeNew),
    rename: guard("rename", disk.rename),
    link: guard("link", disk.link),
    unlink: guard("unlink", disk.unlink),
    readdir: guard("readdir", disk.readdir),
    stat: guard("stat", disk.stat),
    utimes: guard("utimes", disk.utimes),
    mkdir: guard("mkdir", disk.mkdir),
  });
}
