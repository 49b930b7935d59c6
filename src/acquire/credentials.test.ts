import { describe, expect, it } from "vitest";
import { credentialFor } from "./credentials.ts";
import { readNpmConfig } from "./npmrc.ts";

function configOf(flags: Record<string, string>): ReturnType<typeof readNpmConfig> {
  return readNpmConfig({
    cwd: "/",
    env: {},
    home: "/",
    flags: new Map(Object.entries(flags)),
    files: { read: () => undefined, kindOf: () => undefined, realPath: () => undefined },
    platform: "linux",
  });
}

const config = configOf({
  registry: "https://a.invalid/npm/",
  "@plain:registry": "http://plain.invalid:4873",
  "//a.invalid/npm/:_authToken": "A",
  "//a.invalid/npm/deep:_authToken": "DEEP",
  "//plain.invalid:4873/:_authToken": "PLAIN",
  "//c.invalid/:_authToken": "C",
});

describe("credentialFor", () => {
  it.each<[string, string | undefined]>([
    ["https://a.invalid/npm/express", "Bearer A"],
    ["https://a.invalid/npm/deep/x", "Bearer DEEP"],
    ["https://a.invalid/npm/deep", "Bearer DEEP"],
    // Not below the dart, but on the registry's host.
    ["https://a.invalid/tarballs/x.tgz", "Bearer A"],
    ["https://a.invalid:8443/npm/x", undefined],
    ["https://b.invalid/npm/x", undefined],
    ["https://a.invalid.b.invalid/npm/x", undefined],
    ["https://a.invalid@b.invalid/npm/x", undefined],
    ["https://c.invalid/x.tgz", "Bearer C"],
    // The registry is https: its token does not go over plain http.
    ["http://a.invalid/npm/x", undefined],
    ["http://c.invalid/x.tgz", undefined],
    ["http://plain.invalid:4873/x", "Bearer PLAIN"],
  ])("shows to %s: %s", (url, expected) => {
    const credential = credentialFor(config, new URL(url), config.registry);
    expect(credential?.authorization).toBe(expected);
  });
});
