import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { materialFrom } from "./material.ts";
import { proveFiles } from "./repository.ts";
import { loadShipped } from "./shipped.ts";

const SIGSTORE = fileURLToPath(new URL("../../../../shared/sigstore/", import.meta.url));
const text = (name: string): string => readFileSync(`${SIGSTORE}${name}`, "utf8");

describe("what Veln comes with", () => {
  it("can be used as it is", () => {
    const { root, keys, origin } = materialFrom(loadShipped(), { kind: "shipped" });
    expect({
      logs: root.logs.map(({ baseUrl }) => baseUrl),
      authorities: root.authorities.length,
      timestampAuthorities: root.timestampAuthorities.length,
      ctLogs: root.ctLogs.length,
      keys: keys.size,
      refused: keys.refused,
      origin,
    }).toEqual({
      logs: ["https://rekor.sigstore.dev", "https://log2025-1.rekor.sigstore.dev"],
      authorities: 2,
      timestampAuthorities: 1,
      ctLogs: 2,
      keys: 4,
      refused: [],
      origin: { kind: "shipped" },
    });
  });

  it("names a mirror and the target that its newer keys have there", () => {
    const { mirror, root, keysTarget } = loadShipped().repository;
    const { signed } = JSON.parse(root.toString("utf8"));
    expect({ mirror, type: signed._type, keysTarget }).toEqual({
      mirror: expect.stringMatching(/^https:\/\/[^/]+$/),
      type: "root",
      keysTarget: expect.stringMatching(/^[^/%]+\/keys\.json$/),
    });
  });

  it("has a root that a refresh can begin with", async () => {
    const { repository } = loadShipped();
    const { expires } = JSON.parse(repository.root.toString("utf8")).signed;
    const { host } = new URL(repository.mirror);
    await expect(proveFiles(repository, new Map(), Date.parse(expires) - 1)).rejects.toThrow(
      `What ${host} publishes does not verify: There is no timestamp.json.`,
    );
  });

  it.skipIf(!existsSync(SIGSTORE))("is what Sigstore publishes (../shared/sigstore)", () => {
    const { trustRoot, keys } = loadShipped();
    expect({
      trustRoot: JSON.parse(trustRoot.toString("utf8")),
      keys: JSON.parse(keys.toString("utf8")),
    }).toEqual({
      trustRoot: JSON.parse(text("trusted_root.production.json")),
      keys: JSON.parse(text("npm-keys.json")),
    });
  });
});
