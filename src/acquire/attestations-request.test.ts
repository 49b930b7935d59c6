import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Answer } from "../../test/support/origin.ts";
import {
  advanceClock,
  authorizations,
  failureOf,
  origin,
  other,
  registryOf,
  token,
  useUpstreams,
} from "../../test/support/upstreams.ts";
import { npmRef } from "../model/package-ref.ts";
import { systemFiles } from "../platform/files.ts";
import { createPackumentCache } from "./packument-cache.ts";

useUpstreams();

const REF = npmRef("a", "1.0.0");
const PATH = "/npm/-/npm/v1/attestations/a@1.0.0";
const TEXT = '{"attestations":[]}';
const HOUR_MS = 3_600_000;

describe("attestations", () => {
  it("are asked for by name and version below the registry, with its credentials", async () => {
    origin.on(PATH, { body: TEXT });
    expect(await registryOf(token()).attestations(REF)).toBe(TEXT);
    expect(authorizations(origin)).toEqual([[PATH, "Bearer T"]]);
    expect(origin.requests[0]?.headers.accept).toBe("application/json");
  });

  it("are asked for at the registry of the scope", async () => {
    const path = "/-/npm/v1/attestations/@s%2fa@1.0.0-x%2By";
    other.on(path, { body: TEXT });
    const registry = registryOf({ ...token(), "@s:registry": other.url });
    expect(await registry.attestations(npmRef("@s/a", "1.0.0-x+y"))).toBe(TEXT);
    expect([authorizations(origin), authorizations(other)]).toEqual([[], [[path, "-"]]]);
  });

  it.each<[string, (text: string) => Uint8Array]>([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("come compressed, and are kept so (%s)", async (coding, compressed) => {
    origin.on(PATH, { body: compressed(TEXT), headers: { "content-encoding": coding } });
    const registry = registryOf();
    expect([await registry.attestations(REF), await registry.attestations(REF)]).toEqual([
      TEXT,
      TEXT,
    ]);
    expect(origin.requests).toHaveLength(1);
  });

  it.each([404, 410])(
    "are undefined where there are none (%d), and asked for again",
    async (status) => {
      origin.on(PATH, { status });
      const registry = registryOf();
      expect(await registry.attestations(REF)).toBeUndefined();
      origin.on(PATH, { body: TEXT });
      expect(await registry.attestations(REF)).toBe(TEXT);
    },
  );

  it.each<[string, Answer, unknown]>([
    ["a cut body", { body: TEXT, cutAfterBytes: 3 }, { code: "upstream-broken" }],
    [
      "8 MiB and one byte",
      { headers: { "content-length": String(8 * 1024 * 1024 + 1) }, cutAfterBytes: 0 },
      { code: "too-large", limit: "ATTESTATIONS_BYTES_MAX" },
    ],
    [
      "what becomes larger than it is",
      { body: gzipSync(" ".repeat(8 * 1024 * 1024 + 1)), headers: { "content-encoding": "gzip" } },
      { code: "too-large", limit: "ATTESTATIONS_BYTES_MAX" },
    ],
    [
      "a coding that was not asked for",
      { headers: { "content-encoding": "x" } },
      { code: "upstream-broken" },
    ],
    ["401", { status: 401 }, { code: "unauthorized", status: 401 }],
    ["204", { status: 204 }, { code: "bad-metadata", status: 204 }],
    ["503", { status: 503 }, { code: "upstream-unavailable", status: 503 }],
  ])("are refused: %s", async (_, answer, expected) => {
    origin.on(PATH, answer);
    expect(await failureOf(registryOf({ "fetch-retries": "0" }).attestations(REF))).toEqual(
      expected,
    );
  });

  it("are asked for again after a server's error", async () => {
    origin.on(PATH, (_, attempt) => (attempt === 1 ? { status: 500 } : { body: TEXT }));
    expect(await registryOf().attestations(REF)).toBe(TEXT);
    expect(origin.requests).toHaveLength(2);
  });
});

describe("attestations that are kept", () => {
  it("serve for an hour", async () => {
    origin.on(PATH, { body: TEXT });
    const registry = registryOf();
    await registry.attestations(REF);
    advanceClock(HOUR_MS - 1);
    await registry.attestations(REF);
    expect(origin.requests).toHaveLength(1);
    advanceClock(1);
    await registry.attestations(REF);
    expect(origin.requests).toHaveLength(2);
  });

  it("do not serve when the clock was set back", async () => {
    origin.on(PATH, { body: TEXT });
    const registry = registryOf();
    await registry.attestations(REF);
    advanceClock(-1);
    await registry.attestations(REF);
    expect(origin.requests).toHaveLength(2);
  });

  it("serve however old, where nothing can be asked or need be", async () => {
    origin.on(PATH, { body: TEXT });
    await registryOf().attestations(REF);
    advanceClock(1000 * HOUR_MS);
    expect(await registryOf({}, true).attestations(REF)).toBe(TEXT);
    expect(await registryOf().attestations(REF, { preferCached: true })).toBe(TEXT);
    expect(origin.requests).toHaveLength(1);
  });

  it("are missed offline with a reason", async () => {
    expect(await failureOf(registryOf({}, true).attestations(REF))).toEqual({ code: "offline" });
    expect(origin.requests).toEqual([]);
  });

  it("are one version's of one registry", async () => {
    origin.on(PATH, { body: TEXT });
    origin.on("/npm/-/npm/v1/attestations/a@1.0.1", { body: "another" });
    other.on("/-/npm/v1/attestations/a@1.0.0", { body: "the other's" });
    expect([
      await registryOf().attestations(REF),
      await registryOf().attestations(npmRef("a", "1.0.1")),
      await registryOf({ registry: other.url }).attestations(REF),
    ]).toEqual([TEXT, "another", "the other's"]);
  });

  it.each([
    ["outlive the process", undefined, true],
    ["do not, where the registry forbids it", "no-store", false],
  ])("%s", async (_, control, isKept) => {
    const folder = mkdtempSync(join(tmpdir(), "veln-"));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const newCache = () => createPackumentCache({ folder, files: systemFiles, clock: () => 0 });
    const headers = control === undefined ? {} : { "cache-control": control };
    origin.on(PATH, { body: TEXT, headers });
    const first = newCache();
    await registryOf({}, false, first).attestations(REF);
    await first.close();
    const again = registryOf({}, true, newCache()).attestations(REF);
    expect(await failureOf(again)).toEqual(isKept ? { resolved: TEXT } : { code: "offline" });
  });
});
