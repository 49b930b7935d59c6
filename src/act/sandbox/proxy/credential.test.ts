import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameIn, proxyUrl, readClaim } from "./credential.ts";

const TOKEN = "0123456789abcdef";
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;

/** As a client puts it into the header: userinfo decoded. */
function headerOf(url: string): string {
  const { username, password } = new URL(url);
  return basic(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
}

describe("readClaim", () => {
  it.each(["esbuild@0.21.5", "@scope/name@1.0.0-rc.1+build.5", "JSONStream@1.3.5"])(
    "reads %s back out of the proxy's address",
    (by) => {
      const url = proxyUrl(4000, TOKEN, by);
      expect(readClaim(headerOf(url), TOKEN)).toEqual({ by });
    },
  );

  it("reads no name where none was given", () => {
    expect(readClaim(headerOf(proxyUrl(4000, TOKEN)), TOKEN)).toEqual({ by: undefined });
  });

  it.each([
    ["no header", undefined],
    ["another token", basic("a@1.0.0:0123456789abcdeg")],
    ["a longer token", basic(`a@1.0.0:${TOKEN}0`)],
    ["no token", basic("a@1.0.0")],
    ["another scheme", `Bearer ${TOKEN}`],
    ["what is not base64", "Basic a b"],
  ])("takes nobody with %s", (_, header) => {
    expect(readClaim(header, TOKEN)).toBeUndefined();
  });

  it.each(["a", "@1.0.0", "a@", "a b@1.0.0", "a@1.0.0\n", "\u001b[2J@1.0.0", "@a/b/c@1.0.0"])(
    "takes %j for no package",
    (name) => {
      expect(readClaim(basic(`${name}:${TOKEN}`), TOKEN)).toEqual({ by: undefined });
    },
  );

  it("takes any header without throwing, and nobody without the token", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect([readClaim(text, TOKEN), readClaim(basic(text), TOKEN)]).toEqual([
          undefined,
          undefined,
        ]);
      }),
    );
  });
});

describe("nameIn", () => {
  it("keeps the at sign of a scope", () => {
    expect([nameIn("a@1.0.0"), nameIn("@b/a@1.0.0")]).toEqual(["a", "@b/a"]);
  });
});
