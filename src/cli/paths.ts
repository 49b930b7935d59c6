import { userInfo } from "node:os";
import { join } from "node:path";

/** Where Veln keeps things of its own, after the XDG Base Directory Specification. */
export interface Paths {
  /** Integrity store and its key: losing it loses what was seen before. */
  readonly data: string;
  /** Packuments and tarballs: may be deleted at any time. */
  readonly cache: string;
  readonly userConfig: string;
  readonly shims: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function pathsFrom(env: Environment): Paths {
  const home = absolute(env["HOME"]) ?? userInfo().homedir;
  const data = join(absolute(env["XDG_DATA_HOME"]) ?? join(home, ".local", "share"), "veln");
  const cache = join(absolute(env["XDG_CACHE_HOME"]) ?? join(home, ".cache"), "veln");
  const config = join(absolute(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "veln");
  return { data, cache, userConfig: join(config, "config.toml"), shims: join(data, "shims") };
}

/** "All paths must be absolute; a relative one is ignored." */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") === true ? path : undefined;
}
