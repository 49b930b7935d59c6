import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { TestClient } from "../support/clients.ts";
import { reaching, running, trying } from "../support/install-scripts.ts";
import { createMachine, type Machine } from "../support/machine.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { startProxy, type TestProxy } from "../support/proxy.ts";
import { startRegistry, type FixtureRegistry } from "../support/registry/registry.ts";

const pem = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url)), "utf8");

/** As downloaders of honest packages do it, with what became of it where it fails. */
const byFetch = (url: string): string =>
  `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
   try { return await (await fetch("${url}")).text(); } catch (error) { return error.cause.message; }`;
const byHttps = (url: string, options = "{}"): string =>
  `const given = { rejectUnauthorized: false, ...${options} };
   return new Promise((resolve, reject) =>
     require("node:https").get("${url}", given, (answer) => answer.on("data", resolve)).on("error", reject));`;

const DOWNLOADER = running(
  "downloader",
  trying({
    fetched: byFetch("https://files.invalid/tool"),
    https: byHttps("https://files.invalid/tool"),
    elsewhere: byHttps("https://collect.invalid/"),
    redirected: byFetch("https://files.invalid/moved"),
    fronted: byHttps("https://files.invalid/", '{ servername: "collect.invalid" }'),
    direct: reaching("files.invalid", "443"),
  }),
);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((item) => item.close()));
});

/** Somebody behind a proxy of their own, which brings every host to one server. */
async function behindProxy(
  registry: FixtureRegistry,
  client: TestClient,
): Promise<{ readonly machine: Machine; readonly origin: Origin; readonly upstream: TestProxy }> {
  const origin = await startOrigin({ tls: { key: pem("server-key"), cert: pem("server") } });
  origin.on("/tool", { body: "the tool" });
  origin.on("/moved", { status: 302, headers: { location: "https://collect.invalid/tool" } });
  const upstream = await startProxy(origin.port);
  open.push(origin, upstream);
  const machine = await createMachine(registry, {
    client,
    policy: '[sandbox]\nhosts = [{ host = "files.invalid", package = "downloader" }]\n',
    env: { HTTPS_PROXY: `http://ann:word@${upstream.host}`, NO_PROXY: "127.0.0.1,localhost" },
    manifest: {
      dependencies: { downloader: "1.0.0" },
      allowScripts: { downloader: true },
      pnpm: { onlyBuiltDependencies: ["downloader"] },
      trustedDependencies: ["downloader"],
    },
  });
  if (client === "pnpm-12") {
    machine.write("pnpm-workspace.yaml", "allowBuilds:\n  downloader: true\n");
  }
  if (client === "berry") {
    const lines = [
      `npmRegistryServer: "${registry.url}"`,
      "unsafeHttpWhitelist: [localhost]",
      "nodeLinker: node-modules",
      "enableTelemetry: false",
      "enableScripts: true",
      "npmMinimalAgeGate: 0",
    ];
    machine.write(".yarnrc.yml", `${lines.join("\n")}\n`);
    machine.write("yarn.lock", "");
  }
  return { machine, origin, upstream };
}

/** Those that let Veln choose the shell of scripts tell the proxy whose script asks. */
describe.each([
  ["npm", "npm", "downloader@1.0.0"],
  ["pnpm-10", "pnpm", "downloader@1.0.0"],
  ["pnpm-12", "pnpm", "downloader@1.0.0"],
  ["yarn", "yarn", "a script"],
  ["berry", "yarn", "a script"],
  ["bun", "bun", "downloader@1.0.0"],
] as const)("%s", { timeout: 90_000 }, (client, program, who) => {
  it("lets scripts download from where the policy says, and says who did and who was refused", async () => {
    const registry = await startRegistry({ packages: [DOWNLOADER] });
    const { machine, origin, upstream } = await behindProxy(registry, client);
    const run = await machine.veln(program, "install");
    expect(run.code).toBe(0);
    const seen = JSON.parse(machine.read("seen.json")) as Record<string, string>;
    expect(seen).toEqual({
      fetched: "the tool",
      https: "the tool",
      elsewhere: "ERR_PROXY_TUNNEL",
      redirected: expect.stringMatching(/403|cancelled/) as string,
      fronted: expect.stringMatching(/ACCESS_DENIED/) as string,
      direct: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string,
    });
    expect(new Set(upstream.seen.map((line) => line.split(" ")[1]))).toEqual(
      new Set(["files.invalid:443"]),
    );
    expect(origin.requests.map(({ path }) => path)).toEqual(["/tool", "/tool", "/moved"]);
    const said = run.stderr.replaceAll(/\s+/g, " ");
    expect(said).toMatch(new RegExp(`${who} downloaded [\\d.]+ k?B from files\\.invalid:443`));
    expect(said).toContain(
      `${who} wanted to reach collect.invalid:443 (3 times) if that is honest: [sandbox] hosts = ["collect.invalid:443"]`,
    );
  });
});
