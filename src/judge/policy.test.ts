import { describe, expect, it } from "vitest";
import { expectationOf } from "../../test/support/provenance.ts";
import type { Policy, RegistryTrust } from "../model/policy.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { policyDigest } from "./policy-digest.ts";
import { parsePolicy, type PolicySource } from "./policy.ts";

const HOUR_MS = 3_600_000;
const HEX = "0123456789abcdef".repeat(8);
const SRI = `sha512-${Buffer.from(HEX, "hex").toString("base64")}`;

function user(text: string): PolicySource {
  return { path: "config.toml", text, from: "user" };
}

function project(text: string): PolicySource {
  return { path: "veln.toml", text, from: "project" };
}

const FULL = `
[cooling]
min_version_age = "3d"
exclude = ["left-handed", "@corp/*", { package = "next", with_dependencies = true }]
allow_security_fixes = false
unknown_date = "hold"

[thresholds]
allow = 90
hold = 50
warn = 10

[warn]
raise_to = "hold"

[weights]
high = 40

[signals.runs-code-at-install]
at_least = "warn"
unknown = "block"

[signals.has-long-lines]
ignore = true

[[exceptions]]
package = "@corp/tool@1.2.3-rc.1"
sha512 = "${SRI}"
reason = "Reviewed by hand"
owner = "sec@corp.invalid"
expires = 2026-12-31

[[exceptions]]
package = "left-handed@1.0.0"
sha512 = "${HEX.toUpperCase()}"
reason = "False alarm"
owner = "sec@corp.invalid"
expires = 2026-12-31T10:00:00+02:00

[[deny]]
package = "evil"
range = "<2"
reason = "Known for its mining"

[[deny]]
package = "@evil/*"
reason = "Squatters"

[provenance.audit]
fail_on = ["unknown", "outside"]
timeout = "30s"

[[provenance.expect]]
package = "@corp/*"
repository = "https://github.com/corp/*"
repository_id = 495574555
owner_id = "77"
workflow = ".github/workflows/release-*.yml"
signer = "https://github.com/corp/ci/.github/workflows/publish.yml@refs/tags/v*"
builder = "https://github.com/actions/runner/github-hosted"
runner = "hosted"
ref = "refs/tags/v*"
issuer = "https://token.actions.githubusercontent.com"
require = false

[[provenance.expect]]
package = "left-handed"

[dependencies]
git = "allow"
remote = "allow"

[limits]
signal_timeout = "30s"
code_timeout = "1m"
memory_mb = 1024
on_exceeded = "block"

[[provenance.registries]]
registry = "https://npm.corp.invalid/team"
trust_root = "trust/root.json"
keys = "/etc/veln/keys.json"

[[provenance.registries]]
registry = "HTTP://other.invalid:80/"
tuf_mirror = "https://tuf.invalid/v1/"
tuf_root = "root.json"

[verdicts]
reuse = "1w"

[sandbox]
mode = "prefer"
read = ["~/.cache/tool"]
write = ["../shared"]
environment = ["MY_TOOL_*"]
hosts = ["localhost:8080", { host = "downloads.invalid", package = "tool" }]
unguarded = [".vscode"]

[sandbox.limits]
processes = 100
memory_mb = 1000
file_mb = 10
disk_mb = 1000
timeout = "10m"
`;

const FULL_POLICY: Policy = {
  cooling: {
    minVersionAgeMs: 72 * HOUR_MS,
    exclude: [
      { package: "left-handed", withDependencies: false },
      { package: "@corp/*", withDependencies: false },
      { package: "next", withDependencies: true },
    ],
    allowSecurityFixes: false,
    unknownDate: "hold",
  },
  thresholds: { allow: 90, hold: 50, warn: 10 },
  weights: { severity: { info: 0, low: 2, medium: 8, high: 40, critical: 90 } },
  raiseWarnTo: "hold",
  signals: new Map([
    ["has-long-lines", { atLeast: "allow", unknown: "allow", ignore: true }],
    ["runs-code-at-install", { atLeast: "warn", unknown: "block", ignore: false }],
  ]),
  exceptions: [
    {
      package: "@corp/tool",
      version: "1.2.3-rc.1",
      sha512: HEX,
      reason: "Reviewed by hand",
      owner: "sec@corp.invalid",
      expiresAtMs: Date.UTC(2026, 11, 31),
    },
    {
      package: "left-handed",
      version: "1.0.0",
      sha512: HEX,
      reason: "False alarm",
      owner: "sec@corp.invalid",
      expiresAtMs: Date.UTC(2026, 11, 31, 8),
    },
  ],
  denied: [
    { package: "evil", range: "<2", reason: "Known for its mining" },
    { package: "@evil/*", range: undefined, reason: "Squatters" },
  ],
  provenance: {
    registries: [
      {
        registry: "https://npm.corp.invalid/team/",
        source: { kind: "files", trustRoot: "trust/root.json", keys: "/etc/veln/keys.json" },
      },
      {
        registry: "http://other.invalid/",
        source: { kind: "mirror", mirror: "https://tuf.invalid/v1", root: "root.json" },
      },
    ],
    audit: { failOn: ["unknown", "outside"], timeoutMs: 30_000 },
    expect: [
      {
        package: "@corp/*",
        required: false,
        repository: "https://github.com/corp/*",
        repositoryId: "495574555",
        ownerId: "77",
        workflow: ".github/workflows/release-*.yml",
        signer: "https://github.com/corp/ci/.github/workflows/publish.yml@refs/tags/v*",
        builder: "https://github.com/actions/runner/github-hosted",
        runner: "hosted",
        ref: "refs/tags/v*",
        issuer: "https://token.actions.githubusercontent.com",
      },
      {
        package: "left-handed",
        required: true,
        repository: undefined,
        repositoryId: undefined,
        ownerId: undefined,
        workflow: undefined,
        signer: undefined,
        builder: undefined,
        runner: "any",
        ref: undefined,
        issuer: undefined,
      },
    ],
  },
  dependencies: { git: "allow", remote: "allow" },
  limits: { signalTimeoutMs: 30_000, codeTimeoutMs: 60_000, memoryMb: 1024, onExceeded: "block" },
  verdictReuseMs: 7 * 24 * HOUR_MS,
  sandbox: {
    mode: "prefer",
    read: ["~/.cache/tool"],
    write: ["../shared"],
    environment: ["MY_TOOL_*"],
    hosts: [
      { host: "localhost", port: 8080, package: undefined },
      { host: "downloads.invalid", port: 443, package: "tool" },
    ],
    unguarded: [".vscode"],
    limits: {
      processesMax: 100,
      memoryMb: 1000,
      fileMb: 10,
      diskMb: 1000,
      timeoutMs: 600_000,
    },
  },
};

describe("parsePolicy", () => {
  it("reads every key", () => {
    expect(parsePolicy([user(FULL)])).toEqual(FULL_POLICY);
  });

  it("reads a file that begins with a byte-order mark and ends its lines with CRLF", () => {
    expect(parsePolicy([user(`\uFEFF${FULL.replaceAll("\n", "\r\n")}`)])).toEqual(FULL_POLICY);
  });

  it.each([
    ["90s", 90_000],
    ["15m", 900_000],
    ["2h", 7_200_000],
    ["3d", 259_200_000],
    ["1w", 604_800_000],
    ["0s", 0],
  ])("reads the duration %s", (text, ms) => {
    const policy = parsePolicy([user(`cooling.min_version_age = "${text}"`)]);
    expect(policy).toEqual({
      ...DEFAULT_POLICY,
      cooling: { ...DEFAULT_POLICY.cooling, minVersionAgeMs: ms },
    });
  });

  it("lets the project replace values key by key, and adds lists up", () => {
    const own = user(
      '[cooling]\nmin_version_age = "1d"\nexclude = ["a"]\n[thresholds]\nallow = 95\n' +
        '[signals.x]\nat_least = "hold"\nunknown = "warn"\n[[deny]]\npackage = "a"\nreason = "r"\n' +
        '[[provenance.expect]]\npackage = "a"',
    );
    const theirs = project(
      '[cooling]\nmin_version_age = "1h"\nexclude = ["b"]\n' +
        '[signals.x]\nat_least = "warn"\n[signals.y]\nignore = true\n' +
        '[[deny]]\npackage = "b"\nreason = "r"\n[[provenance.expect]]\npackage = "b"',
    );
    expect(parsePolicy([own, theirs])).toEqual({
      ...DEFAULT_POLICY,
      cooling: {
        ...DEFAULT_POLICY.cooling,
        minVersionAgeMs: HOUR_MS,
        exclude: [
          { package: "a", withDependencies: false },
          { package: "b", withDependencies: false },
        ],
      },
      thresholds: { allow: 95, hold: 40, warn: 20 },
      signals: new Map([
        ["x", { atLeast: "warn", unknown: "warn", ignore: false }],
        ["y", { atLeast: "allow", unknown: "allow", ignore: true }],
      ]),
      denied: [
        { package: "a", range: undefined, reason: "r" },
        { package: "b", range: undefined, reason: "r" },
      ],
      provenance: {
        ...DEFAULT_POLICY.provenance,
        expect: [expectationOf({ package: "a" }), expectationOf({ package: "b" })],
      },
    });
  });
});

describe("whom to trust for a registry", () => {
  const trust = (registry: string, file: string): string =>
    `[[provenance.registries]]\nregistry = "https://${registry}.invalid"\ntrust_root = "${file}"\n`;
  const entry = (registry: string, trustRoot: string): RegistryTrust => ({
    registry: `https://${registry}.invalid/`,
    source: { kind: "files", trustRoot, keys: undefined },
  });

  it("is looked for beside the policy file, and a later file's word replaces an earlier one's", () => {
    const own: PolicySource = {
      path: "/home/me/config.toml",
      text: trust("a", "one.json") + trust("b", "../two.json"),
      from: "user",
    };
    const theirs: PolicySource = {
      path: "/home/me/project/veln.toml",
      text: trust("c", "trust/three.json") + trust("a", "/four.json"),
      from: "project",
    };
    expect(parsePolicy([own, theirs]).provenance.registries).toEqual([
      entry("b", "/home/two.json"),
      entry("c", "/home/me/project/trust/three.json"),
      entry("a", "/four.json"),
    ]);
  });
});

describe("policyDigest", () => {
  it("is the same for the same rules in another order and spelling", () => {
    const one = parsePolicy([
      user('cooling.exclude = ["a", "b"]\n[signals.x]\nignore = true\n[signals.y]\nignore = true'),
    ]);
    const other = parsePolicy([
      user(
        "[signals.y]\nignore = true\n[signals.x]\nignore = true\n" +
          '[cooling]\nmin_version_age = "120m"\nexclude = ["b", { package = "a" }]',
      ),
    ]);
    expect(policyDigest(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(policyDigest(other)).toBe(policyDigest(one));
  });

  it("is the same for expectations in another order, and differs for every property", () => {
    const [full, bare] = FULL_POLICY.provenance.expect;
    if (full === undefined || bare === undefined) throw new Error("FULL expects nothing");
    const digestWith = (...expect: Policy["provenance"]["expect"]): string =>
      policyDigest({
        ...DEFAULT_POLICY,
        provenance: { ...DEFAULT_POLICY.provenance, expect },
      });
    expect(digestWith(full, bare)).toBe(digestWith(bare, full));
    const properties = Object.keys(full) as (keyof typeof full)[];
    const digests = properties.map((name) => digestWith({ ...bare, [name]: full[name] }));
    expect(new Set([digestWith(bare), ...digests]).size).toBe(properties.length + 1);
  });

  it("differs for every key that FULL changes and a verdict depends on", () => {
    const judging = Object.keys(FULL_POLICY).filter((key) => key !== "sandbox");
    const keys = judging as (keyof Policy)[];
    const digests = keys.map((key) => policyDigest({ ...DEFAULT_POLICY, [key]: FULL_POLICY[key] }));
    expect(new Set([policyDigest(DEFAULT_POLICY), ...digests]).size).toBe(keys.length + 1);
  });
});
