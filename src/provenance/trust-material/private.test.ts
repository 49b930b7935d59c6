import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  keysText,
  NOW_MS,
  scene,
  type Scene,
  shown,
  temporaryFolder,
  trustRootWithLogs,
} from "../../../test/support/trust.ts";
import { serveMirror, tufRepository } from "../../../test/support/tuf-repository.ts";
import { Failure } from "../../model/failure.ts";
import type { RegistryTrust, TrustSource } from "../../model/policy.ts";

const CORP = "https://npm.corp.invalid:8443/team/";
const PUBLIC = { logs: ["first"], keys: 2, origin: { kind: "refreshed", asOfMs: NOW_MS } };

function trustFor(source: TrustSource): readonly RegistryTrust[] {
  return [{ registry: CORP, source }];
}

/** What a registry gets, or the failure. */
async function found(
  played: Scene,
  registry: string,
  source: TrustSource,
  options: { readonly nowMs?: number; readonly offline?: boolean } = {},
): Promise<object> {
  const { nowMs = NOW_MS, offline = false } = options;
  const trust = played.open(nowMs, { registries: trustFor(source), offline });
  try {
    return shown(await trust.forRegistry(registry));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { code: error.code, message: error.message };
  }
}

describe("a registry that the policy gives files", () => {
  function files(texts: Readonly<Record<string, string>>): string {
    const folder = temporaryFolder();
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    return folder;
  }

  it("is trusted by them, and no other registry is", async () => {
    const played = await scene();
    const folder = files({ "root.json": trustRootWithLogs("corp"), "keys.json": keysText(2) });
    const source: TrustSource = {
      kind: "files",
      trustRoot: join(folder, "root.json"),
      keys: join(folder, "keys.json"),
    };
    const own = { logs: ["corp"], keys: 4, origin: { kind: "file" } };
    expect(await found(played, CORP, source)).toEqual(own);
    expect(await found(played, CORP.slice(0, -1), source, { offline: true })).toEqual(own);
    expect(await found(played, "https://npm.corp.invalid:8443/", source)).toEqual(PUBLIC);
    expect(await found(played, `${CORP}more/`, source)).toEqual(PUBLIC);
    expect(await found(played, CORP.replace("https", "http"), source)).toEqual(PUBLIC);
  });

  it("has no keys when none are named", async () => {
    const trustRoot = join(files({ r: trustRootWithLogs("corp") }), "r");
    const source = { kind: "files", trustRoot, keys: undefined } as const;
    expect(await found(await scene(), CORP, source)).toEqual({
      logs: ["corp"],
      keys: 0,
      origin: { kind: "file" },
    });
  });

  it.each([
    ["is missing", undefined, keysText(1), /r, which the policy trusts for .*, cannot be read\.$/],
    [
      "is no trust root",
      "{}",
      keysText(1),
      /^Of what the policy trusts for .*: The trust root can/,
    ],
    ["is no list of keys", trustRootWithLogs("a"), "{}", /: The registry's keys cannot be used/],
  ])("whose file %s gets nothing, and not the public trust", async (_what, root, keys, message) => {
    const folder = files({ ...(root === undefined ? {} : { r: root }), k: keys });
    const source = {
      kind: "files",
      trustRoot: join(folder, "r"),
      keys: join(folder, "k"),
    } as const;
    expect(await found(await scene(), CORP, source)).toEqual({
      code: "bad-config",
      message: expect.stringMatching(message),
    });
  });
});

describe("a registry that the policy gives a mirror", () => {
  const OFFLINE = { offline: true };
  const OWN = { logs: ["corp"], keys: 6, origin: { kind: "refreshed", asOfMs: NOW_MS } };

  async function corporate(): Promise<{ readonly played: Scene; readonly source: TrustSource }> {
    const played = await scene();
    const repository = tufRepository(NOW_MS);
    repository.publish({
      "trusted_root.json": trustRootWithLogs("corp"),
      "npm.corp.invalid:8443/team/keys.json": keysText(3),
    });
    const mirror = await serveMirror(repository.files);
    const root = join(temporaryFolder(), "root.json");
    writeFileSync(root, repository.anchor);
    return { played, source: { kind: "mirror", mirror: mirror.url, root } };
  }

  it("is trusted by what it publishes, from the given root on, offline too", async () => {
    const { played, source } = await corporate();
    expect(await found(played, CORP, source)).toEqual(OWN);
    expect(await found(played, CORP, source, OFFLINE)).toEqual(OWN);
    expect(await found(played, "https://npm.invalid/", source)).toEqual(PUBLIC);
  });

  it("that was never reached gets nothing, and not the public trust", async () => {
    const { played, source } = await corporate();
    expect(await found(played, CORP, source, OFFLINE)).toEqual({
      code: "offline",
      message: "There is no trust root for this registry. It was not refreshed: Veln is offline.",
    });
  });

  it("that is another's than the root says gets nothing", async () => {
    const { played, source } = await corporate();
    const other = { ...source, mirror: played.mirror.url } as TrustSource;
    expect(await found(played, CORP, other)).toEqual({
      code: "upstream-broken",
      message: expect.stringMatching(/^There is no trust root for this registry\. .* 0\/1 keys\.$/),
    });
  });

  it("whose root cannot be read, or is none, gets nothing", async () => {
    const { played, source } = await corporate();
    const { root } = source.kind === "mirror" ? source : { root: "" };
    writeFileSync(root, '{"signed":{}}');
    expect(await found(played, CORP, source)).toMatchObject({ code: "upstream-broken" });
    rmSync(root);
    mkdirSync(root);
    expect(await found(played, CORP, source)).toEqual({
      code: "bad-config",
      message: `${root}, which the policy trusts for ${CORP}, cannot be read.`,
    });
  });

  it("keeps what it has when the mirror goes away", async () => {
    const { played, source } = await corporate();
    expect(await found(played, CORP, source)).toEqual(OWN);
    const later = { nowMs: NOW_MS + 30 * DAY_MS, offline: true };
    expect(await found(played, CORP, source, later)).toMatchObject({
      ...OWN,
      origin: { note: expect.stringMatching(/^It expired at .* It was not refreshed: /) },
    });
  });
});
