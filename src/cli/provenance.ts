import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { Command } from "./command.ts";

/** One line a subcommand: its summary, and the file that is loaded for it. */
const SUBCOMMANDS: ReadonlyMap<string, readonly [string, () => Promise<Command>]> = new Map<
  string,
  readonly [string, () => Promise<Command>]
>([
  [
    "view",
    [
      "where a version of the registry comes from",
      async () => (await import("./provenance-view.ts")).viewCommand,
    ],
  ],
  [
    "verify",
    [
      "whether a tarball is the one that was attested",
      async () => (await import("./provenance-verify.ts")).verifyCommand,
    ],
  ],
  [
    "audit",
    [
      "every package of a project, from its lockfile",
      async () => (await import("./provenance-audit.ts")).auditCommand,
    ],
  ],
  [
    "verify-bundle",
    [
      "one Sigstore bundle, as the conformance suite asks",
      async () => (await import("./provenance-verify-bundle.ts")).verifyBundleCommand,
    ],
  ],
]);

const LIST = [...SUBCOMMANDS].map(([name, [summary]]) => `  ${name.padEnd(15)}${summary}`);

export const provenanceCommand: Command = {
  usage: `Usage: veln provenance SUBCOMMAND …

${LIST.join("\n")}

  veln help provenance SUBCOMMAND    its own help
`,
  subcommand: (name) => SUBCOMMANDS.get(name)?.[1](),
  run: ([name]) => {
    const asked = name === undefined ? "" : `"${printable(name, 40)}" is not one. `;
    const known = [...SUBCOMMANDS.keys()].join(", ");
    throw new Failure("usage", `${asked}Say which: veln provenance ${known}.`);
  },
};
