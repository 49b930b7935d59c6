import { parseArgs, type ParseArgsConfig } from "node:util";
import { Failure } from "../model/failure.ts";
import { printable } from "../model/printable.ts";
import type { GlobalOptions } from "./command.ts";

/** For `node:util` parseArgs: commands spread it into their own options. */
export const GLOBAL_OPTIONS = {
  json: { type: "boolean" },
  policy: { type: "string" },
  offline: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  "no-color": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export function parseGlobals(args: readonly string[]): GlobalOptions & { readonly help: boolean } {
  const { values } = parseOptions(args, GLOBAL_OPTIONS, false);
  return { ...globalsFrom(values), help: values.help === true };
}

export interface GlobalValues {
  readonly json?: boolean | undefined;
  readonly policy?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly "no-color"?: boolean | undefined;
}

function globalsFrom(values: GlobalValues): GlobalOptions {
  return {
    json: values.json === true,
    policyFile: values.policy,
    offline: values.offline === true,
    quiet: values.quiet === true,
    noColor: values["no-color"] === true,
  };
}

/** Options given after the command's name, on top of those given before it. */
export function mergeGlobals(globals: GlobalOptions, values: GlobalValues): GlobalOptions {
  const later = globalsFrom(values);
  return {
    json: globals.json || later.json,
    policyFile: later.policyFile ?? globals.policyFile,
    offline: globals.offline || later.offline,
    quiet: globals.quiet || later.quiet,
    noColor: globals.noColor || later.noColor,
  };
}

type OptionTable = NonNullable<ParseArgsConfig["options"]>;

/** `parseArgs`, with its complaints as one sentence. */
export function parseOptions<const Options extends OptionTable>(
  args: readonly string[],
  options: Options,
  allowPositionals = true,
): ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: boolean; strict: true }>
> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split(". ")[0] ?? "") : "";
    throw new Failure("usage", `${printable(message, 200)}. See veln --help.`, {}, error);
  }
}
