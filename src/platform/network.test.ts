import { readFileSync } from "node:fs";
import { constants, createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { startOrigin, type Origin, type OriginOptions } from "../../test/support/origin.ts";
import { startProxy, type TestProxy } from "../../test/support/proxy.ts";
import { Failure } from "../model/failure.ts";
import { isPassing } from "./network-failure.ts";
import { createNetwork, type Network, type NetworkRequest, type NetworkRules } from "./network.ts";
import { NO_PROXY } from "./proxy.ts";

const pem = (name: string): string =>
  readFileSync(
    fileURLToPath(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url)),
    "utf8",
  );

const RULES: NetworkRules = {
  tls: { authorities: undefined, verify: true, clientCertificate: undefined },
  proxy: NO_PROXY,
  connectionsPerOrigin: 2,
  silenceMs: 5000,
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((item) => item.close()));
});

async function origin(options?: OriginOptions): Promise<Origin> {
  const started = await startOrigin(options);
  open.push(started);
  return started;
}

async function proxy(): Promise<TestProxy> {
  const started = await startProxy();
  open.push(started);
  return started;
}

function network(rules: Partial<NetworkRules>): Network {
  const created = createNetwork({ ...RULES, ...rules });
  open.push(created);
  return created;
}

/** Status and text, or the failure's code. */
async function get(
  client: Network,
  url: string,
  more: Partial<NetworkRequest> = {},
): Promise<string> {
  try {
    const answer = await client.request({ url: new URL(url), method: "GET", headers: {}, ...more });
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body) pieces.push(piece);
    return `${String(answer.status)} ${Buffer.concat(pieces).toString("utf8")}`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.code}${isPassing(error) ? ", passing" : ""}`;
  }
}

describe("createNetwork", () => {
  it("sends method, path, query, headers and body, and follows no redirect", async () => {
    const server = await origin();
    server.on("/a", { status: 302, headers: { location: "/b" }, body: "moved" });
    const body = (async function* pieces() {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    })();
    const sent = { method: "PUT", headers: { "x-one": ["1", "2"] }, body };
    expect(await get(network({}), `${server.url}/a?q=1`, sent)).toBe("302 moved");
    expect(
      server.requests.map(({ method, path, body, headers }) => [
        method,
        path,
        body,
        headers["x-one"],
      ]),
    ).toEqual([["PUT", "/a?q=1", "one two", "1, 2"]]);
  });

  it("names what goes wrong", async () => {
    const server = await origin();
    server.on("/refused", { refuse: true });
    server.on("/cut", { body: "x".repeat(1000), cutAfterBytes: 10 });
    server.on("/silent", { silent: true });
    const client = network({ silenceMs: 200 });
    expect(await get(client, `${server.url}/refused`)).toBe("upstream-unavailable, passing");
    expect(await get(client, `${server.url}/cut`)).toBe("upstream-broken, passing");
    expect(await get(client, `${server.url}/silent`)).toBe("timed-out, passing");
    expect(await get(client, `${server.url}/silent`, { signal: AbortSignal.abort() })).toBe(
      "cancelled",
    );
    expect(await get(client, "http://nowhere.invalid/")).toBe("upstream-unavailable");
    const { url } = server;
    await server.close();
    expect(await get(client, url)).toBe("upstream-unavailable, passing");
  });

  it("stops a request in flight when its signal says so", async () => {
    const server = await origin();
    const stop = new AbortController();
    server.on("/silent", () => {
      stop.abort();
      return { silent: true };
    });
    expect(await get(network({}), `${server.url}/silent`, { signal: stop.signal })).toBe(
      "cancelled",
    );
  });
});

describe("TLS", () => {
  const server = { key: pem("server-key"), cert: pem("server") };

  it("trusts the configured authorities, and only when it has to verify", async () => {
    const started = await origin({ tls: server });
    const { url } = started;
    started.on("/", { body: "secret" });
    const rules = (authorities: readonly string[] | undefined, verify: boolean): Network =>
      network({ tls: { authorities, verify, clientCertificate: undefined } });
    expect(await get(rules([pem("authority")], true), url)).toBe("200 secret");
    expect(await get(rules(undefined, true), url)).toBe("upstream-unavailable");
    expect(await get(rules([pem("client")], true), url)).toBe("upstream-unavailable");
    expect(await get(rules(undefined, false), url)).toBe("200 secret");
  });

  it("shows a client certificate, and keeps those connections apart", async () => {
    const started = await origin({ tls: { ...server, ca: pem("authority") } });
    const { url } = started;
    started.on("/", { body: "known" });
    const tls = { authorities: [pem("authority")], verify: true, clientCertificate: undefined };
    const client = network({ tls });
    const clientCertificate = { cert: pem("client"), key: pem("client-key") };
    expect(await get(client, url, { clientCertificate })).toBe("200 known");
    expect(await get(client, url)).not.toBe("200 known");
  });
});

describe("HTTP/2", () => {
  it("is spoken where both want it, and a reset body is noticed by its length", async () => {
    const server = createSecureServer({ key: pem("server-key"), cert: pem("server") });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => undefined);
      stream.respond({ ":status": 200, "content-length": "9" });
      if (headers[":path"] === "/whole") stream.end("all of it");
      else stream.write("some", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const base = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const tls = { authorities: [pem("authority")], verify: true, clientCertificate: undefined };
    const client = network({ tls });
    expect(await get(client, `${base}/whole`, { http2: true })).toBe("200 all of it");
    expect(await get(client, `${base}/reset`, { http2: true })).toBe("upstream-broken, passing");
    // This server has no HTTP/1.1.
    expect(await get(client, `${base}/whole`)).not.toBe("200 all of it");
    await client.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
});

describe("proxies", () => {
  const basic = `Basic ${Buffer.from("ann:p@ss").toString("base64")}`;
  const rulesFor = (host: string, except: readonly string[] = []): Partial<NetworkRules> => {
    const address = `http://ann:p%40ss@${host}/`;
    return { proxy: { forHttps: address, forHttp: address, except } };
  };

  it("sends plain requests in absolute form, with credentials", async () => {
    const [server, between] = [await origin(), await proxy()];
    server.on("/a", { body: "via" });
    expect(await get(network(rulesFor(between.host)), `${server.url}/a`)).toBe("200 via");
    expect(between.seen).toEqual([`GET ${server.url}/a ${basic}`]);
    expect(server.requests.map(({ path }) => path)).toEqual(["/a"]);
  });

  it("tunnels to https, with the configured authorities at the far end", async () => {
    const tls = { key: pem("server-key"), cert: pem("server") };
    const [server, between] = [await origin({ tls }), await proxy()];
    server.on("/a", { body: "inside" });
    const trust = { authorities: [pem("authority")], verify: true, clientCertificate: undefined };
    const client = network({ ...rulesFor(between.host), tls: trust });
    expect(await get(client, `${server.url}/a`)).toBe("200 inside");
    expect(between.seen).toEqual([`CONNECT 127.0.0.1:${String(server.port)} ${basic}`]);
    expect(server.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  it("goes directly to what is excepted", async () => {
    const [server, between] = [await origin(), await proxy()];
    server.on("/a", { body: "direct" });
    const client = network(rulesFor(between.host, ["127.0.0.1"]));
    expect(await get(client, `${server.url}/a`)).toBe("200 direct");
    expect(between.seen).toEqual([]);
  });
});
