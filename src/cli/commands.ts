import type { Command } from "./command.ts";

interface CommandEntry {
  readonly summary: string;
  /** Arguments after the name belong to somebody else's program and are handed on as they are. */
  readonly wraps: boolean;
  readonly load: () => Promise<Command>;
}

const wrapped = (client: string): CommandEntry => ({
  summary: `run ${client} behind the gate, in the sandbox`,
  wraps: true,
  load: async () => (await import("./wrap.ts")).wrapCommand(client),
});

/** Every command there is; each loads only what it needs. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ["npm", wrapped("npm")],
  ["npx", wrapped("npx")],
  ["pnpm", wrapped("pnpm")],
  ["pnpx", wrapped("pnpx")],
  ["yarn", wrapped("yarn")],
  ["bun", wrapped("bun")],
  ["bunx", wrapped("bunx")],
  [
    "run",
    {
      summary: "run any command with its package manager behind the gate, in the sandbox",
      wraps: true,
      load: async () => (await import("./run.ts")).runCommand,
    },
  ],
  [
    "gate",
    {
      summary: "serve the gate until it is stopped",
      wraps: false,
      load: async () => (await import("./serve-gate.ts")).gateCommand,
    },
  ],
  [
    "package",
    {
      summary: "everything Veln knows about one version, tarball or folder",
      wraps: false,
      load: async () => (await import("./package.ts")).packageCommand,
    },
  ],
  [
    "diff",
    {
      summary: "what one version can do that another could not",
      wraps: false,
      load: async () => (await import("./diff.ts")).diffCommand,
    },
  ],
  [
    "provenance",
    {
      summary: "where packages come from: view, verify, audit a project",
      wraps: false,
      load: async () => (await import("./provenance.ts")).provenanceCommand,
    },
  ],
  [
    "lens",
    {
      summary: "what the code of one version, tarball or folder does that it should not",
      wraps: false,
      load: async () => (await import("./lens.ts")).lensCommand,
    },
  ],
  [
    "wrapper",
    {
      summary: "put npm, pnpm, yarn and bun behind the gate by way of PATH",
      wraps: false,
      load: async () => (await import("./wrapper.ts")).wrapperCommand,
    },
  ],
  [
    "doctor",
    {
      summary: "what this machine can isolate install scripts with, and what is lacking",
      wraps: false,
      load: async () => (await import("./doctor.ts")).doctorCommand,
    },
  ],
]);
