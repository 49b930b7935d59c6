import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GATE, project } from "../../../test/support/client-project.ts";
import { bun } from "./bun.ts";

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

describe("bun", () => {
  it("asks the gate with the token, and everything else of it as a proxy", async () => {
    const context = await project({});
    const { env } = await bun.settings(context);
    expect(env).toEqual({
      BUN_CONFIG_REGISTRY: GATE,
      BUN_CONFIG_TOKEN: "token",
      BUN_INSTALL_CACHE_DIR: join(context.runFolder, "bun"),
      BUN_CONFIG_HTTP_RETRY_COUNT: "0",
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
      ...Object.fromEntries(PROXIES.map((name) => [name, GATE])),
      GIT_ALLOW_PROTOCOL: "file",
    });
  });

  it.each([[["run", "build"]], [["x", "tool"]], [["index.ts"]], [[]]])(
    "leaves the network to the user's own program: %o",
    async (args) => {
      const { env } = await bun.settings(await project({}, { args }));
      expect([...PROXIES, "GIT_ALLOW_PROTOCOL"].filter((name) => name in env)).toEqual([]);
    },
  );

  it.each([
    ['[install.scopes]\n"@corp" = "https://x.invalid/"\n'],
    ['[install]\nregistry = "https://x.invalid/"\n'],
    ['[install]\nregistry = { url = "https://x.invalid/", token = "x" }\n'],
    ["[install\n"],
  ])("is refused for a bunfig that says %o", async (bunfig) => {
    const context = await project({ "bunfig.toml": bunfig });
    await expect(async () => bun.settings(context)).rejects.toMatchObject({ code: "bad-config" });
    expect(bun.settings({ ...context, args: ["run", "x"] })).toMatchObject({
      args: ["run", "x"],
    });
  });

  it("is refused where npm's configuration gives a scope a registry", async () => {
    const context = await project({}, { scopes: ["@corp"] });
    await expect(async () => bun.settings(context)).rejects.toMatchObject({ code: "bad-config" });
  });
});
