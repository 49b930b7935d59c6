import type { Io } from "./io.ts";

/** Options that every command understands, wherever they stand before a wrapped command. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly policyFile: string | undefined;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
}

/** One file a command: its help text and what it does. Returns the exit status. */
export interface Command {
  readonly usage: string;
  /** Of a command that has several: the one of that name. The rest of the line is then its own. */
  readonly subcommand?: (name: string) => Promise<Command> | undefined;
  run(args: readonly string[], globals: GlobalOptions, io: Io): Promise<number>;
}
