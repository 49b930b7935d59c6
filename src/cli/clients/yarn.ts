import { Failure } from "../../model/failure.ts";
import { ask } from "./ask.ts";
import type { Client } from "./client.ts";
import { yarnBerry } from "./yarn-berry.ts";
import { yarnClassic } from "./yarn-classic.ts";

/** Which yarn answers is decided by the project (`packageManager`, `yarnPath`), so yarn is asked. */
export const yarn: Client = {
  ...yarnClassic,
  variant: async (program, env, cwd) => {
    const version = (await ask(program, ["--version"], env, cwd))?.split("\n").at(-1);
    if (version === undefined || !/^\d+\.\d+\./.test(version)) {
      throw new Failure(
        "usage",
        '"yarn --version" does not say a version here; yarn itself says why.',
      );
    }
    return version.startsWith("1.") ? yarnClassic : yarnBerry;
  },
};
