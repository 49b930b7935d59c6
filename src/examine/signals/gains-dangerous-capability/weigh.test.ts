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
