import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.ts";
import type { ConfigFiles } from "../platform/config-files.ts";
import type { NpmConfig } from "./npm-config.ts";
import { registryFor } from "./npm-config.ts";
import { expandVariables, projectRoot } from "./npmrc-levels.ts";
import { readNpmConfig } from "./npmrc.ts";

interface Machine {
  readonly files?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly flags?: Record<string, string>;
  readonly cwd?: string;
  readonly links?: Record<string, string>;
}

function filesOf({ files = {}, links = {} }: Machine): ConfigFiles {
  return {
    read: (path) => files[path],
    kindOf: (path) => {
      if (path in files || path in links) return "file";
      return Object.keys(files).some((file) => file.startsWith(`${path}/`)) ? "folder" : undefined;
    },
    realPath: (path) => links[path] ?? path,
  };
}

function originOf(machine: Machine): Parameters<typeof readNpmConfig>[0] {
  return {
    cwd: machine.cwd ?? "/home/ann/app",
    env: machine.env ?? {},
    home: "/home/ann",
    flags: new Map(Object.entries(machine.flags ?? {})),
    files: filesOf(machine),
    platform: "linux",
  };
}

const read = (machine: Machine): NpmConfig => readNpmConfig(originOf(machine));

function failureOf(machine: Machine): unknown {
  try {
    return read(machine);
  } catch (error) {
    return error instanceof Failure ? { code: error.code, ...error.detail } : error;
  }
}

describe("readNpmConfig", () => {
  it("gives npm's defaults on an empty machine", () => {
    expect(read({})).toEqual({
      registry: "https://registry.npmjs.org/",
      scopes: new Map(),
      defaultScope: undefined,
      credentials: new Map(),
      replacedHost: "registry.npmjs.org",
      tls: { authorities: undefined, verify: true, clientCertificate: undefined },
      proxy: { forHttps: undefined, forHttp: undefined, except: [] },
      retry: { retries: 2, factor: 4, minDelayMs: 1000, maxDelayMs: 10_000 },
      fetchTimeoutMs: 60_000,
      maxSockets: 15,
      userAgent: "veln",
    });
  });

  const npmOnPath = {
    links: {
      "/opt/bin/node": "/opt/node/bin/node",
      "/opt/bin/npm": "/opt/node/lib/node_modules/npm/bin/npm-cli.js",
    },
    env: { PATH: "/nowhere:/opt/bin" },
  };
  const levels: readonly (readonly [string, Machine])[] = [
    [
      "builtin",
      { files: { "/opt/node/lib/node_modules/npm/npmrc": "registry=http://builtin.invalid" } },
    ],
    ["global", { files: { "/opt/node/etc/npmrc": "registry=http://global.invalid" } }],
    ["user", { files: { "/home/ann/.npmrc": "registry=http://user.invalid" } }],
    [
      "project",
      {
        files: {
          "/home/ann/app/package.json": "{}",
          "/home/ann/app/.npmrc": "registry=http://project.invalid",
        },
      },
    ],
    ["environment", { env: { NPM_CONFIG_REGISTRY: "http://environment.invalid" } }],
    ["flag", { flags: { registry: "http://flag.invalid" } }],
  ];
  it.each(levels.map(([name], index) => [name, index] as const))(
    "lets %s win over all weaker levels",
    (name, index) => {
      const present = levels.slice(0, index + 1).map(([, level]) => level);
      const machine = {
        links: npmOnPath.links,
        files: Object.assign({}, ...present.map(({ files }) => files)) as Record<string, string>,
        env: Object.assign({ ...npmOnPath.env }, ...present.map(({ env }) => env)) as Record<
          string,
          string
        >,
        flags: Object.assign({}, ...present.map(({ flags }) => flags)) as Record<string, string>,
      };
      expect(read(machine).registry).toBe(`http://${name}.invalid/`);
    },
  );

  it.each<[string, Machine]>([
    [
      "PREFIX",
      { env: { PREFIX: "/usr/p" }, files: { "/usr/p/etc/npmrc": "registry=http://g.invalid" } },
    ],
    [
      "npm_config_globalconfig",
      {
        env: { npm_config_globalconfig: "/etc/g" },
        files: { "/etc/g": "registry=http://g.invalid" },
      },
    ],
    [
      "a prefix in the user's file",
      {
        files: {
          "/home/ann/.npmrc": "prefix=~/np",
          "/home/ann/np/etc/npmrc": "registry=http://g.invalid",
        },
      },
    ],
    [
      "npm_config_userconfig",
      {
        env: { npm_config_userconfig: "~/other" },
        files: { "/home/ann/other": "registry=http://g.invalid" },
      },
    ],
  ])("finds the file that %s names", (_, machine) => {
    expect(read(machine).registry).toBe("http://g.invalid/");
  });

  it("ignores the project in global mode and does not read the user's file twice", () => {
    const files = {
      "/home/ann/app/package.json": "{}",
      "/home/ann/app/.npmrc": "registry=http://p.invalid",
    };
    expect(read({ files, flags: { global: "true" } }).registry).toBe("https://registry.npmjs.org/");
    const home = {
      "/home/ann/package.json": "{}",
      "/home/ann/.npmrc": "registry=http://u.invalid",
    };
    expect(read({ files: home, cwd: "/home/ann" }).registry).toBe("http://u.invalid/");
  });

  it("reads scopes, a default scope and credentials of every kind", () => {
    const config = read({
      files: {
        "/home/ann/.npmrc": [
          "@corp:registry=https://npm.corp.invalid/team",
          "scope=corp",
          "//npm.corp.invalid/team/:_authToken=${CORP_TOKEN}",
          "//basic.invalid/:username=ann",
          `//basic.invalid/:_password=${Buffer.from("s:cret").toString("base64")}`,
          "//raw.invalid:_auth=YTpi",
          "//tls.invalid/:certfile=certs/c.pem",
          "//tls.invalid/:keyfile=/k.pem",
          "//mail.invalid/:email=ann@corp.invalid",
        ].join("\n"),
        "/home/ann/app/certs/c.pem": "CERT",
        "/k.pem": "KEY",
      },
      env: { CORP_TOKEN: "t0", "npm_config_//env.invalid/:_authToken": "From_Env" },
    });
    expect(config.scopes).toEqual(new Map([["@corp", "https://npm.corp.invalid/team/"]]));
    expect(registryFor(config, "@corp/a")).toBe("https://npm.corp.invalid/team/");
    expect(registryFor(config, "plain")).toBe("https://npm.corp.invalid/team/");
    expect(registryFor(config, undefined)).toBe("https://registry.npmjs.org/");
    const header = (authorization: string): unknown => ({
      authorization,
      clientCertificate: undefined,
    });
    expect(config.credentials).toEqual(
      new Map<string, unknown>([
        ["//npm.corp.invalid/team/", header("Bearer t0")],
        ["//basic.invalid/", header(`Basic ${Buffer.from("ann:s:cret").toString("base64")}`)],
        ["//raw.invalid", header("Basic YTpi")],
        [
          "//tls.invalid/",
          { authorization: undefined, clientCertificate: { cert: "CERT", key: "KEY" } },
        ],
        ["//env.invalid/", header("Bearer From_Env")],
      ]),
    );
  });

  it("takes a name and password out of a registry's address", () => {
    const config = read({ flags: { registry: "https://ann:p%40ss@reg.invalid/npm" } });
    expect(config.registry).toBe("https://reg.invalid/npm/");
    expect([...config.credentials]).toEqual([
      [
        "//reg.invalid/npm/",
        {
          authorization: `Basic ${Buffer.from("ann:p@ss").toString("base64")}`,
          clientCertificate: undefined,
        },
      ],
    ]);
  });

  it("reads certificates, proxies and numbers", () => {
    const pem = (text: string): string =>
      `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;
    const config = read({
      files: {
        "/home/ann/.npmrc": [
          "cafile=~/ca.pem",
          "strict-ssl=false",
          'cert="C\\nC"',
          'key="K"',
          "https-proxy=http://u:p@proxy.invalid:8080",
          "noproxy=a.invalid, b.invalid",
          "fetch-retries=4",
          "fetch-retry-factor=3",
          "fetch-retry-mintimeout=10",
          "fetch-retry-maxtimeout=20",
          "fetch-timeout=1234",
          "maxsockets=7",
          "user-agent=test",
          "replace-registry-host=never",
        ].join("\n"),
        "/home/ann/ca.pem": `# two\n${pem("A")}\n${pem("B")}\n`,
      },
    });
    expect({ ...config, scopes: 0, credentials: 0 }).toEqual({
      registry: "https://registry.npmjs.org/",
      scopes: 0,
      credentials: 0,
      defaultScope: undefined,
      replacedHost: "never",
      tls: {
        authorities: [pem("A"), pem("B")],
        verify: false,
        clientCertificate: { cert: "C\nC", key: "K" },
      },
      proxy: {
        forHttps: "http://u:p@proxy.invalid:8080/",
        forHttp: "http://u:p@proxy.invalid:8080/",
        except: ["a.invalid", "b.invalid"],
      },
      retry: { retries: 4, factor: 3, minDelayMs: 10, maxDelayMs: 20 },
      fetchTimeoutMs: 1234,
      maxSockets: 7,
      userAgent: "test",
    });
  });

  it("bounds numbers and ignores nonsense", () => {
    const config = read({
      flags: { "fetch-retries": "99999", "fetch-timeout": "soon", maxsockets: "0" },
    });
    expect([config.retry.retries, config.fetchTimeoutMs, config.maxSockets]).toEqual([
      10, 60_000, 1,
    ]);
  });

  it.each<[Record<string, string>, unknown]>([
    [
      { HTTPS_PROXY: "http://s.invalid", HTTP_PROXY: "http://p.invalid" },
      ["http://s.invalid/", "http://s.invalid/", []],
    ],
    [
      { http_proxy: "http://p.invalid", NO_PROXY: "x.invalid,y" },
      [undefined, "http://p.invalid/", ["x.invalid", "y"]],
    ],
    [
      { npm_config_proxy: "http://c.invalid", https_proxy: "http://s.invalid" },
      ["http://c.invalid/", "http://c.invalid/", []],
    ],
    [
      { npm_config_proxy: "false", PROXY: "http://o.invalid" },
      [undefined, "http://o.invalid/", []],
    ],
    [
      { https_proxy: "socks5h://s.invalid:1080" },
      ["socks5://s.invalid:1080", "socks5://s.invalid:1080", []],
    ],
  ])("finds the proxy in %j", (env, expected) => {
    const { forHttps, forHttp, except } = read({ env }).proxy;
    expect([forHttps, forHttp, except]).toEqual(expected);
  });

  it.each<[string, Machine, unknown]>([
    [
      "another protocol",
      { files: { "/home/ann/.npmrc": "registry=ftp://x.invalid" } },
      { code: "bad-config", path: "/home/ann/.npmrc", rule: "registry" },
    ],
    [
      "no protocol",
      { env: { npm_config_registry: "localhost:4873" } },
      { code: "bad-config", path: "the environment", rule: "registry" },
    ],
    [
      "a scope's address that is none",
      { flags: { "@a:registry": "nonsense" } },
      { code: "bad-config", path: "the command line", rule: "@a:registry" },
    ],
    [
      "broken percent-encoding",
      { flags: { registry: "https://%zz@reg.invalid" } },
      { code: "bad-config", path: "the command line", rule: "registry" },
    ],
    [
      "a proxy of an unknown kind",
      { env: { HTTPS_PROXY: "socks4://p.invalid" } },
      { code: "bad-config", path: "the environment", rule: "https_proxy" },
    ],
    [
      "a cafile without certificates",
      { files: { "/home/ann/.npmrc": "cafile=/ca", "/ca": "none" } },
      { code: "bad-config", path: "/home/ann/.npmrc", rule: "cafile" },
    ],
    [
      "a token that no header can carry",
      { flags: { "//a.invalid/:_authToken": "a\nb" } },
      { code: "bad-config", path: "the command line", rule: "//a.invalid/:_authToken" },
    ],
  ])("refuses %s", (_, machine, expected) => {
    expect(failureOf(machine)).toEqual(expected);
  });

  it("keeps prototypes out of it", () => {
    const files = {
      "/home/ann/.npmrc": "__proto__=1\nconstructor=2\n[__proto__]\nregistry=http://x.invalid",
    };
    expect(read({ files }).registry).toBe("https://registry.npmjs.org/");
  });
});

describe("projectRoot", () => {
  const root = (machine: Machine): string => projectRoot(originOf(machine));
  const workspace = (patterns: unknown): Machine => ({
    cwd: "/w/packages/a/src",
    files: {
      "/w/package.json": JSON.stringify({ workspaces: patterns }),
      "/w/packages/a/package.json": "{}",
    },
  });

  it.each<[string, Machine, string]>([
    ["the current folder when nothing is above", { cwd: "/x/y" }, "/x/y"],
    ["the nearest package.json", { cwd: "/w/b/c", files: { "/w/b/package.json": "{}" } }, "/w/b"],
    ["the nearest node_modules", { cwd: "/w/b/c", files: { "/w/node_modules/a/x": "" } }, "/w"],
    ["--prefix", { cwd: "/w", flags: { prefix: "sub" } }, "/w/sub"],
    ["the workspace root", workspace(["packages/*"]), "/w"],
    ["the workspace root in object form", workspace({ packages: ["./packages/a/"] }), "/w"],
    [
      "the package when the root leaves it out",
      workspace(["packages/*", "!packages/a"]),
      "/w/packages/a",
    ],
    ["the package when the root has other members", workspace(["apps/*"]), "/w/packages/a"],
    ["the package when a pattern is a bomb", workspace(["{a,b}".repeat(30)]), "/w/packages/a"],
    [
      "the package with --no-workspaces",
      { ...workspace(["packages/*"]), flags: { workspaces: "false" } },
      "/w/packages/a",
    ],
  ])("is %s", (_, machine, expected) => {
    expect(root(machine)).toBe(expected);
  });
});

describe("expandVariables", () => {
  it.each([
    ["${A}", "1"],
    ["x${A}y${A}", "x1y1"],
    ["${NONE}", "${NONE}"],
    ["${NONE?}", ""],
    ["${A?}", "1"],
    ["\\${A}", "${A}"],
    ["\\\\${A}", "\\1"],
    ["\\\\\\${A}", "\\${A}"],
    ["${toString}", "${toString}"],
    ["$A", "$A"],
  ])("%s becomes %s", (text, expected) => {
    expect(expandVariables(text, { A: "1" })).toBe(expected);
  });
});
