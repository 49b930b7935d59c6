import { readdirSync, readFileSync } from "node:fs";

export interface RoomProcess {
  readonly pid: number;
  /** Memory that it shares with no file. */
  readonly ownBytes: number;
}

const PAGE_BYTES = 4096;
const PROCESSES_MAX = 4096;

/** What runs below a process, parents first: the launcher's first is the room's, whose first is the command. */
export function looksInto(root: number): readonly RoomProcess[] {
  const found: number[] = childrenOf(root);
  for (let at = 0; at < found.length && found.length < PROCESSES_MAX; at++) {
    found.push(...childrenOf(found[at] ?? 0));
  }
  return found.map((pid) => ({ pid, ownBytes: ownBytesOf(pid) }));
}

function childrenOf(pid: number): number[] {
  const folder = `/proc/${String(pid)}/task`;
  try {
    return readdirSync(folder).flatMap((thread) =>
      readFileSync(`${folder}/${thread}/children`, "latin1")
        .trim()
        .split(" ")
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

/** Pages in memory less those of files, of proc_pid_statm(5). */
function ownBytesOf(pid: number): number {
  try {
    const [, resident = "0", shared = "0"] = readFileSync(
      `/proc/${String(pid)}/statm`,
      "latin1",
    ).split(" ");
    return (Number(resident) - Number(shared)) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
