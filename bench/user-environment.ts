import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { delimiter } from "node:path";

/** What `npm run` adds for its own script; npm below it would take this repository for its project. */
const OF_NPM_RUN = /^(?:npm_(?!config_).*|npm_config_(?:local_prefix|user_agent)|INIT_CWD|NODE)$/i;

/** The environment of the person at the terminal, whether or not a benchmark was started by npm. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !OF_NPM_RUN.test(name));
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !/[\\/](?:node_modules[\\/]\.bin|node-gyp-bin)[\\/]?$/.test(folder))
    .join(delimiter);
  return { ...Object.fromEntries(own), PATH: path };
}

/** What npm says to `npm config get`, outside of any project; undefined when it is not set. */
export function npmSetting(key: string, env: NodeJS.ProcessEnv): string | undefined {
  const value = execFileSync("npm", ["config", "get", key], {
    env,
    cwd: tmpdir(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  return ["", "null", "undefined"].includes(value) ? undefined : value;
}

/** For programs that ask a registry with Node's own means: to trust whom npm trusts. */
export function trustingAsNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const caFile = npmSetting("cafile", env);
  return {
    ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
    ...env,
    NODE_USE_ENV_PROXY: "1",
  };
}
