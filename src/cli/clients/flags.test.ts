import { describe, expect, it } from "vitest";
import { bun, bunx } from "./bun.ts";
import { splitFlags, type Client } from "./client.ts";
import { npm } from "./npm.ts";
import { pnpm, pnpx } from "./pnpm.ts";
import { yarnBerry } from "./yarn-berry.ts";
import { yarnClassic } from "./yarn-classic.ts";

describe("flags", () => {
  const split = (client: Client, ...args: readonly string[]): unknown => {
    const { args: kept, taken } = splitFlags(args, client.flags, client.handsOn);
    return [kept, Object.fromEntries(taken)];
  };

  it("takes what would choose a registry, a proxy or a cache", () => {
    expect([
      split(pnpm, "add", "a", "--config.registry=https://x.invalid/", "--store-dir", "s"),
      split(pnpm, "--config.@c:registry=https://x.invalid/", "--@c:registry", "y", "install"),
      split(yarnClassic, "--registry", "https://x.invalid/", "add", "a", "--cache-folder=c"),
      split(bun, "add", "--cache-dir=c", "a", "--registry=https://x.invalid/"),
    ]).toEqual([
      [["add", "a"], { registry: "https://x.invalid/", "store-dir": "s" }],
      [["install"], { "@c:registry": "y" }],
      [["add", "a"], { registry: "https://x.invalid/", "cache-folder": "c" }],
      [["add", "a"], { "cache-dir": "c", registry: "https://x.invalid/" }],
    ]);
  });

  it("leaves to a program what stands behind its name", () => {
    expect([
      split(pnpm, "exec", "tool", "--registry", "r"),
      split(pnpm, "dlx", "--registry", "r", "tool", "--proxy", "p"),
      split(pnpx, "tool", "--registry", "r"),
      split(bunx, "tool", "--config", "c"),
      split(yarnClassic, "run", "build", "--proxy", "p"),
    ]).toEqual([
      [["exec", "tool", "--registry", "r"], {}],
      [["dlx", "tool", "--proxy", "p"], { registry: "r" }],
      [["tool", "--registry", "r"], {}],
      [["tool", "--config", "c"], {}],
      [["run", "build", "--proxy", "p"], {}],
    ]);
  });

  it.each([["--config=x.toml"], ["-c"], ["-cx.toml"]])(
    "refuses bun another bunfig by %s",
    (flag) => {
      expect(() => split(bun, flag, "install")).toThrow(/past the gate/);
    },
  );

  it.each([
    ["--registr", "x"],
    ["--repl=never"],
    ["--cac", "c"],
    ["-userc=f"],
    ["--no-repl"],
    ["--allow-g=all"],
  ])("refuses npm a name that is cut short: %s", (...flag) => {
    expect(() => split(npm, "install", ...flag)).toThrow(/past the gate/);
  });

  it("reads npm's names as npm does, by any number of dashes and switched off", () => {
    expect([
      split(npm, "install", "-registry", "r", "---proxy=p"),
      split(npm, "install", "--no-replace-registry-host", "--all", "--ca", "x"),
      split(npm, "install", "-C", "d", "--reg=r"),
    ]).toEqual([
      [["install"], { registry: "r", proxy: "p" }],
      [["install", "--all", "--ca", "x"], { "replace-registry-host": "false" }],
      [["install", "-C", "d"], { prefix: "d", reg: "r" }],
    ]);
  });

  it("takes no word for the subcommand that may be the value of a flag", () => {
    expect([
      pnpm.isGated(["--dir", "publish", "install"]),
      pnpm.isGated(["--recursive", "publish"]),
      bun.isGated(["--cwd", "publish", "add", "a"]),
    ]).toEqual([true, false, true]);
  });

  it("leaves the account and the settings of a client alone", () => {
    const gated = [
      pnpm.isGated(["publish"]),
      pnpm.isGated(["--filter", "x", "add", "a"]),
      yarnClassic.isGated([]),
      yarnClassic.isGated(["login"]),
      yarnBerry.isGated(["npm", "publish"]),
      yarnBerry.isGated(["npm", "audit"]),
      bun.isGated(["publish"]),
      bunx.isGated(["publish"]),
    ];
    expect(gated).toEqual([false, true, true, false, false, true, false, true]);
  });
});
