import { describe, expect, it } from "vitest";
import { policyDigest } from "../judge/policy-digest.ts";
import { parsePolicy } from "../judge/policy.ts";
import type { ConfigFiles } from "../platform/config-files.ts";
import { rulesDigest } from "./rules-digest.ts";

const PRIVATE = `
[[provenance.registries]]
registry = "https://registry.invalid/"
trust_root = "/etc/veln/root.json"
keys = "/etc/veln/keys.json"
`;

function filesOf(contents: Readonly<Record<string, string>>): ConfigFiles {
  return {
    read: (path) => contents[path],
    kindOf: (path) => (path in contents ? "file" : undefined),
    realPath: (path) => path,
  };
}

function digestWith(contents: Readonly<Record<string, string>>): string {
  const policy = parsePolicy([{ path: "/etc/veln/veln.toml", text: PRIVATE, from: "user" }]);
  return rulesDigest(policy, filesOf(contents));
}

describe("rulesDigest", () => {
  it("is the policy's own where no trust file is named", () => {
    const policy = parsePolicy([]);
    expect(rulesDigest(policy, filesOf({}))).toBe(policyDigest(policy));
  });

  it("changes with what stands in a trust file, and with nothing else", () => {
    const before = { "/etc/veln/root.json": "{}", "/etc/veln/keys.json": "[]" };
    const digests = [
      digestWith(before),
      digestWith({ ...before, "/etc/veln/other.json": "{}" }),
      digestWith({ ...before, "/etc/veln/root.json": "{ }" }),
      digestWith({ ...before, "/etc/veln/keys.json": "{}" }),
      digestWith({ "/etc/veln/root.json": "{}" }),
      digestWith({}),
    ];
    expect(digests.map((digest) => digests.indexOf(digest))).toEqual([0, 0, 2, 3, 4, 5]);
  });
});
