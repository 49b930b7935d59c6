import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  shown,
  temporaryFolder,
  testNetwork,
  trustRootWithLogs,
} from "../../test/support/trust.ts";
import { serveMirror, tufRepository } from "../../test/support/tuf-repository.ts";
import { parsePolicy } from "../judge/policy.ts";
import { pathsFrom } from "./paths.ts";
import { createTrust } from "./trust.ts";

describe("a session's trust", () => {
  it("is what Veln came with, offline, and touches no disk", async () => {
    const home = temporaryFolder();
    const paths = pathsFrom({ HOME: home });
    const policy = parsePolicy([]);
    const network = testNetwork();
    const trust = createTrust({ policy, paths, network, offline: true, refresh: "before" });
    const { root, keys, origin } = await trust.forRegistry("https://registry.invalid/");
    expect({ logs: root.logs.length, keys: keys.size, origin }).toEqual({
      logs: 2,
      keys: 4,
      origin: { kind: "shipped", note: "It was not refreshed: Veln is offline." },
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it("follows the policy, and keeps what it finds in the cache folder", async () => {
    const home = temporaryFolder();
    const repository = tufRepository(Date.now());
    repository.publish({ "trusted_root.json": trustRootWithLogs("corp") });
    const mirror = await serveMirror(repository.files);
    writeFileSync(join(home, "root.json"), repository.anchor);
    const text = `[[provenance.registries]]
registry = "https://npm.corp.invalid"
tuf_mirror = "${mirror.url}"
tuf_root = "root.json"`;
    const policy = parsePolicy([{ path: join(home, "config.toml"), text, from: "user" }]);
    const paths = pathsFrom({ HOME: home });
    const setup = { policy, paths, network: testNetwork(), offline: false };
    const registry = "https://npm.corp.invalid/";
    for (const refresh of ["meanwhile", "before"] as const) {
      const trust = createTrust({ ...setup, refresh });
      // oxlint-disable-next-line no-await-in-loop -- one command after the other
      expect(shown(await trust.forRegistry(registry))).toEqual({
        logs: ["corp"],
        keys: 0,
        origin: { kind: "refreshed", asOfMs: expect.any(Number) },
      });
    }
    expect(readdirSync(join(home, ".cache", "veln", "trust"))).toEqual([
      expect.stringMatching(/^127\.0\.0\.1%3A\d+-[0-9a-f]{16}$/),
    ]);
  });
});
