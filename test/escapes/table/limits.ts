import type { RoomLimits } from "../../../src/act/sandbox/room.ts";
import { inProject, kind, type Escape } from "./escape.ts";

/** Little enough to be used up in a moment. */
export const LITTLE: RoomLimits = {
  processesMax: 60,
  memoryBytesMax: 256 << 20,
  fileBytesMax: 16 << 20,
  diskBytesMax: 24 << 20,
  timeoutMs: 8_000,
};

const limit = (
  id: string,
  what: string,
  args: Escape["args"],
  rest: Partial<Escape> = {},
): Escape => ({
  id,
  what,
  program: "limits",
  args,
  deniedBy: ["limits"],
  report: kind("limit"),
  setting: "limits",
  ...rest,
});

export const LIMITS: readonly Escape[] = [
  limit("fork-bomb", "every process that the machine can have", () => ["processes", "200"]),
  limit("memory", "the memory of the machine", () => ["memory", "1", "384"]),
  limit("memory-of-many", "the same, by many small processes", () => ["memory", "4", "96"]),
  limit(
    "big-file",
    "a file that fills the disk",
    (world) => ["big-file", inProject("node_modules/big")(world), "24"],
    { report: { none: "the kernel answers, and tells the program itself" } },
  ),
  limit("disk", "the disk, by many small files", (world) => [
    "disk",
    inProject("node_modules")(world),
    "6",
    "8",
  ]),
  limit("temporary-files", "the disk, by temporary files", () => ["temporary-files", "6", "8"]),
  limit("time", "a processor for ever", () => ["time", "12"]),
  limit("raise-limit", "a limit that is taken back", () => ["raise-limit"], {
    report: { none: "asking changes nothing" },
  }),
];
