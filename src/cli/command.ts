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
  run(args: readonly string[], globals: GlobalOptions, io: Io): Promise<number>;
}
