import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  authorizations,
  failureOf,
  origin,
  other,
  registryOf,
  token,
  useUpstreams,
} from "../../test/support/upstreams.ts";
import type { ForwardRequest } from "./registry.ts";

useUpstreams();

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
