import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GATE, project, script } from "../../../test/support/client-project.ts";
import { yarnBerry } from "./yarn-berry.ts";

describe("yarn berry", () => {
  const listed = (changed: Readonly<Record<string, unknown>>, scopes = "{}"): string => {
    const settings = {
      npmRegistryServer: "https://registry.yarnpkg.com",
      cacheFolder: "/cache",
      enableGlobalCache: true,
      ...changed,
    };
    const lines = Object.entries(settings).map(([key, effective]) =>
      JSON.stringify({ key, effective, source: "<default>" }),
    );
    const source = scopes === "{}" ? "<default>" : ".yarnrc.yml";
    lines.push(JSON.stringify({ key: "npmScopes", effective: {}, source }));
    return script({ "config --json": lines.join("\n"), "config get npmScopes --json": scopes });
  };

  it("asks the gate with the token, over a cache of this run", async () => {
    const context = await project({ client: listed({}) });
    const { env, stop } = await yarnBerry.settings(context);
    expect({ ...env, stop }).toEqual({
      YARN_NPM_REGISTRY_SERVER: "http://127.0.0.1:4873",
      YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
      YARN_NPM_AUTH_TOKEN: "token",
      YARN_NPM_AUTH_IDENT: undefined,
      YARN_NPM_ALWAYS_AUTH: "true",
      YARN_GLOBAL_FOLDER: join(context.runFolder, "yarn-berry"),
      YARN_HTTP_RETRY: "0",
      YARN_HTTP_TIMEOUT: "600000",
      YARN_ENABLE_TELEMETRY: "0",
      YARN_HTTP_PROXY: undefined,
      YARN_HTTPS_PROXY: GATE,
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
      GIT_ALLOW_PROTOCOL: "file",
      stop: undefined,
    });
  });

  it("is refused where a scope has a registry, and not where it has a token alone", async () => {
    const own = '{"corp":{"npmRegistryServer":"https://x.invalid"}}';
    const context = await project({ client: listed({}, own) });
    await expect(yarnBerry.settings(context)).rejects.toMatchObject({ code: "bad-config" });
    const harmless = await project({
      client: listed({}, '{"corp":{"npmRegistryServer":null,"npmAuthToken":"x"}}'),
    });
    await expect(yarnBerry.settings(harmless)).resolves.toMatchObject({ args: ["install"] });
  });

  it("is refused where it has another registry than npm", async () => {
    const context = await project({ client: listed({ npmRegistryServer: "https://x.invalid" }) });
    await expect(yarnBerry.settings(context)).rejects.toMatchObject({ code: "bad-config" });
  });

  it("stops for a lockfile with addresses of its own", async () => {
    const lock = '"a@npm:1":\n  resolution: "a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fx.invalid"\n';
    const context = await project({ client: listed({}), "yarn.lock": lock });
    expect((await yarnBerry.settings(context)).stop).toContain("https%3A%2F%2Fx.invalid");
  });

  it("puts a project's archives where they belong and tells the loader", async () => {
    const context = await project({ client: listed({}), "home/.keep": "" });
    const cache = join(context.cwd, "home/cache");
    await writeFile(context.program, listed({ cacheFolder: cache }), { mode: 0o755 });
    const { afterwards } = await yarnBerry.settings(context);
    await mkdir(join(context.runFolder, "yarn-berry/cache"), { recursive: true });
    await writeFile(join(context.runFolder, "yarn-berry/cache/a.zip"), "zip");
    await writeFile(join(context.cwd, ".pnp.cjs"), '"./run/yarn-berry/cache/a.zip/"');
    await afterwards?.();
    expect([
      await readFile(join(cache, "a.zip"), "utf8"),
      await readFile(join(context.cwd, ".pnp.cjs"), "utf8"),
    ]).toEqual(["zip", '"./home/cache/a.zip/"']);
  });

  it("fetches nothing that a link in the run's folder names", async () => {
    const context = await project({ client: listed({}), "home/secret": "sesame" });
    const cache = join(context.cwd, "home/cache");
    const settings = { cacheFolder: cache, enableGlobalCache: false };
    await writeFile(context.program, listed(settings), { mode: 0o755 });
    const { afterwards } = await yarnBerry.settings(context);
    await mkdir(join(context.runFolder, "yarn-cache"), { recursive: true });
    await symlink(join(context.cwd, "home/secret"), join(context.runFolder, "yarn-cache/a.zip"));
    await writeFile(join(context.runFolder, "yarn-cache/b.zip"), "zip");
    await afterwards?.();
    expect(await readdir(cache)).toEqual(["b.zip"]);
  });
});
