import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../bin/veln.cjs", import.meta.url));
const { version } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { readonly version: string };

function veln(args: readonly string[], nodeArgs: readonly string[] = []) {
  const home = mkdtempSync(join(tmpdir(), "veln-launcher-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, LAUNCHER, ...args], {
    encoding: "utf8",
    env: { HOME: home },
  });
  return { status, stdout, stderr, compiled: existsSync(join(home, ".cache/veln/compiled")) };
}

describe("bin/veln.cjs", { timeout: 30_000 }, () => {
  it.each(["--version", "-v"])("prints the version by %s, and loads nothing for it", (flag) => {
    expect(veln([flag])).toEqual({
      status: 0,
      stdout: `${version}\n`,
      stderr: "",
      compiled: false,
    });
  });

  it("says in one sentence that a Node is too old, whatever was asked", () => {
    const disguise = `Object.defineProperty(process, "versions", { value: { node: "20.19.0" } })`;
    const url = `data:text/javascript,${encodeURIComponent(disguise)}`;
    expect(veln(["npm", "install"], ["--import", url])).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "veln needs Node 22.22.2, 24.15 or 26 and newer; this is Node 20.19.0. Install a current Node and try again.\n",
      compiled: false,
    });
  });

  it("hands everything else on, and the exit status back", () => {
    expect(veln(["nonsense"])).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/^veln: "nonsense" is not a command of veln\./) as string,
    });
  });
});
