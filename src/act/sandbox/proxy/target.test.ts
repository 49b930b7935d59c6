import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAbsoluteForm, parseAuthority, printTarget } from "./target.ts";

/** `host:port`, with "address" behind it for one, or "no" */
function read(text: string): string {
  const target = parseAuthority(text);
  if (target === undefined) return "no";
  return `${printTarget(target)}${target.isAddress ? " address" : ""}`;
}

describe("parseAuthority", () => {
  it.each([
    ["github.com:443", "github.com:443"],
    ["GitHub.COM.:443", "github.com:443"],
    ["a_b.invalid:8443", "a_b.invalid:8443"],
    ["127.0.0.1:80", "127.0.0.1:80 address"],
    ["2130706433:80", "127.0.0.1:80 address"],
    ["0x7f.1:80", "127.0.0.1:80 address"],
    ["0177.0.0.1:80", "127.0.0.1:80 address"],
    ["127.1.:80", "127.0.0.1:80 address"],
    ["[::1]:443", "[::1]:443 address"],
    ["[0:0:0:0:0:ffff:127.0.0.1]:443", "[::ffff:7f00:1]:443 address"],
    ["github.com", "no"],
    ["github.com:", "no"],
    ["github.com:0", "no"],
    ["github.com:65536", "no"],
    ["github.com:443 ", "no"],
    ["github.com:44x", "no"],
    ["user@github.com:443", "no"],
    ["github.com/x:443", "no"],
    ["github.com#x:443", "no"],
    ["github.com\\x:443", "no"],
    ["https://github.com:443", "no"],
    ["github%2ecom:443", "no"],
    ["ｇithub.com:443", "no"],
    ["[::1%25eth0]:443", "no"],
    ["::1:443", "no"],
    ["999.1.1.1:443", "no"],
    ["/", "no"],
    ["", "no"],
  ])("reads %j as %s", (text, target) => {
    expect(read(text)).toBe(target);
  });

  it("never throws, and reads what it prints as the same target", () => {
    const hosts = fc.oneof(fc.string(), fc.domain(), fc.ipV4Extended(), fc.ipV6());
    fc.assert(
      fc.property(hosts, (host) => {
        const text = `${host.includes(":") ? `[${host}]` : host}:443`;
        const target = parseAuthority(text);
        expect(parseAuthority(target === undefined ? text : printTarget(target))).toEqual(target);
      }),
    );
  });
});

describe("parseAbsoluteForm", () => {
  it.each([
    ["http://a.invalid/x", { host: "a.invalid", port: 80, isAddress: false }],
    ["http://a.invalid:8080/x?y", { host: "a.invalid", port: 8080, isAddress: false }],
    ["http://0x7f000001/", { host: "127.0.0.1", port: 80, isAddress: true }],
    ["https://a.invalid/", undefined],
    ["ftp://a.invalid/", undefined],
    ["http://user:word@a.invalid/", undefined],
    ["/a", undefined],
    ["*", undefined],
    ["http://", undefined],
  ])("reads %j", (text, target) => {
    expect(parseAbsoluteForm(text)).toEqual(target);
  });
});
