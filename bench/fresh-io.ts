import { join } from "node:path";
import { processIo, type Io } from "../src/cli/io.ts";
import { userEnvironment } from "./user-environment.ts";

/** The person's npm configuration, and nothing of what their Veln knows or is told. */
export function freshIo(folder: string): Io {
  const env = {
    ...userEnvironment(),
    XDG_DATA_HOME: join(folder, "data"),
    XDG_CACHE_HOME: join(folder, "cache"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  return { ...processIo(), env, cwd: folder };
}
