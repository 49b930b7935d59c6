import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scopeOf } from "./address.ts";

describe("scopeOf", () => {
  it.each([
    ["140.82.121.4", "public"],
    ["1.1.1.1", "public"],
    ["172.15.255.255", "public"],
    ["172.32.0.0", "public"],
    ["100.63.255.255", "public"],
    ["100.128.0.0", "public"],
    ["223.255.255.255", "public"],
    ["2606:50c0:8000::153", "public"],
    ["2001:4860:4802:32::15", "public"],
    ["::ffff:140.82.121.4", "public"],
    ["64:ff9b::8c52:7904", "public"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd12:3456:789a::1", "private"],
    ["fc00::1", "private"],
    ["::ffff:192.168.1.1", "private"],
    ["64:ff9b::c0a8:101", "private"],
    ["127.0.0.1", "inner"],
    ["127.255.255.254", "inner"],
    ["0.0.0.0", "inner"],
    ["0.1.2.3", "inner"],
    ["169.254.169.254", "inner"],
    ["100.100.100.200", "inner"],
    ["168.63.129.16", "inner"],
    ["192.0.0.192", "inner"],
    ["198.18.0.1", "inner"],
    ["203.0.113.9", "inner"],
    ["224.0.0.1", "inner"],
    ["255.255.255.255", "inner"],
    ["::", "inner"],
    ["::1", "inner"],
    ["[::1]", "inner"],
    ["fe80::1", "inner"],
    ["fe80::1%eth0", "inner"],
    ["fec0::1", "inner"],
    ["ff02::1", "inner"],
    ["fd00:ec2::254", "inner"],
    ["2001:db8::1", "inner"],
    ["3fff::1", "inner"],
    ["2001::1", "inner"],
    ["2002:7f00:1::1", "inner"],
    ["64:ff9b:1::7f00:1", "inner"],
    ["::ffff:127.0.0.1", "inner"],
    ["::ffff:a9fe:a9fe", "inner"],
    ["64:ff9b::7f00:1", "inner"],
    ["::127.0.0.1", "inner"],
    ["", "inner"],
    ["example.invalid", "inner"],
  ])("%s is %s", (address, scope) => {
    expect(scopeOf(address)).toBe(scope);
  });

  it("finds in an IPv4 address that is dressed up as IPv6 what it finds in the bare one", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom("::ffff:", "64:ff9b::"), (address, prefix) => {
        expect(scopeOf(`${prefix}${address}`)).toBe(scopeOf(address));
      }),
    );
  });

  it("reads every spelling of an IPv6 address alike", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]/`).hostname;
        expect(scopeOf(canonical)).toBe(scopeOf(address));
      }),
    );
  });
});
