import { accessSync, constants, statSync } from "node:fs";

/** Whether this is a file that may be started; a folder may be "executed" as well, and is none. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
