import { realpathSync } from "node:fs";
import { join } from "node:path";
import { isExecutable } from "../../../platform/executable.ts";

/**
 * What enforces a room is never looked for on PATH: there `node_modules/.bin` may come first.
 */
const SYSTEM_FOLDERS = ["/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin"];

export type FindProgram = (...names: readonly string[]) => string | undefined;

/** The real path of the first of these programs that the machine has. */
export function findSystemProgram(...names: readonly string[]): string | undefined {
  const found = names
    .flatMap((name) => SYSTEM_FOLDERS.map((folder) => join(folder, name)))
    .find(isExecutable);
  return found === undefined ? undefined : realpathSync(found);
}
