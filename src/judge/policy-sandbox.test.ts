import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.ts";
import type { SandboxPolicy } from "../model/policy.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { policyDigest } from "./policy-digest.ts";
import { parsePolicy, type PolicySource } from "./policy.ts";

function read(text: string, ...more: readonly PolicySource[]): SandboxPolicy {
  return parsePolicy([{ path: "config.toml", text, from: "user" }, ...more]).sandbox;
}

/** The value that the file was refused for, or "taken". */
function refusalOf(text: string, ...more: readonly PolicySource[]): string {
  try {
    read(text, ...more);
    return "taken";
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${String(error.detail.found)}`;
    throw error;
  }
}

describe("the sandbox's policy", () => {
  it.each([
    ["read", ["/opt/sdk", "~/.cache/tool", "./a", "../../shared/x", "/a/.b/c..d"]],
    ["write", ["~/x"]],
    ["environment", ["SHARP_LIBVIPS", "my_tool_*", "_X"]],
    ["unguarded", [".vscode", ".git/hooks", "a b/c"]],
  ] as const)("takes entries of %s as they are written", (name, entries) => {
    expect(read(`[sandbox]\n${name} = ${JSON.stringify(entries)}`)[name]).toEqual(entries);
  });

  it.each([
    ["read", ["/", "~", "~/", "~other/x", "..", "../..", ".", "x", "", "/a/../b", "/a//b", "/a/"]],
    ["write", ["/", "~", "/a\u0000b", "/x\u202e"]],
    ["environment", ["*", "A*B", "1A", "A-B", "A=B", ""]],
    ["unguarded", ["/etc", "~/x", "..", "../x", "a/../b", "", "."]],
    [
      "hosts",
      ["*", "*.com", "a..b", "http://a.com", "a.com/x", "a.com:0", "a.com:65536", "a_b", ""],
    ],
  ] as const)("refuses entries of %s that would open everything or nothing", (name, entries) => {
    const found = entries.map((entry) =>
      refusalOf(`[sandbox]\n${name} = [${JSON.stringify(entry)}]`),
    );
    expect(found.filter((outcome) => !outcome.startsWith("bad-policy"))).toEqual([]);
  });

  it("reads hosts with their ports, in lower case, and for one package alone", () => {
    const text = `[sandbox]
hosts = ["Downloads.Example.com", "localhost:8080", "*.example.com", { host = "x.invalid:8443", package = "@corp/*" }]`;
    expect(read(text).hosts).toEqual([
      { host: "downloads.example.com", port: 443, package: undefined },
      { host: "localhost", port: 8080, package: undefined },
      { host: "*.example.com", port: 443, package: undefined },
      { host: "x.invalid", port: 8443, package: "@corp/*" },
    ]);
    expect(refusalOf('[sandbox]\nhosts = [{ host = "x.invalid" }]')).toContain("bad-policy");
  });

  it("adds up over files, and stops a project that may not loosen", () => {
    const project = (text: string): PolicySource => ({ path: "veln.toml", text, from: "project" });
    const own = '[sandbox]\nread = ["~/a"]\n';
    const strict = `${own}[project]\nmay_loosen = false\n`;
    expect(read(own, project('[sandbox]\nread = ["~/b"]')).read).toEqual(["~/a", "~/b"]);
    const looser = [
      'mode = "prefer"',
      'write = ["~/b"]',
      'hosts = ["x.invalid"]',
      'environment = ["X"]',
      'unguarded = [".git/hooks"]',
      "limits = { memory_mb = 20000 }",
      'limits = { timeout = "3h" }',
    ].map((line) => refusalOf(strict, project(`[sandbox]\n${line}`)));
    expect(looser.filter((outcome) => !outcome.startsWith("bad-policy"))).toEqual([]);
    const stricter = project("[sandbox]\nlimits = { memory_mb = 1000 }\n");
    expect(read(strict, stricter).limits.memoryMb).toBe(1000);
  });

  it("leaves verdicts as they were, which do not depend on it", () => {
    const text = '[sandbox]\nmode = "off"\n';
    const off = parsePolicy([{ path: "config.toml", text, from: "user" }]);
    expect(policyDigest(off)).toBe(policyDigest(DEFAULT_POLICY));
  });
});
