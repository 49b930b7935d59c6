import { join } from "node:path";
import type { World } from "../world.ts";
import { ENDED, FILES, inProject, kind, type Escape, type Report, type Wall } from "./escape.ts";

const NOT_SEEN: Report = { none: "no such process is seen" };

/** One attempt of `processes.c` on the accomplice. */
function reach(
  id: string,
  what: string,
  attempt: string,
  deniedBy: readonly Wall[],
  rest: Partial<Escape> = {},
): Escape {
  return {
    id,
    what,
    program: "processes",
    args: ({ accomplice, secret }) => [attempt, String(accomplice.pid), accomplice.address, secret],
    deniedBy,
    report: kind("system-call"),
    ...rest,
  };
}

const OTHERS: readonly Escape[] = [
  reach("attach", "a process stopped and read", "attach", ["processes", "system-calls"]),
  reach("seize", "a process traced", "seize", ["processes", "system-calls"]),
  reach("trace-child", "system calls of a child rewritten", "trace-child", ["system-calls"]),
  reach("read-memory", "memory of a process", "read-memory", ["processes", "system-calls"]),
  reach("write-memory", "other memory of a process", "write-memory", ["processes", "system-calls"]),
  reach(
    "read-memory-file",
    "memory of a process, as a file",
    "read-memory-file",
    ["processes", ...FILES],
    {
      report: NOT_SEEN,
    },
  ),
  reach(
    "take-descriptor",
    "a file that a process has open",
    "take-descriptor",
    ["processes", "system-calls"],
    {
      args: ({ accomplice, secret }) => [
        "take-descriptor",
        String(accomplice.pid),
        String(accomplice.held),
        secret,
      ],
      report: kind("system-call", "processes"),
    },
  ),
  reach("signal", "a signal to a process", "signal-process", ["processes", "landlock-scopes"], {
    report: NOT_SEEN,
  }),
  reach(
    "signal-thread",
    "a signal to a thread",
    "signal-thread",
    ["processes", "landlock-scopes"],
    {
      report: NOT_SEEN,
    },
  ),
  reach(
    "signal-by-descriptor",
    "a signal by a descriptor",
    "signal-by-descriptor",
    ["processes", "landlock-scopes"],
    {
      report: NOT_SEEN,
    },
  ),
  reach(
    "signal-by-owner",
    "a signal by the kernel",
    "signal-by-owner",
    ["processes", "landlock-scopes"],
    {
      args: ({ accomplice }) => ["signal-by-owner", String(accomplice.pid), accomplice.signals],
      report: NOT_SEEN,
    },
  ),
  reach("limit-process", "limits of a process", "limit-process", ["processes", "system-calls"], {
    report: kind("system-call", "processes"),
  }),
  reach(
    "slow-process",
    "the priority of a process",
    "slow-process",
    ["processes", "system-calls"],
    { report: kind("system-call", "processes") },
  ),
  reach(
    "pin-process",
    "the processors of a process",
    "pin-process",
    ["processes", "system-calls"],
    { report: kind("system-call", "processes") },
  ),
  reach("compare-process", "what a process has open", "compare-process", [
    "processes",
    "system-calls",
  ]),
  reach("move-pages", "where a process has its memory", "move-pages", [
    "processes",
    "system-calls",
  ]),
  reach(
    "join-namespace",
    "the namespaces of a process",
    "join-namespace",
    ["processes", "system-calls"],
    {
      bare: "root",
      report: kind("system-call", "processes"),
    },
  ),
];

const PRIVILEGES: readonly Escape[] = [
  reach("capabilities", "rights of root", "capabilities", ["every"], {
    report: { none: "nothing is asked for" },
    bare: "root",
  }),
  reach("become-root", "root, by a program with the set-user-ID bit", "become-root", ["every"], {
    args: ({ programs }) => ["become-root", join(programs.folder, "setuid")],
    report: { none: "the program runs, with the rights of the room" },
    bare: "root",
  }),
  reach("change-user", "another user", "change-user", ["every"], {
    report: { none: "looking for rights is not watched" },
    bare: "root",
  }),
];

const SHARED: readonly Escape[] = [
  reach("shared-memory", "System V memory of outside", "shared-memory", ["ipc", "system-calls"], {
    args: ({ accomplice, secret }) => ["shared-memory", String(accomplice.key), secret],
    report: kind("system-call", "ipc"),
  }),
  reach("message-queue", "a System V queue of outside", "message-queue", ["ipc", "system-calls"], {
    args: ({ accomplice }) => ["message-queue", String(accomplice.key)],
    report: kind("system-call", "ipc"),
  }),
  reach("semaphore", "a System V semaphore of outside", "semaphore", ["ipc", "system-calls"], {
    args: ({ accomplice }) => ["semaphore", String(accomplice.key)],
    report: kind("system-call", "ipc"),
  }),
  reach(
    "shared-memory-by-number",
    "the same, by its number",
    "shared-memory-by-number",
    ["ipc", "system-calls"],
    {
      args: ({ accomplice, secret }) => [
        "shared-memory-by-number",
        String(accomplice.segment),
        secret,
      ],
      report: kind("system-call", "ipc"),
    },
  ),
  reach(
    "message-queue-by-number",
    "a queue, by its number",
    "message-queue-by-number",
    ["ipc", "system-calls"],
    {
      args: ({ accomplice }) => ["message-queue-by-number", String(accomplice.queue)],
      report: kind("system-call", "ipc"),
    },
  ),
  reach(
    "semaphore-by-number",
    "a semaphore, by its number",
    "semaphore-by-number",
    ["ipc", "system-calls"],
    {
      args: ({ accomplice }) => ["semaphore-by-number", String(accomplice.set)],
      report: kind("system-call", "ipc"),
    },
  ),
  reach(
    "list-shared-memory",
    "a list of all shared memory",
    "list-shared-memory",
    ["ipc", "system-calls"],
    {
      report: kind("system-call", "ipc"),
    },
  ),
  reach("posix-shared-memory", "POSIX memory of outside", "posix-shared-memory", FILES, {
    args: ({ accomplice, secret }) => ["posix-shared-memory", accomplice.name, secret],
    report: kind("file-read"),
  }),
  reach(
    "posix-message-queue",
    "a POSIX queue of outside",
    "posix-message-queue",
    ["ipc", "system-calls"],
    {
      args: ({ accomplice }) => ["posix-message-queue", accomplice.name],
      report: kind("system-call", "ipc"),
    },
  ),
];

const TERMINAL: readonly Escape[] = [
  ["type-into-terminal", "keys pressed for the person at the terminal", "low"],
  ["type-into-terminal-high", "the same, with bits that the kernel ignores", "high"],
].map(([id = "", what = "", way = ""]) =>
  reach(id, what, "type-into-terminal", ["system-calls"], {
    args: () => ["type-into-terminal", way],
    setting: "terminal",
    mayLack: true,
  }),
);

const PASTE: Escape = reach(
  "paste-into-terminal",
  "text pasted on the console",
  "paste-into-terminal",
  ["system-calls"],
  {
    setting: "terminal",
  },
);

const FOREIGN: readonly Escape[] = ["i386", "x32"].map((numbering) =>
  reach(
    `foreign-${numbering}`,
    `calls in the numbering of ${numbering}`,
    "foreign-call",
    ["system-calls"],
    {
      args: () => ["foreign-call", numbering],
      report: { none: "the process is killed" },
      mayLack: true,
    },
  ),
);

const RUNS: Escape = {
  id: "execute-outside",
  what: "a program from elsewhere",
  program: "processes",
  args: (world) => ["execute", join(world.outside, "tool")],
  deniedBy: FILES,
  report: kind("execute"),
};

/** A way to stay after the end of the command. */
const stays = (program: string, way: string, what: string): Escape => {
  const mark = inProject(`node_modules/stayed-${program}-${way}`.replaceAll(".mjs", ""));
  return {
    id: `stay-${program}-${way}`.replaceAll(".mjs", ""),
    what,
    program,
    args: (world: World) => [
      ...(program === "processes" ? ["linger"] : []),
      way,
      inProject(ENDED)(world),
      mark(world),
    ],
    changes: mark,
    deniedBy: ["every"],
    report: { none: "it is ended, not denied" },
    setting: "left-behind",
  };
};

const STAYS: readonly Escape[] = [
  stays("processes", "same-session", "a child that hears no signal"),
  stays("processes", "setsid", "a process in a session of its own"),
  stays("processes", "double-fork", "a process without parents"),
  stays("linger.mjs", "detached", "a detached process"),
  stays("linger.mjs", "nohup", "a shell that hears no signal"),
  stays("linger.mjs", "timer", "a timer"),
];

export const PROCESSES: readonly Escape[] = [
  ...OTHERS,
  ...PRIVILEGES,
  ...SHARED,
  ...TERMINAL,
  PASTE,
  ...FOREIGN,
  RUNS,
  ...STAYS,
];
