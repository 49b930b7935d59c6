import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../test/support/origin.ts";
import {
  authorizations,
  failureOf,
  origin,
  other,
  registryOf,
  releaseOf,
  token,
  useUpstreams,
} from "../../test/support/upstreams.ts";

useUpstreams();

const BYTES = Buffer.from("the bytes of a tarball, as far as this test is concerned");
const hex = (algorithm: string): string => createHash(algorithm).update(BYTES).digest("hex");

describe("tarball", () => {
  const tarball = async (url: string, flags: Record<string, string> = {}): Promise<unknown> => {
    const found = await registryOf(flags).tarball(releaseOf(url));
    return found && { ...found, bytes: Buffer.from(found.bytes).toString() };
  };

  it.each([false, true])("reads into memory and digests (length unknown: %s)", async (chunked) => {
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
    expect(received.at(-1)).toBe(BYTES.length);
    expect(origin.requests.map(({ headers }) => headers["accept-encoding"])).toEqual(
      chunked ? ["identity", "identity"] : ["identity"],
    );
  });

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
