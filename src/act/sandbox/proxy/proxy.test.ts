import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo, type LookupFunction } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { startOrigin, type Origin } from "../../../../test/support/origin.ts";
import { startProxy as startUpstream, type TestProxy } from "../../../../test/support/proxy.ts";
import { startSocksProxy } from "../../../../test/support/socks-proxy.ts";
import { basic, getOverTls, openTunnel, sendRaw } from "../../../../test/support/sandbox-proxy.ts";
import { NO_PROXY } from "../../../platform/proxy.ts";
import type { HostRule } from "../../../model/policy.ts";
import { hostRules } from "../hosts.ts";
import { proxyVariables } from "../script-shell.ts";
import { SENT_BYTES_MAX } from "./allowance.ts";
import { proxyUrl } from "./credential.ts";
import { startProxy, type ProxySetup, type SandboxProxy } from "./proxy.ts";

const TOKEN = "0123456789abcdef";
const pem = (name: string): string =>
  readFileSync(
    fileURLToPath(new URL(`../../../../test/fixtures/tls/${name}.pem`, import.meta.url)),
    "utf8",
  );

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((item) => item.close()));
});

function kept<Item extends { close(): Promise<unknown> }>(item: Item): Item {
  open.push(item);
  return item;
}

async function secureOrigin(): Promise<Origin> {
  const origin = kept(await startOrigin({ tls: { key: pem("server-key"), cert: pem("server") } }));
  origin.on("/", { body: "the binary" });
  return origin;
}

interface Playing extends Partial<Omit<ProxySetup, "hosts" | "installed">> {
  readonly listed?: readonly HostRule[];
  readonly installed?: readonly string[];
}

async function play({ listed = [], installed = [], ...more }: Playing): Promise<SandboxProxy> {
  const setup = { hosts: hostRules(listed), installed: new Set(installed), token: TOKEN };
  return kept(await startProxy({ ...setup, upstream: NO_PROXY, ...more }));
}

const listed = (host: string, port: number, only?: string): HostRule => ({
  host,
  port,
  package: only,
});

/** A name service that knows one name. */
function names(host: string, ...addresses: readonly string[]): LookupFunction {
  return (asked, _options, done) => {
    if (asked !== host)
      return done(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), []);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
}

/** A person's own proxy that brings every name to one origin, since `.invalid` is nowhere. */
async function upstreamTo(origin: Origin): Promise<TestProxy> {
  return kept(await startUpstream(origin.port));
}

async function fetchThrough(
  proxy: SandboxProxy,
  target: string,
  { user = "script", word = TOKEN, servername = target.replace(/:\d+$/, "") } = {},
): Promise<string> {
  const answer = await openTunnel(proxy.port, { target, authorization: basic(user, word) });
  if (answer instanceof Socket) return getOverTls(answer, servername);
  return `${String(answer.status)} ${answer.text.split("\r\n\r\n")[1] ?? ""}`.trim();
}

describe("the sandbox's proxy", () => {
  it("opens a tunnel to a listed address and counts what comes down", async () => {
    const origin = await secureOrigin();
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const target = `127.0.0.1:${String(origin.port)}`;
    expect(await fetchThrough(proxy, target, { servername: "" })).toBe("the binary");
    const report = await proxy.close();
    expect(report).toEqual({
      denials: [],
      downloads: [{ from: target, by: undefined, times: 1, bytes: expect.any(Number) as number }],
      failures: [],
      dropped: 0,
    });
    expect(report.downloads[0]?.bytes).toBeGreaterThan(1000);
  });

  it("goes through the person's own proxy, with the name they have there", async () => {
    const origin = await secureOrigin();
    const upstream = await upstreamTo(origin);
    const proxy = await play({
      installed: ["cypress"],
      upstream: { ...NO_PROXY, forHttps: `http://ann:word@${upstream.host}` },
    });
    const user = "cypress@15.3.0";
    expect(await fetchThrough(proxy, "download.cypress.io:443", { user })).toBe("the binary");
    expect(upstream.seen).toEqual([`CONNECT download.cypress.io:443 ${basic("ann", "word")}`]);
    expect((await proxy.close()).downloads).toEqual([
      { from: "download.cypress.io:443", by: user, times: 1, bytes: expect.any(Number) as number },
    ]);
  });

  it.each([
    ["socks5://", false, undefined, "- - nodejs.org:443", "the binary"],
    ["socks5://ann:word@", true, undefined, "ann word nodejs.org:443", "the binary"],
    ["socks5://ann:w%6Frd@", true, undefined, "ann word nodejs.org:443", "the binary"],
    ["socks5://", true, undefined, undefined, "502 .*: it wants another way to sign on."],
    ["socks5://bob:%@", true, undefined, undefined, "502 .*: it refuses your name and password."],
    ["socks5://", false, 5, "- - nodejs.org:443", "502 .*: the host refuses."],
  ] as const)("goes through a SOCKS proxy at %s", async (address, wantsName, reply, seen, got) => {
    const origin = await secureOrigin();
    const options = { leadsTo: origin.port, wantsName, ...(reply === undefined ? {} : { reply }) };
    const socks = kept(await startSocksProxy(options));
    const proxy = await play({
      upstream: { ...NO_PROXY, forHttps: `${address}${socks.host}` },
    });
    expect(await fetchThrough(proxy, "nodejs.org:443")).toMatch(new RegExp(`^${got}$`));
    expect(socks.seen.slice(0, 1)).toEqual(seen === undefined ? [] : [seen]);
  });

  it("gives up on a SOCKS proxy that is none", async () => {
    const origin = kept(await startOrigin());
    const proxy = await play({
      upstream: { ...NO_PROXY, forHttps: `socks5://127.0.0.1:${String(origin.port)}` },
    });
    expect(await fetchThrough(proxy, "nodejs.org:443")).toMatch(/^502 Your proxy opens no way/);
  });

  it("refuses what no list has, with a sentence that says how to allow it", async () => {
    const proxy = await play({});
    const user = "left-pad@1.3.0";
    expect(await fetchThrough(proxy, "Collect.invalid:443", { user })).toBe(
      '403 Veln refused the way to collect.invalid:443: it is on no list of hosts that left-pad@1.3.0 may download from. If that is honest, add "collect.invalid:443" to sandbox.hosts in your policy.',
    );
    await fetchThrough(proxy, "collect.invalid:443", { user });
    expect(await proxy.close()).toEqual({
      denials: [
        { kind: "network", target: "collect.invalid:443", by: user, program: "", times: 2 },
      ],
      downloads: [],
      failures: [],
      dropped: 0,
    });
  });

  it("keeps a listed host shut to installs without the package it is listed for", async () => {
    const origin = await secureOrigin();
    const upstream = { ...NO_PROXY, forHttps: `http://${(await upstreamTo(origin)).host}` };
    const without = await play({ upstream });
    const with_ = await play({ upstream, installed: ["cypress", "left-pad"] });
    const target = "download.cypress.io:443";
    expect(await fetchThrough(without, target)).toMatch(/^403 .* listed, but not for a script/);
    expect(await fetchThrough(with_, target)).toBe("the binary");
    expect(await fetchThrough(with_, target, { user: "the-project@1.0.0" })).toBe("the binary");
    expect(await fetchThrough(with_, target, { user: "left-pad@1.3.0" })).toMatch(
      /^403 .* listed, but not for left-pad@1\.3\.0\./,
    );
  });

  it.each([
    ["loopback", ["127.0.0.1"]],
    ["a metadata service", ["169.254.169.254"]],
    ["loopback of IPv6", ["::1"]],
    ["loopback dressed up as IPv6", ["::ffff:127.0.0.1"]],
    ["nothing but the inside", ["127.0.0.1", "10.1.2.3", "fe80::1"]],
    ["a private network, from the list that ships", ["10.1.2.3"]],
  ])("goes nowhere when a listed name leads to %s", async (_, addresses) => {
    const origin = await secureOrigin();
    const proxy = await play({ lookup: names("nodejs.org", ...addresses) });
    expect(await fetchThrough(proxy, "nodejs.org:443")).toBe(
      "403 Veln refused the way to nodejs.org:443: the name leads to an address inside your own network or machine.",
    );
    expect((await proxy.close()).denials.map(({ target }) => target)).toEqual(["nodejs.org:443"]);
    expect(origin.requests).toEqual([]);
  });

  it("lets localhost lead to this machine when the policy lists it", async () => {
    const origin = await secureOrigin();
    const proxy = await play({
      listed: [listed("localhost", origin.port)],
      lookup: names("localhost", "127.0.0.1"),
    });
    expect(await fetchThrough(proxy, `localhost:${String(origin.port)}`)).toBe("the binary");
  });

  it.each(["2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "[::1]"])(
    "takes %s for an address, which has to be listed as one",
    async (host) => {
      const origin = await secureOrigin();
      const proxy = await play({ listed: [listed("*.invalid", origin.port)] });
      expect(await fetchThrough(proxy, `${host}:${String(origin.port)}`)).toMatch(/^403 /);
      expect(origin.requests).toEqual([]);
    },
  );

  it("tells a host that is open and cannot be reached from one that is shut", async () => {
    const proxy = await play({ lookup: names("other.invalid") });
    expect(await fetchThrough(proxy, "nodejs.org:443")).toBe(
      "502 nodejs.org:443 cannot be reached: no such name.",
    );
    expect(await proxy.close()).toEqual({
      denials: [],
      downloads: [],
      failures: ["nodejs.org:443 cannot be reached: no such name."],
      dropped: 0,
    });
  });
});

describe("what goes through a tunnel", () => {
  it.each([
    ["another host", "collect.invalid", "collect.invalid:443"],
    ["a host that is not named", "", "nodejs.org:443 without a name"],
  ])("is TLS for the host itself, not for %s", async (_, servername, denied) => {
    const origin = await secureOrigin();
    const upstream = { ...NO_PROXY, forHttps: `http://${(await upstreamTo(origin)).host}` };
    const proxy = await play({ upstream });
    expect(await fetchThrough(proxy, "nodejs.org:443", { servername })).toMatch(
      /ACCESS_DENIED|ALERT/,
    );
    const { denials } = await proxy.close();
    expect([denials.map(({ target }) => target), origin.requests]).toEqual([[denied], []]);
  });

  it.each(["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\u0016\u0003\u0001\u0000\u0000"])(
    "is nothing else than TLS: %j",
    async (bytes) => {
      const origin = await secureOrigin();
      const upstream = { ...NO_PROXY, forHttps: `http://${(await upstreamTo(origin)).host}` };
      const proxy = await play({ upstream });
      const answer = await sendRaw(
        proxy.port,
        "CONNECT nodejs.org:443 HTTP/1.1\r\nhost: nodejs.org:443\r\n\r\n",
        Buffer.from(bytes, "latin1"),
      );
      expect(answer.text).toBe(
        "HTTP/1.1 200 Connection established\r\n\r\n\u0015\u0003\u0003\u0000\u0002\u0002\u0031",
      );
      expect((await proxy.close()).denials.map(({ target }) => target)).toEqual([
        "nodejs.org:443 without TLS",
      ]);
    },
  );

  it("may end anywhere: a far end that hangs up is nobody's error", async () => {
    const server = createServer(
      (socket) => void setTimeout(50).then(() => socket.resetAndDestroy()),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const proxy = await play({ listed: [listed("127.0.0.1", port)] });
    const silent = await openTunnel(proxy.port, { target: `127.0.0.1:${String(port)}` });
    if (!(silent instanceof Socket)) throw new Error("no tunnel");
    await setTimeout(200);
    expect(await getOverTls(silent, "")).toMatch(/^E|closed|disconnected/);
    server.close();
  });

  it("may be nothing at all: a client that changes its mind was refused nothing", async () => {
    const origin = await secureOrigin();
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const socket = await openTunnel(proxy.port, { target: `127.0.0.1:${String(origin.port)}` });
    if (!(socket instanceof Socket)) throw new Error("no tunnel");
    socket.end().resume();
    await new Promise((resolve) => socket.on("close", resolve));
    expect(await proxy.close()).toEqual({ denials: [], downloads: [], failures: [], dropped: 0 });
  });

  it("is a download: what goes up is bounded for all tunnels to a host together", async () => {
    const origin = await secureOrigin();
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const target = `127.0.0.1:${String(origin.port)}`;
    const upload = async (bytes: number): Promise<string> => {
      const socket = await openTunnel(proxy.port, { target });
      if (!(socket instanceof Socket)) return `refused: ${socket.text}`;
      const length = `content-length: ${String(bytes)}`;
      const head = `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${length}\r\n\r\n`;
      return getOverTls(socket, "", `${head}${"x".repeat(bytes)}`);
    };
    const share = Math.floor(SENT_BYTES_MAX * 0.6);
    expect(await upload(share)).toBe("the binary");
    expect(await upload(share)).not.toBe("the binary");
    expect(origin.requests.map(({ body }) => body.length)).toEqual([share]);
    expect((await proxy.close()).denials.map((denial) => denial.target)).toEqual([
      `${target} to send it more`,
    ]);
  });
});

describe("plain HTTP", () => {
  it("is fetched for a listed port, without the fields that were for the proxy", async () => {
    const origin = kept(await startOrigin());
    origin.on("/a", {
      headers: { "x-kept": "1", connection: "x-kept-not", "x-kept-not": "1" },
      body: "one",
    });
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const answer = await sendRaw(
      proxy.port,
      `GET ${origin.url}/a?b HTTP/1.1\r\nhost: elsewhere.invalid\r\nproxy-authorization: ${basic("a@1.0.0", TOKEN)}\r\nx-mine: 1\r\nconnection: close, x-hop\r\nx-hop: 1\r\n\r\n`,
    );
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("x-kept: 1");
    expect(answer.text).not.toContain("x-kept-not");
    expect(answer.text).toContain("one");
    expect(origin.requests).toEqual([
      {
        method: "GET",
        path: "/a?b",
        headers: { "x-mine": "1", host: `127.0.0.1:${String(origin.port)}`, connection: "close" },
        body: "",
      },
    ]);
    expect((await proxy.close()).downloads).toEqual([
      { from: `127.0.0.1:${String(origin.port)}`, by: "a@1.0.0", times: 1, bytes: 3 },
    ]);
  });

  it("goes through the person's own proxy in absolute form", async () => {
    const origin = kept(await startOrigin());
    origin.on("/a", { body: "one" });
    const upstream = kept(await startUpstream());
    const proxy = await play({
      listed: [listed("127.0.0.1", origin.port)],
      upstream: { ...NO_PROXY, forHttp: `http://${upstream.host}` },
    });
    const request = `GET ${origin.url}/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    expect((await sendRaw(proxy.port, request)).text).toContain("one");
    expect(upstream.seen).toEqual([`GET ${origin.url}/a -`]);
  });

  it.each([
    ["other method", "POST", "content-length: 0\r\n\r\n"],
    ["body with a length", "GET", "content-length: 5\r\n\r\nhello"],
    ["body in pieces", "GET", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
  ])("carries no %s", async (_, method, rest) => {
    const origin = kept(await startOrigin());
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const answer = await sendRaw(
      proxy.port,
      `${method} ${origin.url}/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${rest}`,
    );
    expect([answer.status, origin.requests]).toEqual([403, []]);
  });

  it("is refused for a host that is listed for TLS only", async () => {
    const proxy = await play({});
    const request = "GET http://nodejs.org/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    expect((await sendRaw(proxy.port, request)).status).toBe(403);
  });
});

describe("hostile clients", () => {
  it.each([
    ["a length and pieces", "content-length: 5\r\ntransfer-encoding: chunked"],
    ["two lengths", "content-length: 5\r\ncontent-length: 6"],
    ["a field with a space before its colon", "x : 1"],
    ["a bare line feed", "x: 1\ny: 2\n\nGET http://b.invalid/ HTTP/1.1"],
    ["a header of a megabyte", `x: ${"y".repeat(1_000_000)}`],
  ])("get nothing through with %s", async (_, fields) => {
    const origin = kept(await startOrigin());
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const answer = await sendRaw(
      proxy.port,
      `GET ${origin.url}/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${fields}\r\n\r\n`,
    );
    expect([answer.status === undefined || answer.status >= 400, origin.requests]).toEqual([
      true,
      [],
    ]);
  });

  it("get a sentence without control characters for targets that are none", async () => {
    const proxy = await play({});
    const answer = await sendRaw(
      proxy.port,
      "CONNECT a\u001b[2J.invalid HTTP/1.1\r\nhost: x\r\n\r\n",
    );
    expect(answer.text).not.toContain("\u001b");
    const origin = await sendRaw(
      proxy.port,
      "GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    expect([origin.status, origin.text.split("\r\n\r\n")[1]]).toEqual([
      400,
      expect.stringContaining("Veln's proxy cannot tell where /a leads.") as string,
    ]);
  });

  it("leave it standing, whatever they send", async () => {
    const proxy = await play({});
    const head = fc.constantFrom(
      "",
      "CONNECT nodejs.org:443 HTTP/1.1\r\n",
      "GET http://a/ HTTP/1.1\r\n",
    );
    const rest = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(Buffer.from("proxy-authorization: Basic \r\n\r\n")),
    );
    await fc.assert(
      fc.asyncProperty(head, rest, async (start, bytes) => {
        const socket = connect(proxy.port, "127.0.0.1");
        socket.on("error", () => socket.destroy());
        socket.write(start);
        socket.end(bytes);
        socket.resume();
        await new Promise((resolve) => socket.on("close", resolve));
      }),
      { numRuns: 60 },
    );
    expect(await fetchThrough(proxy, "collect.invalid:443")).toMatch(/^403 /);
  });

  it("are bounded in what they have written down", async () => {
    const proxy = await play({});
    for (let start = 0; start < 260; start += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          openTunnel(proxy.port, { target: `h${String(start + index)}.invalid:443` }),
        ),
      );
    }
    const { denials, dropped } = await proxy.close();
    expect([denials.length, dropped]).toEqual([200, 60]);
  });

  it("are closed with the proxy, half-open ones too", async () => {
    const origin = await secureOrigin();
    const proxy = await play({ listed: [listed("127.0.0.1", origin.port)] });
    const target = `127.0.0.1:${String(origin.port)}`;
    const silent = connect(proxy.port, "127.0.0.1");
    const waiting = await openTunnel(proxy.port, { target });
    if (!(waiting instanceof Socket)) throw new Error("no tunnel");
    const closed = [silent, waiting].map(
      (socket) =>
        new Promise((resolve) => socket.on("error", () => socket.destroy()).on("close", resolve)),
    );
    waiting.resume();
    silent.resume();
    await proxy.close();
    await Promise.all(closed);
    expect([silent.destroyed, waiting.destroyed]).toEqual([true, true]);
  });
});

describe("who may use it", () => {
  it("refuses a request with another token", async () => {
    const proxy = await play({});
    expect(await fetchThrough(proxy, "nodejs.org:443", { word: "guessed" })).toMatch(/^407 /);
  });

  it("lends nobody the person's name at their own proxy", async () => {
    const origin = await secureOrigin();
    const upstream = await upstreamTo(origin);
    const named = await play({
      upstream: { ...NO_PROXY, forHttps: `http://ann:word@${upstream.host}` },
    });
    const nameless = await play({ upstream: { ...NO_PROXY, forHttps: `http://${upstream.host}` } });
    const target = "nodejs.org:443";
    expect(await openTunnel(named.port, { target })).toMatchObject({ status: 407 });
    expect(await openTunnel(nameless.port, { target })).toBeInstanceOf(Socket);
  });
});

describe("real clients", () => {
  const run = promisify(execFile);

  it.each([
    ["fetch", "fetch(url).then((answer) => answer.text()).then((text) => console.log(text))"],
    ["https", 'require("node:https").get(url, (answer) => answer.pipe(process.stdout))'],
  ])("of Node, by %s, follow the environment through it", async (_, script) => {
    const origin = await secureOrigin();
    const upstream = { ...NO_PROXY, forHttps: `http://${(await upstreamTo(origin)).host}` };
    const proxy = await play({ upstream, installed: ["cypress"] });
    const env = {
      ...proxyVariables(proxyUrl(proxy.port, TOKEN, "cypress@15.3.0")),
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
    };
    const text = `const url = "https://download.cypress.io/"; ${script}`;
    const { stdout } = await run(process.execPath, ["-e", text], { env });
    expect(stdout.trim()).toBe("the binary");
    expect((await proxy.close()).downloads).toMatchObject([{ by: "cypress@15.3.0", times: 1 }]);
  });
});
