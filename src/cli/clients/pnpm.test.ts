import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GATE, project } from "../../../test/support/client-project.ts";
import { DEFAULT_POLICY } from "../../judge/defaults.ts";
import type { Policy } from "../../model/policy.ts";
import { pnpm } from "./pnpm.ts";

const remoteAllowed: Policy = {
  ...DEFAULT_POLICY,
  dependencies: { git: "allow", remote: "allow" },
};

describe("pnpm", () => {
  it("is set up for both majors, with the scopes as arguments", async () => {
    const context = await project({}, { args: ["add", "a"], scopes: ["@corp"] });
    const { args, env } = await pnpm.settings(context);
    expect(args).toEqual([`--config.@corp:registry=${GATE}`, "add", "a"]);
    const set = {
      registry: GATE,
      store_dir: join(context.keptFolder, "store"),
      cache_dir: join(context.runFolder, "pnpm"),
      fetch_retries: "0",
      fetch_timeout: "600000",
      update_notifier: "false",
      ignore_pnpmfile: "true",
      https_proxy: GATE,
      http_proxy: GATE,
      noproxy: "127.0.0.1",
      proxy: undefined,
    };
    const both = Object.entries(set).flatMap(([key, value]) => [
      [`npm_config_${key}`, value],
      [`pnpm_config_${key}`, value],
    ]);
    expect(env).toEqual({
      ...Object.fromEntries(both),
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
      GIT_ALLOW_PROTOCOL: "file",
    });
  });

  it("gets no backstop where the policy lets dependencies come from anywhere", async () => {
    const { env } = await pnpm.settings(await project({}, { policy: remoteAllowed }));
    expect(["npm_config_https_proxy", "GIT_ALLOW_PROTOCOL"].map((key) => env[key])).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("keeps its store until verdicts change", async () => {
    const context = await project({ "kept/store/v10/x": "old" });
    const kept = async (): Promise<string> =>
      readFile(join(context.keptFolder, "store/v10/x"), "utf8").catch(() => "gone");
    await pnpm.settings(context);
    expect(await kept()).toBe("gone");
    await mkdir(join(context.keptFolder, "store/v10"));
    await writeFile(join(context.keptFolder, "store/v10/x"), "new");
    await pnpm.settings(context);
    expect(await kept()).toBe("new");
    await pnpm.settings({ ...context, verdictKey: "other" });
    expect(await kept()).toBe("gone");
  });

  it("lends its store to a project and takes it back", async () => {
    const note = (store: string): string => `{\n  "storeDir": "${store}",\n  "x": 1\n}\n`;
    const context = await project({ "node_modules/.modules.yaml": note("/users/store/v10") });
    const noted = async (): Promise<string> =>
      readFile(join(context.cwd, "node_modules/.modules.yaml"), "utf8");
    const { afterwards } = await pnpm.settings(context);
    expect(await noted()).toBe(note(join(context.keptFolder, "store/v10")));
    await afterwards?.();
    expect(await noted()).toBe(note("/users/store/v10"));
  });
});
