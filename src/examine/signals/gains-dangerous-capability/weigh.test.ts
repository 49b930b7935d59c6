import { describe, expect, it } from "vitest";
import type { Capability } from "../../../model/capability.ts";
import type { GainedCapability } from "../../../model/package-diff.ts";
import { weighed } from "./weigh.ts";

function gained(capability: Capability, api: string, text: string): GainedCapability {
  const kind = capability === "network-out" ? "host" : "command";
  return {
    capability,
    api,
    file: "install.js",
    line: 1,
    column: 1,
    function: undefined,
    target: { kind, text, resolved: !text.includes("…") },
    reachedFrom: "install-hook",
    via: ["package.json", "install.js"],
    excerpt: "",
    how: "new",
    before: undefined,
    after: undefined,
  };
}

const FETCHES = gained("network-out", "https.get", "github.com");
const STARTS = gained("process-spawn", "child_process.spawn", "‹package›/bin/tool");

function claimsOf(...items: readonly GainedCapability[]): readonly string[] {
  return weighed("diff", items, "1.0.0").map(({ id, severity }) => `${severity} ${id}`);
}

describe("what a hook gains at install", () => {
  it("weighs medium where one that was there fetches its own program from a release", () => {
    expect(claimsOf(FETCHES, STARTS)).toEqual(["medium diff/install-chain"]);
  });

  it.each<[string, readonly GainedCapability[]]>([
    ["is new", [FETCHES, STARTS, gained("install-execution", "postinstall", "node install.js")]],
    ["fetches from elsewhere", [gained("network-out", "https.get", "host.invalid"), STARTS]],
    ["fetches from where is not known", [gained("network-out", "https.get", "…"), STARTS]],
    [
      "starts a program of another folder",
      [FETCHES, gained("process-spawn", "child_process.spawn", "‹tmp›/tool")],
    ],
    ["runs text", [FETCHES, STARTS, gained("dynamic-code", "eval", "…")]],
    ["reads a secret", [FETCHES, STARTS, gained("credential-read", "fs.readFile", "~/.npmrc")]],
  ])("weighs high where it %s", (_what, items) => {
    expect(claimsOf(...items)).toEqual(["high diff/install-chain"]);
  });
});

describe("what a file gains where the package is used", () => {
  const at = (item: GainedCapability, line: number, column = 1): GainedCapability => ({
    ...item,
    file: "index.js",
    reachedFrom: "entry-point",
    line,
    column,
  });
  const sends = at(gained("network-out", "fetch", "host.invalid"), 10, 5_000);

  it.each<[string, GainedCapability, string]>([
    ["runs text close to a request", at(gained("dynamic-code", "Function", "…"), 30), "high"],
    ["runs text far from any request", at(gained("dynamic-code", "Function", "…"), 300), "medium"],
    [
      "runs text far away on one line",
      at(gained("dynamic-code", "eval", "…"), 10, 90_000),
      "medium",
    ],
    ["asks for a wallet close to a request", at(gained("wallet", "ethereum", "…"), 12), "high"],
    [
      "asks for a wallet far from any request",
      at(gained("wallet", "ethereum", "…"), 500),
      "medium",
    ],
    [
      "reads a file of secrets",
      at(gained("credential-read", "fs.readFile", "~/.npmrc"), 900),
      "high",
    ],
    ["loads what its caller names", at(gained("dynamic-code", "require", "…"), 12), "low"],
  ])("weighs by how much it says when it %s and sends", (_what, item, severity) => {
    expect(claimsOf(item, sends)).toEqual([`${severity} diff/import-chain`]);
  });

  it.each<[string, GainedCapability, string]>([
    [
      "cookies of the page",
      at(gained("browser-profile", "document.cookie", "…"), 12),
      "browser-profile",
    ],
    ["copying to the clipboard", at(gained("clipboard", "execa", "wl-copy"), 12), "clipboard"],
  ])("makes no chain of %s and a request", (_what, item, capability) => {
    expect(claimsOf(item, sends)).toEqual([`info diff/${capability}`, "low diff/network-out"]);
  });
});
