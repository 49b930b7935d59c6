import { readFileSync, realpathSync, statSync } from "node:fs";
import { Failure } from "../model/failure.ts";

/** The few questions that finding a person's configuration asks of the disk. */
export interface ConfigFiles {
  /** Undefined when there is no such file or it may not be read, which npm treats alike. */
  read(path: string): string | undefined;
  kindOf(path: string): "file" | "folder" | undefined;
  /** The path with every symbolic link resolved; undefined when nothing is there. */
  realPath(path: string): string | undefined;
}

const CONFIG_BYTES_MAX = 4 * 1024 * 1024;

export const systemConfigFiles: ConfigFiles = {
  read: (path) => orUndefined(() => readBounded(path)),
  kindOf: (path) =>
    orUndefined(() => {
      const stats = statSync(path);
      return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : undefined;
    }),
  realPath: (path) => orUndefined(() => realpathSync(path)),
};

function readBounded(path: string): string | undefined {
  const stats = statSync(path);
  // A device or a pipe may never end.
  if (!stats.isFile()) return undefined;
  if (stats.size > CONFIG_BYTES_MAX) {
    throw new Failure("too-large", `${path} is too large to be a configuration file.`, {
      path,
      limit: "CONFIG_BYTES_MAX",
      found: stats.size,
      wanted: CONFIG_BYTES_MAX,
    });
  }
  return readFileSync(path, "utf8");
}

function orUndefined<Value>(ask: () => Value): Value | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Failure) throw error;
    return undefined;
  }
}
