import { describe, expect, it } from "vitest";
import type { Policy } from "../model/policy.ts";
import { DEFAULT_POLICY } from "./defaults.ts";
import { POLICY_KEYS } from "./policy-keys.ts";
import { parsePolicy } from "./policy.ts";

const HOUR_MS = 3_600_000;

describe("the default policy", () => {
  it("is what nobody's file says", () => {
    expect(DEFAULT_POLICY).toEqual({
      cooling: {
        minVersionAgeMs: 2 * HOUR_MS,
        exclude: [],
        allowSecurityFixes: true,
        unknownDate: "allow",
      },
      thresholds: { allow: 80, hold: 40, warn: 20 },
      weights: { severity: { info: 0, low: 2, medium: 8, high: 35, critical: 90 } },
      raiseWarnTo: "warn",
      signals: new Map(),
      exceptions: [],
      denied: [],
      provenance: {
        expect: [],
        registries: [],
        audit: { failOn: ["failed", "unsigned"], timeoutMs: 120_000 },
      },
      dependencies: { git: "refuse", remote: "refuse" },
      limits: { signalTimeoutMs: 10_000, codeTimeoutMs: 20_000, memoryMb: 512, onExceeded: "hold" },
      verdictReuseMs: 24 * HOUR_MS,
      sandbox: {
        mode: "require",
        read: [],
        write: [],
        environment: [],
        hosts: [],
        unguarded: [],
        limits: {
          processesMax: 2048,
          memoryMb: 16_384,
          fileMb: 8192,
          diskMb: 32_768,
          timeoutMs: 2 * HOUR_MS,
        },
      },
    } satisfies Policy);
  });

  it("is documented key by key, and each documented default is a policy of its own", () => {
    expect(POLICY_KEYS.map(({ key, byDefault }) => `${key} = ${byDefault}`)).toEqual([
      'cooling.min_version_age = "2h"',
      "cooling.exclude = []",
      "cooling.allow_security_fixes = true",
      'cooling.unknown_date = "allow"',
      "thresholds.allow = 80",
      "thresholds.hold = 40",
      "thresholds.warn = 20",
      'warn.raise_to = "warn"',
      "weights.info = 0",
      "weights.low = 2",
      "weights.medium = 8",
      "weights.high = 35",
      "weights.critical = 90",
      'dependencies.git = "refuse"',
      'dependencies.remote = "refuse"',
      "provenance.expect = []",
      'provenance.audit.fail_on = ["failed","unsigned"]',
      'provenance.audit.timeout = "2m"',
      'limits.signal_timeout = "10s"',
      'limits.code_timeout = "20s"',
      "limits.memory_mb = 512",
      'limits.on_exceeded = "hold"',
      "provenance.registries = []",
      'verdicts.reuse = "1d"',
      'sandbox.mode = "require"',
      "sandbox.read = []",
      "sandbox.write = []",
      "sandbox.environment = []",
      "sandbox.hosts = []",
      "sandbox.unguarded = []",
      "sandbox.limits.processes = 2048",
      "sandbox.limits.memory_mb = 16384",
      "sandbox.limits.file_mb = 8192",
      "sandbox.limits.disk_mb = 32768",
      'sandbox.limits.timeout = "2h"',
      "project.may_loosen = true",
      "exceptions = []",
      "deny = []",
      'signals.<id>.at_least = "allow"',
      'signals.<id>.unknown = "allow"',
      "signals.<id>.ignore = false",
    ]);
    const text = POLICY_KEYS.filter(({ key }) => !key.startsWith("signals"))
      .map(({ key, byDefault }) => `${key} = ${byDefault}`)
      .join("\n");
    expect(parsePolicy([{ path: "config.toml", text, from: "user" }])).toEqual(DEFAULT_POLICY);
  });
});
