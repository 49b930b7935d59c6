import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { capturedIo } from "../../test/support/io.ts";
import { POLICY_KEYS } from "../judge/policy-keys.ts";
import { runCli } from "./cli.ts";
import { COMMANDS } from "./commands.ts";

async function veln(...args: readonly string[]) {
  const io = capturedIo({ env: {}, cwd: "/" });
  const code = await runCli(args, io);
  return { code, printed: io.printed(), said: io.said() };
}

describe("veln help", () => {
  it("names the version and every command", async () => {
    const { code, printed, said } = await veln("help");
    const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    const { version } = JSON.parse(file) as { version: string };
    expect({ code, said }).toEqual({ code: 0, said: "" });
    expect(printed).toMatch(new RegExp(`^veln ${version.replaceAll(".", "\\.")}: `));
    const missing = [...COMMANDS.keys()].filter((name) => !printed.includes(`\n  ${name} `));
    expect(missing).toEqual([]);
  });

  it("is the same by --help, and goes to standard error where nobody asked for it", async () => {
    const { printed } = await veln("help");
    expect(await veln("--help")).toEqual({ code: 0, printed, said: "" });
    expect(await veln()).toEqual({ code: 2, printed: "", said: printed });
  });

  it("explains every key of a policy", async () => {
    const { code, printed } = await veln("help", "policy");
    const missing = POLICY_KEYS.filter(
      ({ key, doc }) => !printed.includes(`${key} = `) || !printed.includes(doc),
    );
    expect([code, missing]).toEqual([0, []]);
  });

  it.each([...COMMANDS.keys()])("has the usage of %s, without running it", async (name) => {
    const asked = await veln("help", name);
    expect(asked).toMatchObject({ code: 0, said: "" });
    expect(asked.printed).toMatch(new RegExp(`^Usage: veln (\\[options\\] )?${name} `));
    expect(await veln("--help", name)).toEqual(asked);
  });

  it("knows no other topic", async () => {
    expect(await veln("help", "nonsense")).toMatchObject({ code: 2, printed: "" });
  });
});
