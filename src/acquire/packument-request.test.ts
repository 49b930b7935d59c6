import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Answer, RecordedRequest } from "../../test/support/origin.ts";
import {
  advanceClock,
  document,
  failureOf,
  origin,
  registryOf,
  releaseOf,
  token,
  useUpstreams,
} from "../../test/support/upstreams.ts";

useUpstreams();

describe("packument", () => {
  it("asks for the full document with the registry's credentials", async () => {
    origin.on("/npm/@s%2fa", { body: document("@s/a") });
    const packument = await registryOf(token()).packument("@s/a");
    expect(packument?.versionNames).toEqual(["1.0.0"]);
    const [request] = origin.requests;
    expect([request?.path, request?.headers.accept, request?.headers.authorization]).toEqual([
      "/npm/@s%2fa",
      "application/json",
      "Bearer T",
    ]);
  });

  it("asks for the short form when that is enough, and keeps the forms apart", async () => {
    origin.on("/npm/a", { body: document("a"), headers: { "cache-control": "max-age=60" } });
    const registry = registryOf();
    for (const abbreviated of [true, false, true]) await registry.packument("a", { abbreviated });
    expect(origin.requests.map(({ headers }) => headers.accept)).toEqual([
      "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8",
      "application/json",
    ]);
  });

  it("takes a whole document for both forms, where the registry has no short one", async () => {
    const whole = { ...(JSON.parse(document("a")) as object), time: { "1.0.0": "2026-01-01" } };
    origin.on("/npm/a", { body: JSON.stringify(whole), headers: { etag: '"1"' } });
    const registry = registryOf();
    for (const abbreviated of [true, false, true]) await registry.packument("a", { abbreviated });
    expect(origin.requests.map(({ headers }) => headers["if-none-match"])).toEqual([undefined]);
    advanceClock(600_000);
    origin.on("/npm/a", { status: 304 });
    const packument = await registry.packument("a", { abbreviated: true });
    expect([packument?.dated, origin.requests.at(-1)?.headers["if-none-match"]]).toEqual([
      true,
      '"1"',
    ]);
  });

  it.each<[string, (text: string) => Uint8Array]>([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
    ["identity", (text) => Buffer.from(text)],
  ])("reads %s", async (coding, encode) => {
    origin.on("/npm/a", { body: encode(document("a")), headers: { "content-encoding": coding } });
    expect((await registryOf().packument("a"))?.name).toBe("a");
  });

  it("is undefined for 404, for 410 and for what is no name", async () => {
    origin.on("/npm/gone", { status: 410 });
    const registry = registryOf();
    const found = await Promise.all(
      ["none", "gone", "../x"].map((name) => registry.packument(name)),
    );
    expect(found).toEqual([undefined, undefined, undefined]);
    expect(origin.requests.map(({ path }) => path).sort()).toEqual(["/npm/gone", "/npm/none"]);
  });

  it.each<[string, Answer, unknown]>([
    ["401", { status: 401 }, { code: "unauthorized", status: 401 }],
    ["403", { status: 403 }, { code: "unauthorized", status: 403 }],
    ["418", { status: 418 }, { code: "bad-metadata", status: 418 }],
    ["304 out of the blue", { status: 304 }, { code: "bad-metadata", status: 304 }],
    ["another package", { body: document("b") }, { code: "bad-metadata" }],
    ["no JSON", { body: "<html>" }, { code: "bad-metadata" }],
    [
      "an unknown coding",
      { body: "x", headers: { "content-encoding": "rot13" } },
      { code: "upstream-broken" },
    ],
    [
      "damaged gzip",
      { body: "x", headers: { "content-encoding": "gzip" } },
      { code: "upstream-broken" },
    ],
    ["a cut body", { body: document("a"), cutAfterBytes: 9 }, { code: "upstream-broken" }],
    [
      "an absurd length",
      { body: "{}", headers: { "content-length": "999999999999" }, cutAfterBytes: 2 },
      { code: "too-large", limit: "PACKUMENT_RECEIVED_BYTES_MAX" },
    ],
    [
      "a long pause",
      { status: 429, headers: { "retry-after": "3600" } },
      { code: "upstream-unavailable", status: 429, retryAfterSeconds: 3600 },
    ],
  ])("refuses %s", async (_, answer, expected) => {
    origin.on("/npm/a", answer);
    expect(await failureOf(registryOf().packument("a"))).toEqual(expected);
  });

  it("stops inflating at its bound", async () => {
    const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024, 0x20), { level: 1 });
    origin.on("/npm/a", { body: bomb, headers: { "content-encoding": "gzip" } });
    const failure = await failureOf(registryOf().packument("a"));
    expect(failure).toEqual({ code: "too-large", limit: "PACKUMENT_BYTES_MAX" });
    expect(bomb.length).toBeLessThan(4 * 1024 * 1024);
  });
});

describe("what is remembered", () => {
  const conditions = (request: RecordedRequest): unknown => [
    request.headers["if-none-match"] ?? "-",
    request.headers["if-modified-since"] ?? "-",
  ];

  it("asks again with the entity tag and takes 304 for an answer", async () => {
    const when = "Tue, 14 Nov 2023 00:00:00 GMT";
    origin.on("/npm/a", ({ headers }) =>
      headers["if-none-match"] === '"1"'
        ? { status: 304, headers: { "cache-control": "max-age=60" } }
        : { body: document("a"), headers: { etag: '"1"', "last-modified": when } },
    );
    const registry = registryOf();
    const first = await registry.packument("a");
    advanceClock(301_000);
    expect(await registry.packument("a")).toBe(first);
    expect(await registry.packument("a")).toBe(first);
    expect(origin.requests.map(conditions)).toEqual([
      ["-", "-"],
      ['"1"', when],
    ]);
  });

  it("asks once for one install, though the registry does not say how long its answer holds", async () => {
    origin.on("/npm/a", { body: document("a") });
    const registry = registryOf();
    for (const afterMs of [0, 299_000, 2000]) {
      advanceClock(afterMs);
      await registry.packument("a");
    }
    expect(origin.requests).toHaveLength(2);
  });

  it("does not ask while the answer is fresh, five minutes at most, its age counted", async () => {
    const headers = { "cache-control": "public, max-age=86400", age: "86000" };
    origin.on("/npm/a", { body: document("a"), headers });
    const registry = registryOf();
    for (const afterMs of [0, 299_000, 2000]) {
      advanceClock(afterMs);
      await registry.packument("a");
    }
    expect(origin.requests).toHaveLength(2);
  });

  it("takes what it has, however old, when asked to and offline", async () => {
    origin.on("/npm/a", { body: document("a") });
    const registry = registryOf();
    await registry.packument("a");
    advanceClock(1e9);
    expect((await registry.packument("a", { preferCached: true }))?.name).toBe("a");
    const offline = registryOf({}, true);
    expect((await offline.packument("a"))?.name).toBe("a");
    expect(origin.requests).toHaveLength(1);
  });

  it("says so when it is offline and has nothing", async () => {
    const offline = registryOf({}, true);
    const request = {
      method: "GET",
      path: "/x",
      packageName: undefined,
      headers: {},
      body: undefined,
    };
    const release = releaseOf(`${origin.url}/x.tgz`);
    const results = [offline.packument("a"), offline.tarball(release), offline.forward(request)];
    expect(await Promise.all(results.map(failureOf))).toEqual([
      { code: "offline" },
      { code: "offline" },
      { code: "offline" },
    ]);
    expect(origin.requests).toEqual([]);
  });

  it("forgets a package that is gone", async () => {
    origin.on("/npm/a", (_, attempt) =>
      attempt === 1 ? { body: document("a") } : { status: 404 },
    );
    const registry = registryOf();
    await registry.packument("a");
    advanceClock(301_000);
    expect(await registry.packument("a")).toBeUndefined();
    expect(await registry.packument("a", { preferCached: true })).toBeUndefined();
  });

  it("asks once for many, and one who leaves does not disturb the others", async () => {
    let answer: (reply: { body: string }) => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      origin.on("/npm/a", () => {
        resolve();
        return new Promise((settle) => {
          answer = settle;
        });
      });
    });
    const registry = registryOf();
    const stop = new AbortController();
    const leaving = failureOf(registry.packument("a", { signal: stop.signal }));
    const staying = [registry.packument("a"), registry.packument("a")];
    await arrived;
    stop.abort();
    expect(await leaving).toEqual({ code: "cancelled" });
    answer({ body: document("a") });
    expect((await Promise.all(staying)).map((packument) => packument?.name)).toEqual(["a", "a"]);
    expect(origin.requests).toHaveLength(1);
  });
});
