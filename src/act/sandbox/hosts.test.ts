import { describe, expect, it } from "vitest";
import { hostRules, isNamedBy } from "./hosts.ts";

const SHIPPED = hostRules([]);

describe("the hosts that ship", () => {
  it("are names and nothing broader", () => {
    const odd = SHIPPED.filter(({ host }) => !/^[a-z\d-]+(?:\.[a-z\d-]+)+$/.test(host));
    expect(odd).toEqual([]);
  });

  it("lead to the public network by TLS, and say why", () => {
    const odd = SHIPPED.filter(
      ({ port, reaches, why }) => port !== 443 || reaches !== "public" || !/^\S.+\.$/.test(why),
    );
    expect(odd).toEqual([]);
  });

  it("open to every package only where nobody but the publisher can upload", () => {
    const open = SHIPPED.filter(({ packages }) => packages === "any");
    expect(open.map(({ host, uploads }) => [host, uploads])).toEqual([["nodejs.org", "publisher"]]);
  });

  it("say of hosts where everybody has a place that they do", () => {
    const shared = /github|googleusercontent|storage\.googleapis|nuget|npmjs|amazonaws|equinox/;
    const own = /^(?:googlechromelabs\.github\.io|chromedriver\.storage\.googleapis\.com)$/;
    const said = SHIPPED.filter(({ host }) => shared.test(host) && !own.test(host));
    expect(said.length).toBeGreaterThan(5);
    expect(said.filter(({ uploads }) => uploads !== "anybody")).toEqual([]);
  });

  it("hold no registry: what comes from there comes through the gate", () => {
    expect(SHIPPED.filter(({ host }) => /npmjs|yarnpkg|npmmirror|jsr\.io/.test(host))).toEqual([]);
  });
});

describe("hosts of the policy", () => {
  it("come after those that ship, for all packages or for one", () => {
    const rules = hostRules([
      { host: "mirror.invalid", port: 8443, package: undefined },
      { host: "localhost", port: 4873, package: "@corp/*" },
    ]);
    expect(rules.slice(0, -2)).toEqual(SHIPPED);
    expect(rules.slice(-2)).toEqual([
      {
        host: "mirror.invalid",
        port: 8443,
        packages: "any",
        uploads: "anybody",
        reaches: "private",
        why: "The policy lists it.",
      },
      {
        host: "localhost",
        port: 4873,
        packages: ["@corp/*"],
        uploads: "anybody",
        reaches: "inner",
        why: "The policy lists it.",
      },
    ]);
  });
});

describe("isNamedBy", () => {
  it.each([
    ["esbuild", "esbuild", true],
    ["esbuild", "esbuild-wasm", false],
    ["@corp/*", "@corp/a", true],
    ["@corp/*", "@corp-evil/a", false],
    ["@corp/*", "corp", false],
    ["@corp/a", "@corp/ab", false],
  ])("%s names %s: %s", (pattern, name, named) => {
    expect(isNamedBy(pattern, name)).toBe(named);
  });
});
