import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.ts";
import type { GlobalOptions } from "./command.ts";
import { GLOBAL_OPTIONS, mergeGlobals, parseGlobals, parseOptions } from "./options.ts";

const NONE: GlobalOptions = {
  json: false,
  policyFile: undefined,
  offline: false,
  quiet: false,
  noColor: false,
};

describe("parseGlobals", () => {
  it.each([
    [[], { ...NONE, help: false }],
    [["--json"], { ...NONE, json: true, help: false }],
    [["--policy", "a.toml"], { ...NONE, policyFile: "a.toml", help: false }],
    [["--policy=a.toml"], { ...NONE, policyFile: "a.toml", help: false }],
    [["-q", "-h"], { ...NONE, quiet: true, help: true }],
    [
      ["--offline", "--quiet", "--no-color"],
      { ...NONE, offline: true, quiet: true, noColor: true, help: false },
    ],
  ])("reads %j", (args, globals) => {
    expect(parseGlobals(args)).toEqual(globals);
  });

  it.each([
    [["--nonsense"], "Unknown option '--nonsense'. See veln --help."],
    [["--policy"], "Option '--policy <value>' argument missing. See veln --help."],
    [["--json=yes"], "Option '--json' does not take an argument. See veln --help."],
    [["\u001b[2J"], "Unexpected argument '\\u{1b}[2J'. See veln --help."],
  ])("refuses %j in one sentence", (args, sentence) => {
    expect(() => parseGlobals(args)).toThrow(new Failure("usage", sentence));
  });
});

describe("parseOptions", () => {
  it("keeps what stands after -- and what is no option", () => {
    const { values, positionals } = parseOptions(["a", "--json", "--", "--json"], GLOBAL_OPTIONS);
    expect({ values: { ...values }, positionals }).toEqual({
      values: { json: true },
      positionals: ["a", "--json"],
    });
  });
});

describe("mergeGlobals", () => {
  it.each<
    [what: string, before: Partial<GlobalOptions>, after: object, merged: Partial<GlobalOptions>]
  >([
    ["nothing", {}, {}, {}],
    ["before", { json: true, policyFile: "a" }, {}, { json: true, policyFile: "a" }],
    ["after", {}, { json: true, "no-color": true }, { json: true, noColor: true }],
    ["the later policy", { policyFile: "a" }, { policy: "b" }, { policyFile: "b" }],
    ["both", { quiet: true }, { offline: true }, { quiet: true, offline: true }],
  ])("takes %s", (_what, before, after, merged) => {
    expect(mergeGlobals({ ...NONE, ...before }, after)).toEqual({ ...NONE, ...merged });
  });
});
