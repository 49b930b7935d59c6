import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  startOrigin,
  type Answer,
  type Origin,
  type RecordedRequest,
} from "../../test/support/origin.ts";
import { Failure } from "../model/failure.ts";
import { systemFiles } from "../platform/files.ts";
import type { NpmConfig } from "./npm-config.ts";
import { createNpmRegistry, networkFor } from "./npm-registry.ts";
import { readNpmConfig } from "./npmrc.ts";
import { createPackumentCache, type PackumentCache } from "./packument-cache.ts";
import { Packument } from "./packument.ts";
import type { ForwardRequest, Registry } from "./registry.ts";

const BYTES = Buffer.from("the bytes of a tarball, as far as this test is concerned");
const hex = (algorithm: string): string => createHash(algorithm).update(BYTES).digest("hex");

let origin: Origin;
let other: Origin;
let nowMs: number;
let cache: PackumentCache;
const open: Registry[] = [];

beforeEach(async () => {
  [origin, other] = [await startOrigin(), await startOrigin()];
  nowMs = 1_700_000_000_000;
  cache = createPackumentCache({ folder: undefined, files: systemFiles, clock: () => nowMs });
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
  await Promise.all([origin.close(), other.close()]);
});

function configOf(flags: Record<string, string> = {}): NpmConfig {
  const fast = {
    "fetch-retry-mintimeout": "1",
    "fetch-retry-maxtimeout": "2",
    "fetch-timeout": "3000",
  };
  return readNpmConfig({
    cwd: "/",
    env: {},
    home: "/",
    flags: new Map(Object.entries({ registry: `${origin.url}/npm`, ...fast, ...flags })),
    files: { read: () => undefined, kindOf: () => undefined, realPath: () => undefined },
    platform: "linux",
  });
}

function registryOf(flags: Record<string, string> = {}, offline = false): Registry {
  const config = configOf(flags);
  const registry = createNpmRegistry(config, {
    network: networkFor(config),
    cache,
    clock: () => nowMs,
    offline,
    random: () => 0,
  });
  open.push(registry);
  return registry;
}

/** A token for the registry, as a flag. */
function token(): Record<string, string> {
  return { [`//${new URL(origin.url).host}/npm/:_authToken`]: "T" };
}

function document(name: string, tarball = "https://files.invalid/x.tgz"): string {
  return JSON.stringify({
    name,
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": { name, version: "1.0.0", dist: { tarball } } },
  });
}

function releaseOf(tarball: string): NonNullable<ReturnType<Packument["release"]>> {
  const release = Packument.parse("a", document("a", tarball)).release("1.0.0");
  if (release === undefined) throw new Error("the fixture is broken");
  return release;
}

async function failureOf(result: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await result };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { limit, rule, status, retryAfterSeconds } = error.detail;
    return JSON.parse(JSON.stringify({ code: error.code, limit, rule, status, retryAfterSeconds }));
  }
}

const authorizations = (from: Origin): unknown =>
  from.requests.map(({ path, headers }) => [path, headers.authorization ?? "-"]);

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

describe("retries", () => {
  it.each<[string, Answer]>([
    ["408", { status: 408 }],
    ["429", { status: 429, headers: { "retry-after": "0" } }],
    ["503", { status: 503 }],
    ["a closed connection", { refuse: true }],
    ["a cut body", { body: document("a"), cutAfterBytes: 5 }],
    [
      "a compressed body that ends early",
      {
        body: gzipSync(document("a")).subarray(0, -9),
        chunked: true,
        headers: { "content-encoding": "gzip" },
      },
    ],
  ])("comes again after %s", async (_, bad) => {
    origin.on("/npm/a", (request, attempt) => {
      if (attempt > 2) return { body: document("a") };
      return typeof bad === "function" ? bad(request, attempt) : bad;
    });
    expect((await registryOf().packument("a"))?.name).toBe("a");
    expect(origin.requests).toHaveLength(3);
  });

  it("gives up after as many as the configuration says", async () => {
    origin.on("/npm/a", { status: 500 });
    const failure = await failureOf(registryOf({ "fetch-retries": "1" }).packument("a"));
    expect(failure).toEqual({ code: "upstream-unavailable", status: 500 });
    expect(origin.requests).toHaveLength(2);
  });

  it("does not come again after 4xx or a redirect to nowhere", async () => {
    origin.on("/npm/a", { status: 403 });
    origin.on("/npm/b", { status: 302 });
    const registry = registryOf();
    expect(await failureOf(registry.packument("a"))).toEqual({ code: "unauthorized", status: 403 });
    expect(await failureOf(registry.packument("b"))).toEqual({
      code: "upstream-broken",
      rule: "redirect",
    });
    expect(origin.requests).toHaveLength(2);
  });

  it("reports a server that says nothing", async () => {
    origin.on("/npm/a", { silent: true });
    const registry = registryOf({ "fetch-timeout": "100", "fetch-retries": "0" });
    expect(await failureOf(registry.packument("a"))).toEqual({ code: "timed-out" });
  });

  it("stops waiting for the next attempt when cancelled", async () => {
    const stop = new AbortController();
    origin.on("/npm/a", () => {
      setTimeout(() => stop.abort(), 50);
      return { status: 503, headers: { "retry-after": "25" } };
    });
    const failure = await failureOf(registryOf().packument("a", { signal: stop.signal }));
    expect(failure).toEqual({ code: "cancelled" });
    expect(origin.requests).toHaveLength(1);
  });
});

describe("redirects", () => {
  it("keeps credentials on the origin and drops them elsewhere", async () => {
    origin.on("/npm/a", { status: 307, headers: { location: "/moved" } });
    origin.on("/moved", { status: 301, headers: { location: `${other.url}/a` } });
    other.on("/a", { body: document("a") });
    expect((await registryOf(token()).packument("a"))?.name).toBe("a");
    expect([authorizations(origin), authorizations(other)]).toEqual([
      [
        ["/npm/a", "Bearer T"],
        ["/moved", "Bearer T"],
      ],
      [["/a", "-"]],
    ]);
  });

  it("follows a bounded number and no other protocol", async () => {
    origin.on("/npm/a", { status: 302, headers: { location: "/npm/a" } });
    origin.on("/npm/b", { status: 302, headers: { location: "file:///etc/hostname" } });
    const registry = registryOf();
    const broken = { code: "upstream-broken", rule: "redirect" };
    expect(await failureOf(registry.packument("a"))).toEqual(broken);
    expect(origin.requests).toHaveLength(6);
    expect(await failureOf(registry.packument("b"))).toEqual(broken);
  });
});

describe("a redirect from https", () => {
  const pem = (name: string): string =>
    readFileSync(
      fileURLToPath(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url)),
      "utf8",
    );

  it("never leads to http", async () => {
    const secure = await startOrigin({ tls: { key: pem("server-key"), cert: pem("server") } });
    secure.on("/a", { status: 302, headers: { location: `${other.url}/a` } });
    secure.on("/x.tgz", { status: 302, headers: { location: `${other.url}/x.tgz` } });
    const registry = registryOf({ registry: secure.url, ca: pem("authority") });
    const broken = { code: "upstream-broken", rule: "redirect" };
    expect(await failureOf(registry.packument("a"))).toEqual(broken);
    // A tarball address on the registry's own host is asked for as safely as the registry itself.
    const plain = secure.url.replace("https:", "http:");
    expect(await failureOf(registry.tarball(releaseOf(`${plain}/x.tgz`)))).toEqual(broken);
    expect([secure.requests.map(({ path }) => path), other.requests]).toEqual([
      ["/a", "/x.tgz"],
      [],
    ]);
    await secure.close();
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
    expect(await registry.packument("a")).toBe(first);
    expect(await registry.packument("a")).toBe(first);
    expect(origin.requests.map(conditions)).toEqual([
      ["-", "-"],
      ['"1"', when],
    ]);
  });

  it("does not ask while the answer is fresh, five minutes at most, its age counted", async () => {
    const headers = { "cache-control": "public, max-age=86400", age: "86000" };
    origin.on("/npm/a", { body: document("a"), headers });
    const registry = registryOf();
    for (const afterMs of [0, 299_000, 2000]) {
      nowMs += afterMs;
      await registry.packument("a");
    }
    expect(origin.requests).toHaveLength(2);
  });

  it("takes what it has, however old, when asked to and offline", async () => {
    origin.on("/npm/a", { body: document("a") });
    const registry = registryOf();
    await registry.packument("a");
    nowMs += 1e9;
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

describe("tarball", () => {
  const tarball = async (url: string, flags: Record<string, string> = {}): Promise<unknown> => {
    const found = await registryOf(flags).tarball(releaseOf(url));
    return found && { ...found, bytes: Buffer.from(found.bytes).toString() };
  };

  it.each([false, true])(
    "reads into shared memory and digests (length unknown: %s)",
    async (chunked) => {
      origin.on("/npm/a/-/x.tgz", { body: BYTES, chunked });
      const received: number[] = [];
      const url = `${origin.url}/npm/a/-/x.tgz`;
      const found = await registryOf().tarball(releaseOf(url), {
        onProgress: (n) => received.push(n),
      });
      expect(found).toEqual({
        url,
        bytes: new Uint8Array(BYTES),
        digests: { sha512: hex("sha512"), sha256: hex("sha256"), sha1: hex("sha1") },
      });
      expect(found?.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(received.at(-1)).toBe(BYTES.length);
      expect(origin.requests.map(({ headers }) => headers["accept-encoding"])).toEqual(
        chunked ? ["identity", "identity"] : ["identity"],
      );
    },
  );

  it("is undefined when the registry has no such file", async () => {
    expect(await tarball(`${origin.url}/npm/none.tgz`)).toBeUndefined();
  });

  it.each<[string, Answer, unknown]>([
    ["a cut body", { body: BYTES, cutAfterBytes: 10 }, { code: "upstream-broken" }],
    [
      "more bytes than there may be",
      { headers: { "content-length": "536870913" }, cutAfterBytes: 0 },
      { code: "too-large", limit: "TARBALL_BYTES_MAX" },
    ],
    ["403", { status: 403 }, { code: "unauthorized", status: 403 }],
    ["204", { status: 204 }, { code: "upstream-broken", rule: "status", status: 204 }],
    ["502", { status: 502 }, { code: "upstream-unavailable", status: 502 }],
  ])("refuses %s", async (_, answer, expected) => {
    origin.on("/x.tgz", answer);
    expect(await failureOf(tarball(`${origin.url}/x.tgz`))).toEqual(expected);
  });

  it("comes again after a cut body", async () => {
    origin.on("/x.tgz", (_, attempt) => ({
      body: BYTES,
      ...(attempt === 1 ? { cutAfterBytes: 3 } : {}),
    }));
    expect(await tarball(`${origin.url}/x.tgz`)).toMatchObject({ bytes: BYTES.toString() });
    expect(origin.requests).toHaveLength(2);
  });

  it("shows the registry's credentials on its host alone, and another's where they are meant for", async () => {
    origin.on("/files/x.tgz", { body: BYTES });
    other.on("/x.tgz", { body: BYTES });
    await tarball(`${origin.url}/files/x.tgz`, token());
    await tarball(`${other.url}/x.tgz`, token());
    const own = { "@o:registry": other.url, [`//${new URL(other.url).host}/:_authToken`]: "O" };
    await tarball(`${other.url}/x.tgz`, { ...token(), ...own });
    expect([authorizations(origin), authorizations(other)]).toEqual([
      [["/files/x.tgz", "Bearer T"]],
      [
        ["/x.tgz", "-"],
        ["/x.tgz", "Bearer O"],
      ],
    ]);
  });

  it.each([
    "file:///etc/hostname",
    "git+ssh://x.invalid/a",
    "nonsense",
    `https://x.invalid/${"a/".repeat(2000)}`,
  ])("does not ask for %.40s", async (url) => {
    expect(await failureOf(tarball(url))).toEqual({
      code: "bad-metadata",
      rule: "tarball-address",
    });
  });

  it("replaces the public registry's host by the one in use, unless told not to", async () => {
    origin.on("/a/-/a.tgz", { body: BYTES });
    other.on("/a/-/a.tgz", { body: BYTES });
    const { host } = new URL(other.url);
    await tarball("https://registry.npmjs.org/a/-/a.tgz");
    await tarball(`${other.url}/a/-/a.tgz`, { "replace-registry-host": "always" });
    await tarball(`${other.url}/a/-/a.tgz`, { "replace-registry-host": host });
    await tarball(`${other.url}/a/-/a.tgz`, { "replace-registry-host": "never" });
    expect([origin.requests.length, other.requests.length]).toEqual([3, 1]);
  });
});

describe("forward", () => {
  const request = (more: Partial<ForwardRequest>): ForwardRequest => ({
    method: "GET",
    path: "/x",
    packageName: undefined,
    headers: {},
    body: undefined,
    ...more,
  });
  const bodyOf = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return Buffer.concat(pieces);
  };

  it("hands on what goes from end to end, with our credentials", async () => {
    const packed = gzipSync("answer");
    const answerHeaders = {
      "content-encoding": "gzip",
      "npm-notice": "hello",
      connection: "x-hop",
      "x-hop": "1",
    };
    origin.on("/npm/-/npm/v1/x", { status: 201, body: packed, headers: answerHeaders });
    const sent = Buffer.from("sent");
    const headers = {
      host: "gate.invalid",
      connection: "close, x-mine",
      "x-mine": "1",
      "proxy-authorization": "secret",
      "accept-encoding": "gzip",
      "npm-otp": "123456",
      "content-length": "4",
    };
    const body = (async function* one() {
      yield sent;
    })();
    const answer = await registryOf(token()).forward(
      request({ method: "POST", path: "/-/npm/v1/x?y=1", headers, body }),
    );
    const { date, ...answered } = answer.headers;
    expect(date).toBeTypeOf("string");
    expect([answer.status, answered, await bodyOf(answer.body)]).toEqual([
      201,
      {
        "content-encoding": "gzip",
        "content-length": String(packed.length),
        "npm-notice": "hello",
      },
      packed,
    ]);
    const [received] = origin.requests;
    expect([received?.method, received?.path, received?.body]).toEqual([
      "POST",
      "/npm/-/npm/v1/x?y=1",
      "sent",
    ]);
    const { connection, ...kept } = received?.headers ?? {};
    expect(connection).toBe("keep-alive");
    expect(kept).toEqual({
      host: new URL(origin.url).host,
      "accept-encoding": "gzip",
      "npm-otp": "123456",
      "content-length": "4",
      authorization: "Bearer T",
    });
  });

  it("leaves the client's own authorization alone and asks a scope's registry", async () => {
    const registry = registryOf({ ...token(), "@s:registry": `${other.url}/s` });
    await registry.forward(request({ headers: { authorization: "Bearer MINE" } }));
    await registry.forward(request({ packageName: "@s/a" }));
    expect([authorizations(origin), authorizations(other)]).toEqual([
      [["/npm/x", "Bearer MINE"]],
      [["/s/x", "-"]],
    ]);
    expect([registry.baseUrl("@s/a"), registry.baseUrl()]).toEqual([
      `${other.url}/s/`,
      `${origin.url}/npm/`,
    ]);
  });

  it("hands on errors and asks once", async () => {
    origin.on("/npm/x", { status: 503, body: "later" });
    const answer = await registryOf().forward(request({}));
    expect([answer.status, String(await bodyOf(answer.body))]).toEqual([503, "later"]);
    expect(origin.requests).toHaveLength(1);
  });

  it("does not send a one-time password after a redirect to another origin", async () => {
    origin.on("/npm/x", { status: 302, headers: { location: `${other.url}/x` } });
    other.on("/x", { body: "here" });
    const headers = { "npm-otp": "123456", cookie: "c=1", "x-kept": "1" };
    await registryOf(token()).forward(request({ headers }));
    const seen = other.requests.map(({ headers }) => [
      headers["npm-otp"],
      headers.cookie,
      headers.authorization,
      headers["x-kept"],
    ]);
    expect(seen).toEqual([[undefined, undefined, undefined, "1"]]);
  });

  it.each(["x", "/../x", "//other.invalid/x", `/${"a".repeat(3000)}`, "/..%2f..", "/%2e%2e/x"])(
    "keeps %.20s inside the registry",
    async (path) => {
      const outcome = await failureOf(
        registryOf()
          .forward(request({ path }))
          .then(({ status }) => status),
      );
      const paths = origin.requests.map((item) => item.path);
      expect(paths.every((item) => item.startsWith("/npm/"))).toBe(true);
      expect([{ code: "usage" }, { resolved: 404 }]).toContainEqual(outcome);
    },
  );
});
