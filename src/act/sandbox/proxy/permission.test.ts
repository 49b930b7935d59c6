import { describe, expect, it } from "vitest";
import { hostRules } from "../hosts.ts";
import { permissionFor } from "./permission.ts";
import { parseAuthority } from "./target.ts";

const HOSTS = hostRules([
  { host: "*.corp.invalid", port: 443, package: undefined },
  { host: "mirror.invalid", port: 8443, package: "@corp/*" },
  { host: "192.0.2.1", port: 443, package: undefined },
]);

function permission(authority: string, by: string | undefined, ...installed: string[]): string {
  const target = parseAuthority(authority);
  if (target === undefined) throw new Error(`${authority} is no target`);
  return permissionFor(target, { by }, { hosts: HOSTS, installed: new Set(installed) }).state;
}

describe("permissionFor", () => {
  it.each([
    ["a.corp.invalid:443", "open"],
    ["a.b.corp.invalid:443", "open"],
    ["A.Corp.Invalid.:443", "open"],
    ["corp.invalid:443", "shut"],
    ["evilcorp.invalid:443", "shut"],
    [".corp.invalid:443", "shut"],
    ["a.corp.invalid.collect.invalid:443", "shut"],
    ["a.corp.invalid:444", "shut"],
    ["192.0.2.1:443", "open"],
    ["3221225985:443", "open"],
    ["192.0.2.2:443", "shut"],
    ["[::ffff:192.0.2.1]:443", "shut"],
  ])("of the policy's hosts: %s is %s", (authority, state) => {
    expect(permission(authority, undefined)).toBe(state);
  });

  it.each([
    [undefined, [], "shut"],
    [undefined, ["left-pad"], "shut"],
    [undefined, ["@corp/tool"], "open"],
    ["@corp/tool@1.0.0", ["@corp/tool"], "open"],
    ["@corp/tool@1.0.0", [], "shut"],
    ["@corp/tool@1.0.0", ["left-pad"], "shut"],
    ["left-pad@1.3.0", ["left-pad", "@corp/tool"], "shut"],
    ["the-project@1.0.0", ["left-pad", "@corp/tool"], "open"],
    ["@corp-evil/tool@1.0.0", ["@corp-evil/tool"], "shut"],
  ] as const)("to a script of %s with %j installed: %s", (by, installed, state) => {
    expect(permission("mirror.invalid:8443", by, ...installed)).toBe(state);
  });
});
