import { describe, expect, it } from "vitest";
import type { ForwardRequest, Registry } from "../../acquire/registry.ts";
import { Failure } from "../../model/failure.ts";
import { ask, playGate, refusal } from "../../../test/support/gate.ts";

describe("services", () => {
  const replies =
    (
      body: string | Uint8Array,
      headers: Record<string, string> = {},
      seen: ForwardRequest[] = [],
    ): Registry["forward"] =>
    async (request) => {
      seen.push(request);
      const pieces: Uint8Array[] = [];
      for await (const piece of request.body ?? []) pieces.push(piece);
      const echo = Buffer.concat(pieces);
      return {
        status: 201,
        headers: { "x-echo-bytes": String(echo.length), connection: "close", ...headers },
        body: (async function* () {
          yield Buffer.from(body);
        })(),
      };
    };

  it("passes question and answer through, without the session's own token", async () => {
    const seen: ForwardRequest[] = [];
    const gate = await playGate(
      { forward: replies('{"ok":true}', { "content-type": "application/json" }, seen) },
      { token: "secret" },
    );
    const answer = await ask(`${gate.url}@team%2ftool?rev=1`, {
      method: "PUT",
      headers: { authorization: "Bearer secret", "npm-otp": "123456", "content-length": "5" },
      body: "bytes",
    });
    expect(answer).toMatchObject({
      status: 201,
      body: '{"ok":true}',
      headers: { "content-type": "application/json", "x-echo-bytes": "5" },
    });
    expect(
      seen.map(({ method, path, packageName, headers }) => ({
        method,
        path,
        packageName,
        headers,
      })),
    ).toEqual([
      {
        method: "PUT",
        path: "/@team%2ftool?rev=1",
        packageName: "@team/tool",
        headers: { "npm-otp": "123456", "content-length": "5" },
      },
    ]);
  });

  it.each<readonly [what: string, body: Uint8Array, headers: Record<string, string>]>([
    ["gzip by its first bytes", Buffer.from([0x1f, 0x8b, 8, 0]), {}],
    [
      "a stream of bytes by its type",
      Buffer.from("x"),
      { "content-type": "application/octet-stream" },
    ],
    ["tar by its type", Buffer.from("x"), { "content-type": "application/x-tar" }],
    ["gzip by its type", Buffer.from("x"), { "content-type": "application/gzip" }],
  ])("lets no archive out: %s", async (_, body, headers) => {
    const gate = await playGate({ forward: replies(body, headers) });
    expect(await ask(`${gate.url}-/stage/1/tarball`)).toMatchObject(
      refusal(
        403,
        "Veln refused an archive that came from an address where the registry keeps no packages: nothing could be examined.",
      ),
    );
  });

  it("lets an answer through that is compressed on its way only", async () => {
    const body = Buffer.from([0x1f, 0x8b, 8, 0]);
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const gate = await playGate({ forward: replies(body, headers) });
    expect(await ask(`${gate.url}-/v1/search`)).toMatchObject({
      status: 201,
      body: body.toString("latin1"),
      headers,
    });
  });

  it("breaks the connection when the registry breaks off in the middle", async () => {
    const forward: Registry["forward"] = async () => ({
      status: 200,
      headers: { "content-type": "application/json" },
      body: (async function* () {
        yield Buffer.from('{"half":');
        throw new Failure("upstream-broken", "It was cut short.");
      })(),
    });
    const gate = await playGate({ forward });
    await expect(ask(`${gate.url}-/v1/search`)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("says that the registry cannot be asked", async () => {
    const gate = await playGate({});
    expect(await ask(`${gate.url}-/ping`)).toMatchObject(refusal(502, "Nobody is there."));
  });

  it("stops asking when the client hangs up, and calls that no failure", async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const stopped = Promise.withResolvers<void>();
    const forward: Registry["forward"] = ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => {
          reject(new Failure("cancelled", "It was cancelled."));
          stopped.resolve();
        });
        if (signal !== undefined) asked.resolve(signal);
      });
    const gate = await playGate({ forward });
    const client = new AbortController();
    const question = fetch(`${gate.url}-/v1/search`, { signal: client.signal });
    await asked.promise;
    client.abort();
    await expect(question).rejects.toMatchObject({ name: "AbortError" });
    await stopped.promise;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(gate.events).toEqual([
      { kind: "asked", what: "service" },
      { kind: "answered", what: "service" },
    ]);
  });

  it.each([
    ["PUT", "/thing", "publish"],
    ["PUT", "/-/package/thing/dist-tags/latest", "move a tag"],
    ["DELETE", "/thing/-rev/1-a", "unpublish"],
    ["POST", "/-/npm/v1/tokens", "make a token"],
    ["GET", "/-/npm/v1/tokens", "list tokens"],
    ["GET", "/-/whoami", "learn the person's name"],
    ["PUT", "/-/org/corp/user", "add a member"],
    ["PUT", "/-/user/org.couchdb.user:me", "log in"],
    ["POST", "/-/npm/v1/security%2ftokens", "hide a slash"],
  ])("sends no %s %s upstream for a script that wants to %s", async (method, path) => {
    const seen: ForwardRequest[] = [];
    const world = { forward: replies("{}", {}, seen) };
    const gate = await playGate(world, { servesScripts: true });
    const answer = await ask(`${gate.url.slice(0, -1)}${path}`, { method });
    const sentence = `Veln refused ${method} ${path}: during an install nothing is published and no account is spoken for.`;
    expect(answer).toMatchObject(refusal(403, sentence));
    expect(seen).toEqual([]);
    expect(gate.events).toContainEqual({ kind: "in-your-name", target: `${method} ${path}` });
  });

  it.each([
    ["POST", "/-/npm/v1/security/advisories/bulk"],
    ["POST", "/-/npm/v1/security/audits/quick"],
    ["GET", "/-/npm/v1/keys"],
    ["GET", "/-/npm/v1/attestations/thing@1.0.0"],
    ["GET", "/-/package/@team%2ftool/dist-tags"],
    ["GET", "/-/v1/search?text=thing"],
    ["HEAD", "/-/ping"],
  ])("sends %s %s upstream, which an install asks", async (method, path) => {
    const seen: ForwardRequest[] = [];
    const gate = await playGate({ forward: replies("{}", {}, seen) }, { servesScripts: true });
    expect((await ask(`${gate.url.slice(0, -1)}${path}`, { method })).status).toBe(201);
    expect(seen.map((request) => request.path)).toEqual([path]);
  });
});
