import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startOrigin, type Answer } from "../../test/support/origin.ts";
import {
  authorizations,
  document,
  failureOf,
  origin,
  other,
  registryOf,
  releaseOf,
  token,
  useUpstreams,
} from "../../test/support/upstreams.ts";
import { backoffMs } from "./asking.ts";

useUpstreams();

const RULES = { retries: 5, factor: 4, minDelayMs: 100, maxDelayMs: 1000 };

describe("backoffMs", () => {
  it("grows by the factor up to the bound", () => {
    const delays = [0, 1, 2, 3].map((attempt) => backoffMs(attempt, RULES, 1));
    expect(delays).toEqual([100, 400, 1000, 1000]);
  });

  it("spreads over the upper half", () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(1000), unit, (attempt, random) => {
        const delayMs = backoffMs(attempt, RULES, random);
        const fullMs = backoffMs(attempt, RULES, 1);
        expect(delayMs >= fullMs / 2 && delayMs <= fullMs && fullMs <= 1000).toBe(true);
      }),
    );
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
