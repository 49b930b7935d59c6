import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GATE, project, script } from "../../../test/support/client-project.ts";
import { yarn } from "./yarn.ts";
import { yarnBerry } from "./yarn-berry.ts";
import { yarnClassic } from "./yarn-classic.ts";

describe("yarn", () => {
  it.each([
    ["1.22.22", yarnClassic],
    ["4.18.1", yarnBerry],
  ])("is the one that %s names", async (version, expected) => {
    const { program, env, cwd } = await project({ client: script({ "--version": version }) });
    expect(await yarn.variant?.(program, env, cwd)).toBe(expected);
  });

  it("is refused when it says no version", async () => {
    const { program, env, cwd } = await project({ client: script({}) });
    await expect(yarn.variant?.(program, env, cwd)).rejects.toMatchObject({ code: "usage" });
  });
});

describe("yarn classic", () => {
  const listed = (own: object, npm: object): string =>
    script({
      "config list --json": [own, npm]
        .map((data) => JSON.stringify({ type: "inspect", data }))
        .join("\n"),
    });
  const DEFAULT = { registry: "https://registry.yarnpkg.com" };

  it("asks the gate, and only yarn is kept from going elsewhere over https", async () => {
    const context = await project({ client: listed(DEFAULT, {}) }, { scopes: ["@corp"] });
    const { env, stop } = await yarnClassic.settings(context);
    expect({ ...env, stop }).toEqual({
      YARN_REGISTRY: GATE,
      npm_config_registry: GATE,
      "npm_config_@corp:registry": GATE,
      YARN_CACHE_FOLDER: join(context.runFolder, "yarn"),
      YARN_NETWORK_TIMEOUT: "600000",
      YARN_DISABLE_SELF_UPDATE_CHECK: "true",
      HTTP_PROXY: GATE,
      http_proxy: GATE,
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
      YARN_HTTPS_PROXY: GATE,
      npm_config_https_proxy: GATE,
      YARN_PROXY: undefined,
      npm_config_proxy: undefined,
      GIT_ALLOW_PROTOCOL: "file",
      stop: undefined,
    });
  });

  it("stops for a lockfile that names what is not admitted", async () => {
    const lock = `# yarn lockfile v1\n\na@1:\n  version "1.0.0"\n  resolved "https://r.invalid/a/-/a-1.0.0.tgz#0"\n`;
    const context = await project({ client: listed(DEFAULT, {}), "yarn.lock": lock });
    const { stop, env } = await yarnClassic.settings(context);
    expect([stop, env["YARN_YARN_OFFLINE_MIRROR"]]).toEqual([
      "yarn.lock names a@1.0.0, which is not in the registry.",
      join(context.runFolder, "yarn-mirror"),
    ]);
  });

  it.each([
    [{ registry: "https://x.invalid/" }, {}],
    [DEFAULT, { registry: "https://x.invalid/" }],
    [{ ...DEFAULT, "@corp:registry": "https://x.invalid/" }, {}],
  ])("is refused when it would ask elsewhere: %o, %o", async (own, npm) => {
    const context = await project({ client: listed(own, npm) });
    await expect(yarnClassic.settings(context)).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringContaining("https://x.invalid/"),
    });
  });
});
